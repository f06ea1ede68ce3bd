//! The two documents of each integration in Secrets Manager.
//!
//! Rules: a value is written only if it differs from the stored one, or if its key must change, so
//! that AWSPREVIOUS stays the value that was valid before. A tag, which no function reads, records
//! which versions of the two documents belong together.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, Tag};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::account::Connection;
use super::error::{OperatorError, code, explain};
use super::kms_key::KmsKey;
use crate::secrets_manager::{ListOfNames, list_name, part_name, secret_name};

/// How long a removed secret can be restored, in days: the longest time that AWS allows.
pub const RECOVERY_DAYS: i64 = 30;

/// The stage of the version before the current one.
const PREVIOUS: &str = "AWSPREVIOUS";
/// How often the list of names is written if other runs write it at the same time.
const LIST_ATTEMPTS: u32 = 5;

const TAGS: [(&str, &str); 1] = [("application", "lynn-genesys-bridge")];

/// The secrets of one stack, to read and to change. [`crate::SecretsManager`] is what a function
/// reads.
pub struct StoredConfiguration {
    client: Client,
    prefix: String,
}

/// The tag of the receive configuration that names the versions that were stored together.
const TOGETHER: &str = "lynn-genesys-bridge:together";
/// How often a written value is read back, and how long the pauses are: reads may lag a moment
/// behind.
const READ_ATTEMPTS: u32 = 3;
const READ_PAUSE: Duration = Duration::from_millis(500);

/// The effect of storing a value on its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    pub value: Became,
    /// Whether it has another key now.
    pub rekeyed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    Created,
    /// It had another value, or it was scheduled for deletion.
    Changed,
    Unchanged,
}

/// A version of a secret.
pub struct Stored {
    /// The ARN.
    pub secret: String,
    pub version: String,
    /// When the version was created, in milliseconds since 1970.
    pub made: i64,
    pub value: SecretString,
}

enum SecretState {
    Nothing,
    /// Scheduled for deletion; until then it can be restored.
    Doomed(Described),
    Secret(Described),
}

/// The description of a secret, without its value.
struct Described {
    kms_key: Option<String>,
    tags: Vec<Tag>,
}

impl SecretState {
    fn described(&self) -> Option<&Described> {
        match self {
            Self::Nothing => None,
            Self::Doomed(described) | Self::Secret(described) => Some(described),
        }
    }
}

