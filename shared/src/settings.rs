//! The integrations' configuration, read through the secrets port and kept for five minutes.
//!
//! Rules: a failed authentication reads again at once, at most every 10 s for an integration; what once was valid serves on
//! while the secret service is down or a new version does not hold; an unknown name costs a call only seldom, however many
//! names a stranger tries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;

use crate::config::{ConfigError, ReceiveConfig, SendConfig};
use crate::ids::IntegrationName;
use crate::ports::{Clock, PortError, SecretPart, Secrets};
use crate::time::Timestamp;

const KEPT_MILLISECONDS: i64 = 5 * 60 * 1000;
const FORCED_APART_MILLISECONDS: i64 = 10 * 1000;
/// Unknown names remembered; beyond it the oldest knowledge is dropped.
const UNKNOWN_NAMES: usize = 1000;
/// Calls that unknown names may cause within [`FORCED_APART_MILLISECONDS`].
const UNKNOWN_CALLS: u32 = 20;

/// A half of the configuration.
pub trait Document: Sized + Send + Sync {
    /// Which secret it is.
    const PART: SecretPart;
    /// Reads it.
    fn parse(document: &SecretString) -> Result<Self, ConfigError>;
}

impl Document for ReceiveConfig {
    const PART: SecretPart = SecretPart::Receive;
    fn parse(document: &SecretString) -> Result<Self, ConfigError> {
        Self::parse(document)
    }
}

impl Document for SendConfig {
    const PART: SecretPart = SecretPart::Send;
    fn parse(document: &SecretString) -> Result<Self, ConfigError> {
        Self::parse(document)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no such integration.
    #[error("integration {0}: not configured")]
    Unknown(IntegrationName),
    /// It could not be read now.
    #[error("integration {integration}: configuration not readable")]
    Unavailable {
        /// Which one.
        integration: IntegrationName,
        /// Why.
        #[source]
        source: PortError,
    },
    /// What is stored does not hold.
    #[error("integration {integration}: configuration not valid")]
    Invalid {
        /// Which one.
        integration: IntegrationName,
        /// Which key.
        #[source]
        source: ConfigError,
    },
    /// Too many unknown names were asked for; try again.
    #[error("integration {0}: not looked up, too many unknown names were asked for")]
    Shed(IntegrationName),
}

/// The valid versions of one integration's document, the current one first.
pub type Versions<T> = Arc<Vec<Arc<T>>>;

#[derive(Debug, thiserror::Error)]
#[error("the last attempt, a moment ago, failed")]
struct InDoubt;

/// A cache of one half of the configuration.
pub struct Settings<T> {
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    known: Mutex<Known<T>>,
}

struct Known<T> {
    entries: HashMap<IntegrationName, Entry<T>>,
    unknown_calls: u32,
    unknown_since: Timestamp,
}

struct Entry<T> {
    versions: Option<Versions<T>>,
    read_at: Timestamp,
    /// Whether the last reading failed, so that there may be newer ones.
    in_doubt: bool,
}

impl<T: Document> Settings<T> {
    /// An empty cache.
    pub fn new(secrets: Arc<dyn Secrets>, clock: Arc<dyn Clock>) -> Self {
        let known = Known { entries: HashMap::new(), unknown_calls: 0, unknown_since: clock.now() };
        Self { secrets, clock, known: Mutex::new(known) }
    }

    /// The versions that are valid now.
    pub async fn get(&self, integration: &IntegrationName) -> Result<Versions<T>, SettingsError> {
        self.within(integration, KEPT_MILLISECONDS).await
    }

    /// The current version.
    pub async fn current(&self, integration: &IntegrationName) -> Result<Arc<T>, SettingsError> {
        let versions = self.get(integration).await?;
        versions.first().cloned().ok_or_else(|| SettingsError::Unknown(integration.clone()))
    }

    /// After a failed authentication: the versions as of the last 10 s, and whether they differ from what `get` gave.
    ///
    /// # Errors
    /// They could not be read: nobody can say whether the authentication is wrong.
    pub async fn refreshed(
        &self,
        integration: &IntegrationName,
        before: &Versions<T>,
    ) -> Result<Option<Versions<T>>, SettingsError> {
        let now = self.within(integration, FORCED_APART_MILLISECONDS).await?;
        if self.is_in_doubt(integration) {
            let source = PortError::unavailable("read the configuration again", InDoubt);
            return Err(SettingsError::Unavailable { integration: integration.clone(), source });
        }
        Ok((!Arc::ptr_eq(&now, before)).then_some(now))
    }

