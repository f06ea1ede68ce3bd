//! The configuration in Secrets Manager: one secret for each document of an integration, and one
//! secret with the list of their names.
//!
//! Rules: the current version verifies callers; the previous version also verifies for ten minutes
//! after it was replaced. So a rotation refuses no caller, and an old secret ends. A secret is
//! absent only if Secrets Manager does not know it or has marked it for deletion; a refusal never
//! counts as absent.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::{
    GetSecretValueError, GetSecretValueOutput,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use shared::ids::IntegrationName;
use shared::ports::{Clock, PortError, SecretDocuments, SecretPart, Secrets};
use shared::time::Timestamp;

use super::failure::unavailable;

const READ: &str = "read a secret";
const LIST: &str = "read the list of integrations";
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
/// How long a previous version verifies after it was replaced.
const PREVIOUS_VERIFIES: Duration = Duration::from_mins(10);

/// The secret of one document of an integration: `{prefix}/{integration}/receive` or
/// `{prefix}/{integration}/send`.
pub fn secret_name(prefix: &str, integration: &IntegrationName, part: SecretPart) -> String {
    format!("{prefix}/{integration}/{}", part_name(part))
}

/// The last part of a secret's name.
pub(crate) fn part_name(part: SecretPart) -> &'static str {
    match part {
        SecretPart::Receive => "receive",
        SecretPart::Send => "send",
    }
}

/// The secret with the [`ListOfNames`]. No integration can have this name. The policies of the
/// functions that face the internet cover it like the secrets that verify callers.
pub fn list_name(prefix: &str) -> String {
    format!("{prefix}/@integrations/receive")
}

/// The names of the configured integrations; `bridge config push` writes the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListOfNames {
    pub integrations: BTreeSet<IntegrationName>,
}

/// [`Secrets`] in Secrets Manager. It does not cache; [`shared::settings::Settings`] does.
#[derive(Clone)]
pub struct SecretsManager {
    client: Client,
    prefix: String,
    clock: Arc<dyn Clock>,
}

/// A version is young for this long: the stages of its push may not all be visible yet.
const YOUNG: Duration = Duration::from_secs(30);
const AGAIN_AFTER: Duration = Duration::from_millis(250);

impl SecretsManager {
    /// `prefix` is the prefix of the secrets' names.
    pub fn new(client: Client, prefix: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { client, prefix: prefix.into(), clock }
    }

    /// One version; `None` if the secret or the version does not exist or is marked for deletion.
    async fn version(
        &self,
        name: &str,
        stage: &str,
    ) -> Result<Option<GetSecretValueOutput>, PortError> {
        let read = self.client.get_secret_value().secret_id(name).version_stage(stage).send().await;
        match read {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(unavailable(READ, &error)),
        }
    }
}

/// `InvalidRequestException` has several meanings; only the message says that the secret is marked
/// for deletion.
fn is_absent<R>(error: &SdkError<GetSecretValueError, R>) -> bool {
    match error.as_service_error() {
        Some(GetSecretValueError::ResourceNotFoundException(_)) => true,
        Some(GetSecretValueError::InvalidRequestException(refused)) => refused
            .message()
            .is_some_and(|message| message.contains("deletion") || message.contains("deleted")),
        _ => false,
    }
}

fn text(version: GetSecretValueOutput) -> Option<SecretString> {
    version.secret_string.map(SecretString::from)
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError> {
        let name = secret_name(&self.prefix, integration, part);
        let Some(version) = self.version(&name, CURRENT).await? else { return Ok(None) };
        // The previous version was replaced when the current one was created.
        let replaced = version.created_date.and_then(|date| date.to_millis().ok());
        let end = replaced.map(|at| Timestamp::from_milliseconds(at) + PREVIOUS_VERIFIES);
        let Some(current) = text(version) else { return Ok(None) };
        let previous = match end.filter(|end| *end > self.clock.now()) {
            Some(end) => {
                let mut version = self.version(&name, PREVIOUS).await?;
                // A read in the middle of a push may see only one of its two stages.
                let is_young = self.clock.now().is_within(YOUNG, end - PREVIOUS_VERIFIES);
                if version.is_none() && is_young {
                    self.clock.sleep(AGAIN_AFTER).await;
                    version = self.version(&name, PREVIOUS).await?;
                }
                version.and_then(text).map(|previous| (previous, end))
            }
            None => None,
        };
        Ok(Some(SecretDocuments { current, previous }))
    }

    async fn before(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretString>, PortError> {
        let name = secret_name(&self.prefix, integration, part);
        Ok(self.version(&name, PREVIOUS).await?.and_then(text))
    }

    /// If the list does not exist, or this role may not read it, there is no list. Each name is
    /// then looked up, as in stacks that have no list yet.
    async fn names(
        &self,
        part: SecretPart,
    ) -> Result<Option<BTreeSet<IntegrationName>>, PortError> {
        if part == SecretPart::Send {
            return Ok(None);
        }
        let name = list_name(&self.prefix);
        let read = self.client.get_secret_value().secret_id(name).version_stage(CURRENT);
        let answer = match read.send().await {
            Ok(answer) => answer,
            Err(error) if is_absent(&error) || error.code() == Some("AccessDeniedException") => {
                return Ok(None);
            }
            Err(error) => return Err(unavailable(LIST, &error)),
        };
        let text = answer.secret_string.unwrap_or_default();
        let list: ListOfNames =
            serde_json::from_str(&text).map_err(|error| PortError::unavailable(LIST, error))?;
        Ok(Some(list.integrations))
    }
}
