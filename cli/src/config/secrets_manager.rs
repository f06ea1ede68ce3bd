//! The two halves of each integration in Secrets Manager.
//!
//! Rule: a value is written only when it differs from the stored one, so that AWSPREVIOUS stays what was valid before.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shared::aws::secret_name;
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::secret_names;
use crate::aws::trouble::{code, explain};

/// How long a removed secret can be restored, in days: the longest that there is.
pub const RECOVERY_DAYS: i64 = 30;

/// The tags of every secret.
const TAGS: [(&str, &str); 1] = [("application", "lynn-genesys-bridge")];

/// The secrets under one prefix.
pub struct SecretsManager {
    client: Client,
    prefix: String,
}

/// What became of one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// There was none.
    Created,
    /// It had another value, or was to be deleted.
    Changed,
    /// It had this value.
    Unchanged,
}

/// What there is under a name.
enum Found {
    Nothing,
    /// It is to be deleted, and can be restored until then.
    Doomed,
    Secret,
}

impl SecretsManager {
    /// The secrets under this prefix.
    pub fn new(config: &SdkConfig, prefix: String) -> Self {
        Self { client: Client::new(config), prefix }
    }

    /// What their names start with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The integrations that have a secret. The list may lag some minutes behind.
    pub async fn integrations(&self) -> anyhow::Result<BTreeSet<IntegrationName>> {
        let start = format!("{}/", self.prefix);
        let by_name = Filter::builder().key(FilterNameStringType::Name).values(&start).build();
        let mut pages = self.client.list_secrets().filters(by_name).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| explain("secretsmanager:ListSecrets", &start, &error))?;
            names.extend(page.secret_list().iter().filter_map(|entry| entry.name.clone()));
        }
        Ok(secret_names::integrations(&self.prefix, names.iter().map(String::as_str)))
    }

    /// The current value; `None` when there is none.
    pub async fn get(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> anyhow::Result<Option<SecretString>> {
        let name = secret_name(&self.prefix, integration, part);
        match self.client.get_secret_value().secret_id(&name).send().await {
            Ok(answer) => Ok(answer.secret_string.map(SecretString::from)),
            Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(explain("secretsmanager:GetSecretValue", &name, &error)),
        }
    }

    /// The KMS key that encrypts a secret; none for the key of AWS.
    pub async fn kms_key(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> anyhow::Result<Option<String>> {
        let name = secret_name(&self.prefix, integration, part);
        let described = self.client.describe_secret().secret_id(&name).send().await;
        let described =
            described.map_err(|error| explain("secretsmanager:DescribeSecret", &name, &error))?;
        Ok(described.kms_key_id)
    }

    /// Stores a value. A key of KMS is for a secret that is created; another keeps its own.
    pub async fn put(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
        value: &SecretString,
        kms_key: Option<&str>,
    ) -> anyhow::Result<Put> {
        let name = secret_name(&self.prefix, integration, part);
        let found = self.look(&name).await?;
        match found {
            Found::Nothing => {
                self.create(&name, value, kms_key).await?;
                return Ok(Put::Created);
            }
            Found::Doomed => self.restore(&name).await?,
            Found::Secret => {}
        }
        let stored = self.get(integration, part).await?;
        if stored.as_ref().is_some_and(|stored| same(stored, value)) {
            let restored = matches!(found, Found::Doomed);
            return Ok(if restored { Put::Changed } else { Put::Unchanged });
        }
        let change = self.client.put_secret_value().secret_id(&name);
        change
            .secret_string(value.expose_secret())
            .send()
            .await
            .map_err(|error| explain("secretsmanager:PutSecretValue", &name, &error))?;
        Ok(Put::Changed)
    }

    /// Has a secret deleted after the time in which it can be restored; answers whether there was one.
    pub async fn remove(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> anyhow::Result<bool> {
        let name = secret_name(&self.prefix, integration, part);
        if !matches!(self.look(&name).await?, Found::Secret) {
            return Ok(false);
        }
        let delete = self.client.delete_secret().secret_id(&name);
        delete
            .recovery_window_in_days(RECOVERY_DAYS)
            .send()
            .await
            .map_err(|error| explain("secretsmanager:DeleteSecret", &name, &error))?;
        Ok(true)
    }

    async fn look(&self, name: &str) -> anyhow::Result<Found> {
        match self.client.describe_secret().secret_id(name).send().await {
            Ok(secret) if secret.deleted_date.is_some() => Ok(Found::Doomed),
            Ok(_) => Ok(Found::Secret),
            Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(Found::Nothing),
            Err(error) => Err(explain("secretsmanager:DescribeSecret", name, &error)),
        }
    }

    async fn create(
        &self,
        name: &str,
        value: &SecretString,
        kms_key: Option<&str>,
    ) -> anyhow::Result<()> {
        let tags = TAGS.map(|(key, value)| Tag::builder().key(key).value(value).build());
        self.client
            .create_secret()
            .name(name)
            .description(
                "Configuration of the Lynn to Genesys Cloud bridge; bridge config push writes it.",
            )
            .secret_string(value.expose_secret())
            .set_kms_key_id(kms_key.map(str::to_owned))
            .set_tags(Some(tags.to_vec()))
            .send()
            .await
            .map_err(|error| explain("secretsmanager:CreateSecret", name, &error))?;
        Ok(())
    }

    async fn restore(&self, name: &str) -> anyhow::Result<()> {
        self.client
            .restore_secret()
            .secret_id(name)
            .send()
            .await
            .map_err(|error| explain("secretsmanager:RestoreSecret", name, &error))?;
        Ok(())
    }
}

/// Whether two values are the same JSON document; spaces and the order of keys mean nothing.
fn same(one: &SecretString, other: &SecretString) -> bool {
    let parse = |text: &SecretString| serde_json::from_str::<Value>(text.expose_secret()).ok();
    match (parse(one), parse(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.expose_secret() == other.expose_secret(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_the_same_however_it_is_written() {
        let secret = |text: &str| SecretString::from(text.to_owned());
        let same = |one, other| same(&secret(one), &secret(other));
        assert!(same(r#"{"a": 1, "b": [2]}"#, r#"{"b":[2],"a":1}"#));
        assert!(!same(r#"{"a": 1}"#, r#"{"a": 2}"#));
        assert!(!same("by hand", r#"{"a": 2}"#));
        assert!(same("by hand", "by hand"));
    }
}