    async fn within(
        &self,
        integration: &IntegrationName,
        age: i64,
    ) -> Result<Versions<T>, SettingsError> {
        let unknown = || SettingsError::Unknown(integration.clone());
        if !IntegrationName::is_valid(integration.as_str()) {
            return Err(unknown());
        }
        let now = self.clock.now();
        let kept = match self.remembered(integration, now, age)? {
            Remembered::Fresh(versions) => return versions.ok_or_else(unknown),
            Remembered::Stale(versions) => versions,
        };
        match self.read(integration).await {
            Ok(versions) => {
                self.remember(integration, versions.clone(), now, false);
                versions.ok_or_else(unknown)
            }
            Err(error) => match kept {
                Some(versions) => {
                    tracing::warn!(
                        event.name = "configuration.stale",
                        integration = %integration,
                        error = crate::error::chain(&error),
                        "The configuration could not be read; the last valid one serves on."
                    );
                    self.remember(integration, Some(Arc::clone(&versions)), now, true);
                    Ok(versions)
                }
                None => Err(error),
            },
        }
    }

    async fn read(
        &self,
        integration: &IntegrationName,
    ) -> Result<Option<Versions<T>>, SettingsError> {
        let documents = self.secrets.fetch(integration, T::PART).await.map_err(|source| {
            SettingsError::Unavailable { integration: integration.clone(), source }
        })?;
        let Some(documents) = documents else { return Ok(None) };
        let (mut versions, mut invalid) = (Vec::new(), None);
        for document in &documents.0 {
            match T::parse(document) {
                Ok(version) => versions.push(Arc::new(version)),
                Err(source) => {
                    invalid.get_or_insert(SettingsError::Invalid {
                        integration: integration.clone(),
                        source,
                    });
                }
            }
        }
        match invalid {
            Some(error) if versions.is_empty() => return Err(error),
            Some(error) => tracing::warn!(
                event.name = "configuration.invalid",
                integration = %integration,
                error = crate::error::chain(&error),
                "A version of the configuration does not hold; the other one serves."
            ),
            None => {}
        }
        Ok(Some(Arc::new(versions)))
    }

    fn remembered(
        &self,
        integration: &IntegrationName,
        now: Timestamp,
        age: i64,
    ) -> Result<Remembered<T>, SettingsError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known.entries.get(integration) {
            if now.since(entry.read_at) < age {
                return Ok(Remembered::Fresh(entry.versions.clone()));
            }
            if entry.versions.is_some() {
                return Ok(Remembered::Stale(entry.versions.clone()));
            }
        }
        if now.since(known.unknown_since) >= FORCED_APART_MILLISECONDS {
            known.unknown_since = now;
            known.unknown_calls = 0;
        }
        if known.unknown_calls >= UNKNOWN_CALLS {
            return Err(SettingsError::Shed(integration.clone()));
        }
        known.unknown_calls += 1;
        Ok(Remembered::Stale(None))
    }

    /// Of the integrations that are known without a call, the one whose current version fits.
    pub fn name_of(&self, fits: impl Fn(&T) -> bool) -> Option<IntegrationName> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let current = |entry: &Entry<T>| entry.versions.as_ref()?.first().cloned();
        let mut entries = known.entries.iter();
        let found = entries.find(|(_, entry)| current(entry).is_some_and(|version| fits(&version)));
        found.map(|(name, _)| name.clone())
    }

    fn is_in_doubt(&self, integration: &IntegrationName) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entries.get(integration).is_some_and(|entry| entry.in_doubt)
    }

    fn remember(
        &self,
        integration: &IntegrationName,
        versions: Option<Versions<T>>,
        now: Timestamp,
        in_doubt: bool,
    ) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if versions.is_none() && known.entries.len() >= UNKNOWN_NAMES {
            known.entries.retain(|_, entry| entry.versions.is_some());
        }
        known.entries.insert(integration.clone(), Entry { versions, read_at: now, in_doubt });
    }
}

enum Remembered<T> {
    Fresh(Option<Versions<T>>),
    Stale(Option<Versions<T>>),
}
