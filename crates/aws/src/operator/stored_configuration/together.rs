//! Records which versions of an integration's two documents belong together.

use std::time::Duration;

use aws_sdk_secretsmanager::types::Tag;
use secrecy::SecretString;
use shared::ids::IntegrationName;
use shared::ports::SecretPart;

use super::secret::Described;
use super::{Stored, StoredConfiguration, same};
use crate::operator::error::{OperatorError, explain};
use crate::secrets_manager::secret_name;

/// The tag of the receive configuration that names the versions that were stored together.
const TOGETHER: &str = "lynn-genesys-bridge:together";
/// How often a written value is read back, and how long the pauses are: reads may lag a moment
/// behind.
const READ_ATTEMPTS: u32 = 3;
const READ_PAUSE: Duration = Duration::from_millis(500);

impl StoredConfiguration {
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
}

impl Described {
    fn together(&self) -> Option<&String> {
        let tag = self.tags.iter().find(|tag| tag.key.as_deref() == Some(TOGETHER))?;
        tag.value.as_ref()
    }
}

/// The text of the tag for versions that belong together.
fn together(receive: &str, send: &str) -> String {
    format!("{receive} {send}")
}
