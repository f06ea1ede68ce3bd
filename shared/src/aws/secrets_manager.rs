//! The configuration in Secrets Manager: one secret for each half of an integration.
//!
//! Rule: the current and the previous version both verify, so that a rotation refuses nobody.

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use futures_util::future::try_join;
use secrecy::SecretString;

use super::failure::unavailable;
use crate::ids::IntegrationName;
use crate::ports::{PortError, SecretDocuments, SecretPart, Secrets};

const READ: &str = "read a secret";

/// The secret of one half of an integration: `{prefix}/{integration}/receive` or `{prefix}/{integration}/send`.
pub fn secret_name(prefix: &str, integration: &IntegrationName, part: SecretPart) -> String {
    let part = match part {
        SecretPart::Receive => "receive",
        SecretPart::Send => "send",
    };
    format!("{prefix}/{integration}/{part}")
}

/// [`Secrets`] in Secrets Manager. It does not cache: [`crate::settings::Settings`] does.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
    prefix: String,
}

impl SecretsManager {
    /// The secrets whose names begin with `prefix`.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into() }
    }

    /// One version, `None` when there is no such secret or version, or it is about to be deleted.
    async fn version(&self, name: &str, stage: &str) -> Result<Option<SecretString>, PortError> {
        let read = self.client.get_secret_value().secret_id(name).version_stage(stage).send().await;
        match read {
            Ok(answer) => Ok(answer.secret_string.map(SecretString::from)),
            Err(error) => match error.as_service_error() {
                Some(
                    GetSecretValueError::ResourceNotFoundException(_)
                    | GetSecretValueError::InvalidRequestException(_),
                ) => Ok(None),
                _ => Err(unavailable(READ, &error)),
            },
        }
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError> {
        let name = secret_name(&self.prefix, integration, part);
        let versions =
            try_join(self.version(&name, "AWSCURRENT"), self.version(&name, "AWSPREVIOUS"));
        let (current, previous) = versions.await?;
        Ok(current.map(|current| {
            SecretDocuments([Some(current), previous].into_iter().flatten().collect())
        }))
    }
}