impl StoredConfiguration {
    /// `prefix` is the beginning of the secrets' names.
    pub fn new(connection: &Connection, prefix: String) -> Self {
        Self { client: Client::new(connection.config()), prefix }
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The integrations that have a secret. The list may lag some minutes behind.
    pub async fn integrations(&self) -> Result<BTreeSet<IntegrationName>, OperatorError> {
        let start = format!("{}/", self.prefix);
        let by_name = Filter::builder().key(FilterNameStringType::Name).values(&start).build();
        let mut pages = self.client.list_secrets().filters(by_name).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| explain("secretsmanager:ListSecrets", &start, &error))?;
            names.extend(page.secret_list().iter().filter_map(|entry| entry.name.clone()));
        }
        Ok(integrations(&self.prefix, names.iter().map(String::as_str)))
    }

    /// The current value; `None` if there is none.
    pub async fn get(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretString>, OperatorError> {
        let name = secret_name(&self.prefix, integration, part);
        match self.client.get_secret_value().secret_id(&name).send().await {
            Ok(answer) => Ok(answer.secret_string.map(SecretString::from)),
            Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(explain("secretsmanager:GetSecretValue", &name, &error)),
        }
    }

    /// The current version; `None` if there is none, or if it is scheduled for deletion.
    pub async fn stored(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<Stored>, OperatorError> {
        self.version(&secret_name(&self.prefix, integration, part), "AWSCURRENT").await
    }

    /// The version that the current one has replaced; `None` if there was none or it was revoked.
    pub async fn replaced(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretString>, OperatorError> {
        let name = secret_name(&self.prefix, integration, part);
        Ok(self.version(&name, "AWSPREVIOUS").await?.map(|stored| stored.value))
    }

    async fn version(&self, name: &str, stage: &str) -> Result<Option<Stored>, OperatorError> {
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

    /// The KMS keys that encrypt an integration's secrets (receive, send) and the list of names;
    /// `None` for AWS's own key, or if there is no such secret.
    pub async fn kms_keys(
        &self,
        integration: &IntegrationName,
    ) -> Result<[Option<String>; 3], OperatorError> {
        let mut keys = [None, None, None];
        let names = [
            secret_name(&self.prefix, integration, SecretPart::Receive),
            secret_name(&self.prefix, integration, SecretPart::Send),
            list_name(&self.prefix),
        ];
        for (key, name) in keys.iter_mut().zip(&names) {
            *key = self.read_secret(name).await?.described().and_then(|it| it.kms_key.clone());
        }
        Ok(keys)
    }

    /// Stores a value under this version, with this key.
    pub async fn put(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
        value: &SecretString,
        kms_key: Option<&KmsKey>,
        version: &str,
    ) -> Result<Put, OperatorError> {
        let name = secret_name(&self.prefix, integration, part);
        let mut found = self.read_secret(&name).await?;
        match found {
            SecretState::Nothing if self.create(&name, value, kms_key, Some(version)).await? => {
                return Ok(Put { value: Became::Created, rekeyed: false });
            }
            // Another run has just created it.
            SecretState::Nothing => found = self.read_secret(&name).await?,
            SecretState::Doomed(_) => self.restore(&name).await?,
            SecretState::Secret(_) => {}
        }
        let stored = self.get(integration, part).await?;
        let is_same = stored.as_ref().is_some_and(|stored| same(stored, value));
        let other_key = other_key(kms_key, &found);
        match other_key {
            Some(key) => self.rekey(&name, value, key, Some(version)).await?,
            None if is_same => {}
            None => self.change(&name, value, Some(version)).await?,
        }
        let is_unchanged = is_same && !matches!(found, SecretState::Doomed(_));
        let value = if is_unchanged { Became::Unchanged } else { Became::Changed };
        Ok(Put { value, rekeyed: other_key.is_some() })
    }

    async fn change(
        &self,
        name: &str,
        value: &SecretString,
        version: Option<&str>,
    ) -> Result<(), OperatorError> {
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

    /// Gives a secret another key. The value is written again, so that the current version is
    /// re-encrypted whatever rights the keys have.
    async fn rekey(
        &self,
        name: &str,
        value: &SecretString,
        key: &KmsKey,
        version: Option<&str>,
    ) -> Result<(), OperatorError> {
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

    /// The current versions of both documents (receive, send); `None` if they are not these:
    /// another run has stored its own meanwhile.
    pub async fn written(
        &self,
        integration: &IntegrationName,
        configs: [&SecretString; 2],
    ) -> Result<Option<[Stored; 2]>, OperatorError> {
        for attempt in 0..READ_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(READ_PAUSE).await;
            }
            let receive = self.stored(integration, SecretPart::Receive).await?;
            let send = self.stored(integration, SecretPart::Send).await?;
            if let (Some(receive), Some(send)) = (receive, send)
                && same(&receive.value, configs[0])
                && same(&send.value, configs[1])
            {
                return Ok(Some([receive, send]));
            }
        }
        Ok(None)
    }

    /// Records which versions belong together, unless that is recorded already.
    pub async fn join(
        &self,
        integration: &IntegrationName,
        [receive, send]: &[Stored; 2],
    ) -> Result<(), OperatorError> {
        let name = secret_name(&self.prefix, integration, SecretPart::Receive);
        let versions = together(&receive.version, &send.version);
        let found = self.read_secret(&name).await?;
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

    /// Whether the current documents were stored together; `None` if that is not recorded.
    pub async fn are_together(
        &self,
        integration: &IntegrationName,
    ) -> Result<Option<bool>, OperatorError> {
        let name = secret_name(&self.prefix, integration, SecretPart::Receive);
        let found = self.read_secret(&name).await?;
        let Some(noted) = found.described().and_then(Described::together) else {
            return Ok(None);
        };
        let receive = self.stored(integration, SecretPart::Receive).await?;
        let send = self.stored(integration, SecretPart::Send).await?;
        let version = |it: Option<Stored>| it.map(|it| it.version).unwrap_or_default();
        Ok(Some(*noted == together(&version(receive), &version(send))))
    }

    /// Ends the version before the current one; returns whether there was one.
    pub async fn revoke(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<bool, OperatorError> {
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
    /// names. Names that another run adds at the same time stay. The first list contains everything
    /// that is stored; if that cannot be listed, no list is written, and the functions look up each
    /// name.
    ///
    /// Returns whether the list has another key now.
    pub async fn list(
        &self,
        added: Option<&IntegrationName>,
        removed: Option<&IntegrationName>,
        kms_key: Option<&KmsKey>,
    ) -> Result<bool, OperatorError> {
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
            let value = SecretString::from(
                serde_json::to_string(&list).map_err(OperatorError::ListOfNames)?,
            );
            let secret = self.read_secret(&name).await?;
            match secret {
                SecretState::Nothing if self.create(&name, &value, kms_key, None).await? => {
                    return Ok(false);
                }
                // Another run has created it meanwhile: read its names first.
                SecretState::Nothing => continue,
                SecretState::Doomed(_) => self.restore(&name).await?,
                SecretState::Secret(_) => {}
            }
            let other_key = other_key(kms_key, &secret);
            rekeyed |= other_key.is_some();
            match other_key {
                Some(key) => self.rekey(&name, &value, key, None).await?,
                None if is_same => return Ok(rekeyed),
                None => self.change(&name, &value, None).await?,
            }
            // Whether the replaced list is the one that was read.
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

    /// Schedules a secret for deletion after the time in which it can be restored; returns whether
    /// there was one.
    pub async fn remove(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<bool, OperatorError> {
        let name = secret_name(&self.prefix, integration, part);
        if !matches!(self.read_secret(&name).await?, SecretState::Secret(_)) {
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

    async fn read_secret(&self, name: &str) -> Result<SecretState, OperatorError> {
        match self.client.describe_secret().secret_id(name).send().await {
            Ok(secret) => {
                let is_doomed = secret.deleted_date.is_some();
                let tags = secret.tags.unwrap_or_default();
                let described = Described { kms_key: secret.kms_key_id, tags };
                let found = if is_doomed { SecretState::Doomed } else { SecretState::Secret };
                Ok(found(described))
            }
            Err(error) if code(&error) == Some("ResourceNotFoundException") => {
                Ok(SecretState::Nothing)
            }
            Err(error) => Err(explain("secretsmanager:DescribeSecret", name, &error)),
        }
    }

    /// Returns whether it created the secret: `false` if another run has just created it.
    async fn create(
        &self,
        name: &str,
        value: &SecretString,
        kms_key: Option<&KmsKey>,
        version: Option<&str>,
    ) -> Result<bool, OperatorError> {
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

    async fn restore(&self, name: &str) -> Result<(), OperatorError> {
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

/// The integrations that have a secret among these names.
fn integrations<'a>(
    prefix: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> BTreeSet<IntegrationName> {
    names.into_iter().filter_map(|name| integration(prefix, name)).collect()
}

fn integration(prefix: &str, name: &str) -> Option<IntegrationName> {
    let (integration, part) = name.strip_prefix(prefix)?.strip_prefix('/')?.rsplit_once('/')?;
    let known = [SecretPart::Receive, SecretPart::Send].map(part_name).contains(&part);
    (known && IntegrationName::is_valid(integration)).then(|| IntegrationName::new(integration))
}

/// The wanted key, if the secret has another one.
fn other_key<'a>(wanted: Option<&'a KmsKey>, found: &SecretState) -> Option<&'a KmsKey> {
    let stored = found.described().and_then(|it| it.kms_key.as_deref());
    wanted.filter(|wanted| !wanted.is(stored))
}

/// The text of the tag for versions that belong together.
fn together(receive: &str, send: &str) -> String {
    format!("{receive} {send}")
}

/// Whether two values are the same JSON document; spaces and the order of keys do not matter.
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

    /// A document as it is read: first as stored before, from the second time on as another run
    /// left it.
    fn stored_rule(name: &'static str, later: &'static str) -> Rule {
        let looks = AtomicU32::new(0);
        mock!(Client::get_secret_value)
            .match_requests(move |input| input.secret_id() == Some(name))
            .then_compute_output(move |_| {
                let value = if looks.fetch_add(1, Ordering::SeqCst) == 0 { "0" } else { later };
                GetSecretValueOutput::builder().version_id(value).secret_string(value).build()
            })
    }

    /// Stores both documents as a push does; whether they are what is stored afterwards.
    async fn is_written(send_later: &'static str) -> bool {
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
            (stored_rule("one/support/receive", "1"), stored_rule("one/support/send", send_later));
        let rules = [&described, &put, &listed, &list, &tagged, &receive, &send];
        let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, &rules);
        let secrets = StoredConfiguration { client, prefix: "one".to_owned() };
        let (value, support) = (SecretString::from("1"), IntegrationName::new("support"));
        for part in [SecretPart::Send, SecretPart::Receive] {
            let put = secrets.put(&support, part, &value, None, "version").await.unwrap();
            assert_eq!(put, Put { value: Became::Changed, rekeyed: false });
        }
        assert!(!secrets.list(Some(&support), None, None).await.unwrap());
        let written = secrets.written(&support, [&value, &value]).await.unwrap();
        if let Some(stored) = &written {
            secrets.join(&support, stored).await.unwrap();
        }
        written.is_some()
    }

    #[tokio::test]
    async fn a_push_that_another_overtook_is_noticed() {
        assert!(is_written("1").await);
        assert!(!is_written("2").await);
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

    #[test]
    fn integrations_are_found_by_the_names_of_their_secrets() {
        let support = IntegrationName::new("support");
        let of_support = [SecretPart::Send, SecretPart::Receive]
            .map(|part| secret_name("a/bridge", &support, part));
        let others = [
            "a/bridge/sales/receive",
            "a/bridge/support/other",
            "a/bridge/x/y/send",
            "a/bridge2/other/send",
            "a/bridge/send",
            "a/bridge//send",
        ];
        let names = of_support.iter().map(String::as_str).chain(others);
        let found = integrations("a/bridge", names);
        assert_eq!(found, BTreeSet::from([IntegrationName::new("sales"), support]));
    }
}
