//! The secrets port on a configuration file. The file is read again whenever a fresh configuration
//! is requested, so that keys rotate without a restart: a key is valid while it is in the file.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use secrecy::SecretString;
use shared::config::ConfigFile;
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::{PortError, SecretDocuments, SecretPart, Secrets};

use crate::configuration_file::ConfigurationFile;

/// A configuration file, and its last valid content.
pub struct FileSecrets {
    file: Option<Arc<ConfigurationFile>>,
    last: Mutex<ConfigFile>,
}

impl FileSecrets {
    /// Starts with a configuration that was read before. Without a file it never changes.
    pub fn new(file: Option<Arc<ConfigurationFile>>, first: ConfigFile) -> Self {
        Self { file, last: Mutex::new(first) }
    }

    /// A file that has become invalid, or cannot be read now, changes nothing: the last valid
    /// content stays in use.
    async fn read_again(&self) {
        let Some(file) = &self.file else { return };
        let error = match file.read().await {
            Ok(Ok(checked)) => {
                *lock(&self.last) = checked.file;
                return;
            }
            Ok(Err(error)) => chain(&error),
            Err(error) => error,
        };
        tracing::error!(
            event.name = "configuration.invalid",
            error,
            "The configuration file cannot be used. The last valid configuration stays in use."
        );
    }
}

#[async_trait]
impl Secrets for FileSecrets {
    async fn names(&self, _: SecretPart) -> Result<Option<BTreeSet<IntegrationName>>, PortError> {
        self.read_again().await;
        let last = lock(&self.last);
        Ok(Some(last.integrations.keys().cloned().collect()))
    }

    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError> {
        self.read_again().await;
        let last = lock(&self.last);
        let document = |(receive, send): &(SecretString, SecretString)| match part {
            SecretPart::Receive => receive.clone(),
            SecretPart::Send => send.clone(),
        };
        Ok(last
            .integrations
            .get(integration)
            .map(|documents| SecretDocuments { current: document(documents), previous: None }))
    }
}
