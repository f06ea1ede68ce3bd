//! The calls about one secret.

use aws_sdk_secretsmanager::types::Tag;
use secrecy::{ExposeSecret, SecretString};

use super::{Stored, StoredConfiguration};
use crate::operator::error::{OperatorError, code, explain};
use crate::operator::kms_key::KmsKey;

const TAGS: [(&str, &str); 1] = [("application", "lynn-genesys-bridge")];

pub(super) enum SecretState {
    Nothing,
    /// Scheduled for deletion; until then it can be restored.
    Doomed(Described),
    Secret(Described),
}

/// The description of a secret, without its value.
pub(super) struct Described {
    pub(super) kms_key: Option<String>,
    pub(super) tags: Vec<Tag>,
}

impl SecretState {
    pub(super) fn described(&self) -> Option<&Described> {
        match self {
            Self::Nothing => None,
            Self::Doomed(described) | Self::Secret(described) => Some(described),
        }
    }
}

impl StoredConfiguration {
    pub(super) async fn version(
        &self,
        name: &str,
        stage: &str,
    ) -> Result<Option<Stored>, OperatorError> {
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

    pub(super) async fn change(
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
    pub(super) async fn rekey(
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

    pub(super) async fn read_secret(&self, name: &str) -> Result<SecretState, OperatorError> {
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
    pub(super) async fn create(
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

    pub(super) async fn restore(&self, name: &str) -> Result<(), OperatorError> {
        self.client
            .restore_secret()
            .secret_id(name)
            .send()
            .await
            .map_err(|error| explain("secretsmanager:RestoreSecret", name, &error))?;
        Ok(())
    }
}

/// The wanted key, if the secret has another one.
pub(super) fn other_key<'a>(wanted: Option<&'a KmsKey>, found: &SecretState) -> Option<&'a KmsKey> {
    let stored = found.described().and_then(|it| it.kms_key.as_deref());
    wanted.filter(|wanted| !wanted.is(stored))
}
