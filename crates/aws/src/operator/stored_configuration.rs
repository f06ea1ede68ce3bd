//! The two documents of each integration in Secrets Manager.
//!
//! Rules: a value is written only if it differs from the stored one, or if its key must change, so
//! that AWSPREVIOUS stays the value that was valid before. A tag, which no function reads, records
//! which versions of the two documents belong together.

mod names;
mod secret;
mod together;

use aws_sdk_secretsmanager::Client;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use self::secret::{SecretState, other_key};
use super::account::Connection;
use super::error::{OperatorError, code, explain};
use super::kms_key::KmsKey;
use crate::secrets_manager::{list_name, secret_name};

/// How long a removed secret can be restored, in days: the longest time that AWS allows.
pub const RECOVERY_DAYS: i64 = 30;

/// The stage of the version before the current one.
const PREVIOUS: &str = "AWSPREVIOUS";

/// The secrets of one stack, to read and to change. [`crate::SecretsManager`] is what a function
/// reads.
pub struct StoredConfiguration {
    client: Client,
    prefix: String,
}

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

impl StoredConfiguration {
    /// `prefix` is the beginning of the secrets' names.
    pub fn new(connection: &Connection, prefix: String) -> Self {
        Self { client: Client::new(connection.config()), prefix }
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
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
        Ok(self.version(&name, PREVIOUS).await?.map(|stored| stored.value))
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
mod tests;
