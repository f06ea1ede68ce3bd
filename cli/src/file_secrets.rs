//! The secrets port on a configuration file. The file is read again whenever a fresh configuration
//! is requested, so that keys rotate without a restart: a key is valid while it is in the file.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use shared::config::{Checked, ConfigFile, FileError};
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::{PortError, SecretDocuments, SecretPart, Secrets};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// The longest time that a caller waits for the file.
const LONGEST: Duration = Duration::from_secs(5);

type Read = JoinHandle<Result<Checked, FileError>>;

/// A configuration file, and its last valid content.
pub struct FileSecrets {
    path: Option<PathBuf>,
    last: Mutex<ConfigFile>,
    /// The read in progress. A disk that hangs keeps one thread, not one for each request.
    reading: tokio::sync::Mutex<Option<Read>>,
}

impl FileSecrets {
    /// Starts with a configuration that was read before. Without a path it never changes.
    pub fn new(path: Option<PathBuf>, first: ConfigFile) -> Self {
        Self { path, last: Mutex::new(first), reading: tokio::sync::Mutex::default() }
    }

    /// A file that has become invalid, or cannot be read now, changes nothing: the last valid
    /// content stays in use.
    async fn read_again(&self) {
        let Some(path) = self.path.clone() else { return };
        let read = async {
            let mut reading = self.reading.lock().await;
            let task = reading.get_or_insert_with(|| {
                spawn_blocking(move || ConfigFile::check_for_one_machine(&path))
            });
            let read = task.await;
            *reading = None;
            read
        };
        let error = match timeout(LONGEST, read).await {
            Ok(Ok(Ok(checked))) => {
                *lock(&self.last) = checked.file;
                return;
            }
            Ok(Ok(Err(error))) => chain(&error),
            Ok(Err(error)) => chain(&error),
            Err(_) => format!("reading it takes longer than {} s", LONGEST.as_secs()),
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
