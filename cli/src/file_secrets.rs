//! The secrets port on a configuration file. The file is read again whenever a fresh configuration
//! is requested, so that keys rotate without a restart: a key is valid while it is in the file.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;
use secrecy::SecretString;
use shared::config::ConfigFile;
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::{PortError, SecretDocuments, SecretPart, Secrets};

/// A configuration file, and its last valid content.
pub struct FileSecrets {
    path: Option<PathBuf>,
    last: Mutex<ConfigFile>,
}

impl FileSecrets {
    /// Starts with a configuration that was read before. Without a path it never changes.
    pub fn new(path: Option<PathBuf>, first: ConfigFile) -> Self {
        Self { path, last: Mutex::new(first) }
    }

    /// A file that has become invalid changes nothing: the last valid content stays in use.
    fn read_again(&self) {
        let Some(path) = &self.path else { return };
        match ConfigFile::check_for_one_machine(path) {
            Ok(checked) => {
                *lock(&self.last) = checked.file;
            }
            Err(error) => tracing::error!(
                event.name = "configuration.invalid",
                error = chain(&error),
                "The configuration file is no longer valid. The last valid configuration stays in use."
            ),
        }
    }
}

#[async_trait]
impl Secrets for FileSecrets {
    async fn names(&self, _: SecretPart) -> Result<Option<BTreeSet<IntegrationName>>, PortError> {
        self.read_again();
        let last = lock(&self.last);
        Ok(Some(last.integrations.keys().cloned().collect()))
    }

    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError> {
        self.read_again();
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
