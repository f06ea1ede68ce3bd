//! The two halves of each integration in Secrets Manager.
//!
//! Rules: a value is written only when it differs from the stored one, so that AWSPREVIOUS stays
//! what was valid before, or when its key is to change. Which versions of the two halves belong
//! together stands in a tag, which no function reads.

use std::collections::BTreeSet;
use std::time::Duration;

use aws::{ListOfNames, list_name, secret_name};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::kms_key::KmsKey;
use super::secret_names;
use crate::aws::trouble::{code, explain};

/// How long a removed secret can be restored, in days: the longest that there is.
pub const RECOVERY_DAYS: i64 = 30;

/// The stage of the version before the current one.
const PREVIOUS: &str = "AWSPREVIOUS";
/// How often the list of names is written when other runs write it at the same time.
const LIST_ATTEMPTS: u32 = 5;

/// The tags of every secret.
const TAGS: [(&str, &str); 1] = [("application", "lynn-genesys-bridge")];

/// The secrets under one prefix.
pub struct SecretsManager {
    client: Client,
    prefix: String,
}

/// The tag of the half that verifies callers which names the versions that were stored together.
const TOGETHER: &str = "lynn-genesys-bridge:together";
/// How often what was written is looked for, and how long the pauses are: reading may lag a moment
/// behind.
const LOOKS: u32 = 3;
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What became of one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// Its value.
    pub value: Became,
    /// Whether it has another key now.
    pub rekeyed: bool,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// There was none.
    Created,
    /// It had another value, or was to be deleted.
    Changed,
    /// It had this value.
    Unchanged,
}

/// The current version of one secret.
pub struct Stored {
    /// The secret, by its ARN.
    pub secret: String,
    /// The version's id.
    pub version: String,
    /// When the version was made, in milliseconds since 1970.
    pub made: i64,
    /// The value.
    pub value: SecretString,
}

/// What there is under a name.
enum Found {
    Nothing,
    /// It is to be deleted, and can be restored until then.
    Doomed(Described),
    Secret(Described),
}

/// What is told of a secret without its value.
struct Described {
    kms_key: Option<String>,
    tags: Vec<Tag>,
}

impl Found {
    fn described(&self) -> Option<&Described> {
        match self {
            Self::Nothing => None,
            Self::Doomed(described) | Self::Secret(described) => Some(described),
        }
    }
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

    /// The current version; `None` when there is none, or it is to be deleted.
    pub async fn stored(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> anyhow::Result<Option<Stored>> {
        self.version(&secret_name(&self.prefix, integration, part), "AWSCURRENT").await
    }

    /// What the current version has replaced; `None` where nothing was, or it was revoked.
    pub async fn replaced(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> anyhow::Result<Option<SecretString>> {
        let name = secret_name(&self.prefix, integration, part);
        Ok(self.version(&name, "AWSPREVIOUS").await?.map(|stored| stored.value))
    }

    async fn version(&self, name: &str, stage: &str) -> anyhow::Result<Option<Stored>> {
        match self.client.get_secret_value().secret_id(name).version_stage(stage).send().await {
            Ok(answer) => Ok(Some(Stored {
                secret: answer.arn.unwrap_or_default(),
                version: answer.version_id.unwrap_or_default(),
                made: answer.created_date.and_then(|at| at.to_millis().ok()).unwrap_or_default(),
                value: answer.secret_string.unwrap_or_default().into(),
            })),
            Err(error)
                if matches!(
                    code(&error),
                    Some("ResourceNotFoundException" | "InvalidRequestException")
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(explain("secretsmanager:GetSecretValue", name, &error)),
        }
    }

    /// The KMS keys that encrypt the secrets of an integration, receive and send, and the list of
    /// names; none for the key of AWS, or where there is no such secret.
    pub async fn kms_keys(
        &self,
        integration: &IntegrationName,
    ) -> anyhow::Result<[Option<String>; 3]> {
        let mut keys = [None, None, None];
        let names = [
            secret_name(&self.prefix, integration, SecretPart::Receive),
            secret_name(&self.prefix, integration, SecretPart::Send),
            list_name(&self.prefix),
        ];
        for (key, name) in keys.iter_mut().zip(&names) {
            *key = self.look(name).await?.described().and_then(|it| it.kms_key.clone());
        }
        Ok(keys)
    }

    /// Stores a value as this version, with this key.
    pub async fn put(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
        value: &SecretString,
        kms_key: Option<&KmsKey>,
        version: &str,
    ) -> anyhow::Result<Put> {
        let name = secret_name(&self.prefix, integration, part);
        let mut found = self.look(&name).await?;
        match found {
            Found::Nothing if self.create(&name, value, kms_key, Some(version)).await? => {
                return Ok(Put { value: Became::Created, rekeyed: false });
            }
            // Another run has just made it.
            Found::Nothing => found = self.look(&name).await?,
            Found::Doomed(_) => self.restore(&name).await?,
            Found::Secret(_) => {}
        }
        let stored = self.get(integration, part).await?;
        let is_same = stored.as_ref().is_some_and(|stored| same(stored, value));
        let other_key = other_key(kms_key, &found);
        match other_key {
            Some(key) => self.rekey(&name, value, key, Some(version)).await?,
            None if is_same => {}
            None => self.change(&name, value, Some(version)).await?,
        }
        let is_unchanged = is_same && !matches!(found, Found::Doomed(_));
        let value = if is_unchanged { Became::Unchanged } else { Became::Changed };
        Ok(Put { value, rekeyed: other_key.is_some() })
    }

    async fn change(
        &self,
        name: &str,
        value: &SecretString,
        version: Option<&str>,
    ) -> anyhow::Result<()> {
        self.client
            .put_secret_value()
            .secret_id(name)
            .secret_string(value.expose_secret())
            .set_client_request_token(version.map(str::to_owned))
            .send()
            .await
            .map_err(|error| explain("secretsmanager:PutSecretValue", name, &error))?;
        Ok(())
    }

    /// Gives a secret another key. With its value, so that the current version is encrypted anew
    /// whatever rights there are on the keys.
    async fn rekey(
        &self,
        name: &str,
        value: &SecretString,
        key: &KmsKey,
        version: Option<&str>,
    ) -> anyhow::Result<()> {
        self.client
            .update_secret()
            .secret_id(name)
            .kms_key_id(key.of_changed())
            .secret_string(value.expose_secret())
            .set_client_request_token(version.map(str::to_owned))
            .send()
            .await
            .map_err(|error| explain("secretsmanager:UpdateSecret", name, &error))?;
        Ok(())
    }

    /// The current versions of both halves, receive and send; `None` when they are not these: another
    /// run has stored its own meanwhile.
    pub async fn written(
        &self,
        integration: &IntegrationName,
        halves: [&SecretString; 2],
    ) -> anyhow::Result<Option<[Stored; 2]>> {
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            let receive = self.stored(integration, SecretPart::Receive).await?;
            let send = self.stored(integration, SecretPart::Send).await?;
            if let (Some(receive), Some(send)) = (receive, send)
                && same(&receive.value, halves[0])
                && same(&send.value, halves[1])
            {
                return Ok(Some([receive, send]));
            }
        }
        Ok(None)
    }

    /// Notes which versions belong together, where that is not noted yet.
    pub async fn join(
        &self,
        integration: &IntegrationName,
        [receive, send]: &[Stored; 2],
    ) -> anyhow::Result<()> {
        let name = secret_name(&self.prefix, integration, SecretPart::Receive);
        let versions = together(&receive.version, &send.version);
        let found = self.look(&name).await?;
        if found.described().and_then(Described::together) == Some(&versions) {
            return Ok(());
        }
        self.client
            .tag_resource()
            .secret_id(&name)
            .tags(Tag::builder().key(TOGETHER).value(versions).build())
            .send()
            .await
            .map_err(|error| explain("secretsmanager:TagResource", &name, &error))?;
        Ok(())
    }

    /// Whether the current halves are those that were stored together; `None` where nobody noted
    /// that.
    pub async fn are_together(
        &self,
        integration: &IntegrationName,
    ) -> anyhow::Result<Option<bool>> {
        let name = secret_name(&self.prefix, integration, SecretPart::Receive);
        let found = self.look(&name).await?;
        let Some(noted) = found.described().and_then(Described::together) else {
            return Ok(None);
        };
        let receive = self.stored(integration, SecretPart::Receive).await?;
        let send = self.stored(integration, SecretPart::Send).await?;
        let version = |it: Option<Stored>| it.map(|it| it.version).unwrap_or_default();
        Ok(Some(*noted == together(&version(receive), &version(send))))
    }

    /// Ends the version before the current one; answers whether there was one.
    pub async fn revoke(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> anyhow::Result<bool> {
        let name = secret_name(&self.prefix, integration, part);
        let Some(previous) = self.version(&name, PREVIOUS).await? else { return Ok(false) };
        self.client
            .update_secret_version_stage()
            .secret_id(&name)
            .version_stage(PREVIOUS)
            .remove_from_version_id(previous.version)
            .send()
            .await
            .map_err(|error| explain("secretsmanager:UpdateSecretVersionStage", &name, &error))?;
        Ok(true)
    }

    /// Writes which integrations are configured, so that the functions need not look up other
    /// names. What another run adds at the same time stays. The first list holds everything that is
    /// stored; where that cannot be listed, there is none, and the functions look up each name.
    ///
    /// Answers whether the list has another key now.
    pub async fn list(
        &self,
        added: Option<&IntegrationName>,
        removed: Option<&IntegrationName>,
        kms_key: Option<&KmsKey>,
    ) -> anyhow::Result<bool> {
        let name = list_name(&self.prefix);
        let mut stored = self.integrations().await.ok();
        let mut rekeyed = false;
        for _ in 0..LIST_ATTEMPTS {
            let found = self.version(&name, "AWSCURRENT").await?;
            let before: Option<ListOfNames> =
                found.as_ref().and_then(|it| serde_json::from_str(it.value.expose_secret()).ok());
            if before.is_none() && stored.is_none() {
                return Ok(false);
            }
            let mut list = before.clone().unwrap_or_default();
            list.integrations.extend(stored.iter().flatten().cloned());
            list.integrations.extend(added.cloned());
            if let Some(removed) = removed {
                list.integrations.remove(removed);
            }
            let is_same = before.as_ref() == Some(&list);
            if is_same && kms_key.is_none() {
                return Ok(false);
            }
            let value = SecretString::from(serde_json::to_string(&list)?);
            let secret = self.look(&name).await?;
            match secret {
                Found::Nothing if self.create(&name, &value, kms_key, None).await? => {
                    return Ok(false);
                }
                // Another run has made it meanwhile: its names are read first.
                Found::Nothing => continue,
                Found::Doomed(_) => self.restore(&name).await?,
                Found::Secret(_) => {}
            }
            let other_key = other_key(kms_key, &secret);
            rekeyed |= other_key.is_some();
            match other_key {
                Some(key) => self.rekey(&name, &value, key, None).await?,
                None if is_same => return Ok(rekeyed),
                None => self.change(&name, &value, None).await?,
            }
            // Whether the list that was replaced is the one that was read.
            let replaced = self.version(&name, PREVIOUS).await?;
            let was_read =
                found.map(|it| it.version) == replaced.as_ref().map(|it| it.version.clone());
            let Some(replaced) = replaced.filter(|_| !was_read) else { return Ok(rekeyed) };
            let other: ListOfNames =
                serde_json::from_str(replaced.value.expose_secret()).unwrap_or_default();
            stored.get_or_insert_default().extend(other.integrations);
        }
        Ok(rekeyed)
    }

    /// Has a secret deleted after the time in which it can be restored; answers whether there was
    /// one.
    pub async fn remove(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> anyhow::Result<bool> {
        let name = secret_name(&self.prefix, integration, part);
        if !matches!(self.look(&name).await?, Found::Secret(_)) {
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
            Ok(secret) => {
                let is_doomed = secret.deleted_date.is_some();
                let tags = secret.tags.unwrap_or_default();
                let described = Described { kms_key: secret.kms_key_id, tags };
                let found = if is_doomed { Found::Doomed } else { Found::Secret };
                Ok(found(described))
            }
            Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(Found::Nothing),
            Err(error) => Err(explain("secretsmanager:DescribeSecret", name, &error)),
        }
    }

    /// Answers whether it made the secret: `false` when another run has just made it.
    async fn create(
        &self,
        name: &str,
        value: &SecretString,
        kms_key: Option<&KmsKey>,
        version: Option<&str>,
    ) -> anyhow::Result<bool> {
        let tags = TAGS.map(|(key, value)| Tag::builder().key(key).value(value).build());
        let created = self
            .client
            .create_secret()
            .name(name)
            .description(
                "Configuration of the Lynn to Genesys Cloud bridge; bridge config push writes it.",
            )
            .secret_string(value.expose_secret())
            .set_kms_key_id(kms_key.and_then(KmsKey::of_new).map(str::to_owned))
            .set_client_request_token(version.map(str::to_owned))
            .set_tags(Some(tags.to_vec()))
            .send()
            .await;
        match created {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == Some("ResourceExistsException") => Ok(false),
            Err(error) => Err(explain("secretsmanager:CreateSecret", name, &error)),
        }
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

impl Described {
    fn together(&self) -> Option<&String> {
        let tag = self.tags.iter().find(|tag| tag.key.as_deref() == Some(TOGETHER))?;
        tag.value.as_ref()
    }
}

/// The key that a secret is to have, when it has another.
fn other_key<'a>(wanted: Option<&'a KmsKey>, found: &Found) -> Option<&'a KmsKey> {
    let stored = found.described().and_then(|it| it.kms_key.as_deref());
    wanted.filter(|wanted| !wanted.is(stored))
}

/// How versions that belong together are noted.
fn together(receive: &str, send: &str) -> String {
    format!("{receive} {send}")
}

/// Whether two values are the same JSON document; spaces and the order of keys mean nothing.
pub fn same(one: &SecretString, other: &SecretString) -> bool {
    let parse = |text: &SecretString| serde_json::from_str::<Value>(text.expose_secret()).ok();
    match (parse(one), parse(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.expose_secret() == other.expose_secret(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
    use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
    use aws_sdk_secretsmanager::operation::list_secrets::ListSecretsOutput;
    use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueOutput;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

    use super::*;
    use crate::config::push::push;

    /// A half as it is read: as stored before, and from the second time on as somebody left it.
    fn half(name: &'static str, later: &'static str) -> Rule {
        let looks = AtomicU32::new(0);
        mock!(Client::get_secret_value)
            .match_requests(move |input| input.secret_id() == Some(name))
            .then_compute_output(move |_| {
                let value = if looks.fetch_add(1, Ordering::SeqCst) == 0 { "0" } else { later };
                GetSecretValueOutput::builder().version_id(value).secret_string(value).build()
            })
    }

    async fn pushed(send_later: &'static str) -> Result<String, String> {
        let described = mock!(Client::describe_secret)
            .then_output(|| DescribeSecretOutput::builder().name("n").build());
        let put =
            mock!(Client::put_secret_value).then_output(|| PutSecretValueOutput::builder().build());
        let listed =
            mock!(Client::list_secrets).then_output(|| ListSecretsOutput::builder().build());
        let list = mock!(Client::get_secret_value)
            .match_requests(|input| input.secret_id() == Some("one/@integrations/receive"))
            .then_output(|| {
                let names = r#"{"integrations":["support"]}"#;
                GetSecretValueOutput::builder().version_id("l").secret_string(names).build()
            });
        let tagged = mock!(Client::tag_resource).then_output(|| {
            aws_sdk_secretsmanager::operation::tag_resource::TagResourceOutput::builder().build()
        });
        let (receive, send) =
            (half("one/support/receive", "1"), half("one/support/send", send_later));
        let rules = [&described, &put, &listed, &list, &tagged, &receive, &send];
        let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, &rules);
        let secrets = SecretsManager { client, prefix: "one".to_owned() };
        let halves = (SecretString::from("1"), SecretString::from("1"));
        let support = IntegrationName::new("support");
        let outcome = push(&secrets, &support, &halves, None, "version").await;
        outcome.map(|outcome| outcome.words).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_push_that_another_overtook_says_so() {
        assert_eq!(pushed("1").await, Ok("changed".to_owned()));
        assert_eq!(pushed("2").await, Err("another push ran at the same time".to_owned()));
    }

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
