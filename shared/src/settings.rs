//! The integrations' configuration, read through the secrets port and cached for five minutes.
//!
//! Rules: after a failed authentication the configuration is read again at once, at most every 10 s
//! per integration. The same happens when only the previous version proves a caller; that version
//! ends at its time by the clock. While the secret service is down, or a new version is not valid,
//! the last valid version is used. Look-ups of unknown names never delay a configured name: its
//! look-up does not count against their limit.

mod names;
mod search;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;

use self::names::{Listed, Names};
pub use self::search::Found;
use self::search::LastSearch;
use crate::config::{ConfigError, ReceiveConfig, SendConfig};
use crate::ids::IntegrationName;
use crate::lock::lock;
use crate::log_limit::LogLimit;
use crate::ports::{Clock, PortError, SecretDocuments, SecretPart, Secrets};
use crate::time::{Moment, Timestamp};

const KEPT: Duration = Duration::from_mins(5);
/// The shortest time between two reads of the same document, and how long a name counts as unknown.
const FORCED_APART: Duration = Duration::from_secs(10);
/// The most names in the cache before the unknown ones are removed.
const UNKNOWN_NAMES: usize = 1000;
/// The most look-ups of names that may be unknown, within [`FORCED_APART`].
const UNKNOWN_CALLS: u32 = 20;

/// One of the two documents of the configuration.
pub trait Document: Sized + Send + Sync {
    const PART: SecretPart;
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
    /// The integration is not configured.
    #[error("integration {0}: not configured")]
    Unknown(IntegrationName),
    /// The configuration cannot be read now.
    #[error("integration {integration}: configuration not readable")]
    Unavailable {
        integration: IntegrationName,
        /// The secret service's error.
        #[source]
        source: PortError,
    },
    /// The stored document is not valid.
    #[error("integration {integration}: configuration not valid")]
    Invalid {
        integration: IntegrationName,
        /// Names the key.
        #[source]
        source: ConfigError,
    },
    /// A request without a proof was not looked up, because too many unknown names were requested.
    #[error("integration {0}: not looked up, too many unknown names were asked for")]
    Shed(IntegrationName),
}

/// The valid versions of one integration's document, the current one first.
pub type Versions<T> = Arc<Vec<Arc<T>>>;

#[derive(Debug, thiserror::Error)]
#[error("the last attempt, a moment ago, failed")]
struct InDoubt;

/// A cache of one document of the configuration.
pub struct Settings<T> {
    secrets: Arc<dyn Secrets>,
    clock: Arc<dyn Clock>,
    names: Names,
    known: Mutex<Known<T>>,
    search: futures_util::lock::Mutex<LastSearch>,
    log: LogLimit,
}

struct Known<T> {
    entries: HashMap<IntegrationName, Entry<T>>,
    unknown_calls: u32,
    unknown_since: Timestamp,
}

struct Entry<T> {
    versions: Option<Versions<T>>,
    /// When all versions but the first become invalid.
    previous_until: Option<Timestamp>,
    read_at: Moment,
    /// Whether the last read failed, so that a newer version may exist.
    in_doubt: bool,
}

/// The result of a read; `None` when the integration does not exist.
type Read<T> = Option<(Versions<T>, Option<Timestamp>)>;

impl<T: Document> Settings<T> {
    pub fn new(secrets: Arc<dyn Secrets>, clock: Arc<dyn Clock>) -> Self {
        let known = Known { entries: HashMap::new(), unknown_calls: 0, unknown_since: clock.now() };
        let (names, log) = (Names::default(), LogLimit::default());
        let search = futures_util::lock::Mutex::default();
        Self { secrets, clock, names, known: Mutex::new(known), search, log }
    }

    /// The versions that are valid now.
    pub async fn get(&self, integration: &IntegrationName) -> Result<Versions<T>, SettingsError> {
        self.get_for(integration, true).await
    }

    /// Like [`Settings::get`], for a request. `has_evidence`: whether the request has any header
    /// that could prove its caller. Without one, a name that is not in the list is not looked up.
    /// If there is no list, the look-up counts against the limit for unknown names.
    pub async fn get_for(
        &self,
        integration: &IntegrationName,
        has_evidence: bool,
    ) -> Result<Versions<T>, SettingsError> {
        self.within(integration, KEPT, has_evidence).await
    }

    /// The current version.
    pub async fn current(&self, integration: &IntegrationName) -> Result<Arc<T>, SettingsError> {
        let versions = self.get(integration).await?;
        versions.first().cloned().ok_or_else(|| SettingsError::Unknown(integration.clone()))
    }

    /// Tries a proof with the current version of `valid`. If it fails, reads the configuration
    /// again, at most every 10 s, and tries every version that is still valid. A revoked previous
    /// version is therefore noticed at its next use.
    ///
    /// # Errors
    /// The configuration could not be read again, so the proof may be right. The inner error means
    /// that the proof is wrong.
    pub async fn proved<P, E>(
        &self,
        integration: &IntegrationName,
        valid: Versions<T>,
        proof: impl Fn(&Versions<T>) -> Result<P, E>,
    ) -> Result<Result<(Versions<T>, P), E>, SettingsError> {
        let current = Arc::new(valid.iter().take(1).cloned().collect::<Vec<_>>());
        let wrong = match proof(&current) {
            Ok(proved) => return Ok(Ok((valid, proved))),
            Err(wrong) => wrong,
        };
        let has_previous = valid.len() > 1;
        match self.refreshed(integration, &valid).await {
            Ok(None) if !has_previous => Ok(Err(wrong)),
            Ok(newer) => {
                let versions = newer.unwrap_or(valid);
                Ok(proof(&versions).map(|proved| (versions, proved)))
            }
            // While the secret service is down, use the versions that were valid a moment ago.
            Err(error) if has_previous => match proof(&valid) {
                Ok(proved) => Ok(Ok((valid, proved))),
                Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// After a failed authentication: the versions, at most 10 s old, if they differ from `before`.
    ///
    /// # Errors
    /// The versions could not be read, so the authentication may be right.
    pub async fn refreshed(
        &self,
        integration: &IntegrationName,
        before: &Versions<T>,
    ) -> Result<Option<Versions<T>>, SettingsError> {
        let now = self.within(integration, FORCED_APART, true).await?;
        if self.is_in_doubt(integration) {
            let source = PortError::unavailable("read the configuration again", InDoubt);
            return Err(SettingsError::Unavailable { integration: integration.clone(), source });
        }
        Ok((!Arc::ptr_eq(&now, before)).then_some(now))
    }

    /// Limits the log lines about unauthenticated callers; see [`LogLimit::count`].
    pub(crate) fn lines(&self, subject: String, most: u32) -> Option<u64> {
        self.log.count(subject, most, self.clock.now())
    }

    async fn within(
        &self,
        integration: &IntegrationName,
        age: Duration,
        has_evidence: bool,
    ) -> Result<Versions<T>, SettingsError> {
        let unknown = || SettingsError::Unknown(integration.clone());
        if !IntegrationName::is_valid(integration.as_str()) {
            return Err(unknown());
        }
        let now = self.clock.moment();
        match self.remembered(integration, now, age) {
            Remembered::Fresh(versions) => versions.ok_or_else(unknown),
            Remembered::Stale => self.read_again(integration, now).await?.ok_or_else(unknown),
            Remembered::Nothing => {
                self.look_up(integration, now, has_evidence).await?.ok_or_else(unknown)
            }
        }
    }

    /// Reads a known integration again; if the read fails, keeps the known versions.
    async fn read_again(
        &self,
        integration: &IntegrationName,
        now: Moment,
    ) -> Result<Option<Versions<T>>, SettingsError> {
        match self.read(integration).await {
            Ok(read) => Ok(self.remember(integration, read, now)),
            Err(error) => {
                let mut known = lock(&self.known);
                let entry = known.entries.get_mut(integration);
                let Some((versions, entry)) =
                    entry.and_then(|entry| Some((entry.versions.clone()?, entry)))
                else {
                    return Err(error);
                };
                (entry.read_at, entry.in_doubt) = (now, true);
                drop(known);
                tracing::warn!(
                    event.name = "configuration.stale",
                    integration = %integration,
                    error = crate::error::chain(&error),
                    "The configuration could not be read; the last valid one stays in use."
                );
                Ok(Some(versions))
            }
        }
    }

    /// Looks up a name that was not requested before, or was unknown.
    async fn look_up(
        &self,
        integration: &IntegrationName,
        now: Moment,
        has_evidence: bool,
    ) -> Result<Option<Versions<T>>, SettingsError> {
        let listing = self.names.listed(&*self.secrets, T::PART, integration, now);
        let (listed, read) = if self.names.are_read() {
            (listing.await, None)
        } else {
            // The first look-up after a start sends both calls at once, so that it waits for one
            // answer only.
            let (listed, read) = futures_util::future::join(listing, self.read(integration)).await;
            (listed, Some(read))
        };
        let read = match (listed, read) {
            (Listed::Yes, Some(read)) => read,
            (Listed::Yes, None) => self.read(integration).await,
            (Listed::Unsaid, Some(read)) if has_evidence || self.takes_unknown_call(now.at) => read,
            (Listed::Unsaid, None) if has_evidence || self.takes_unknown_call(now.at) => {
                self.read(integration).await
            }
            (Listed::Unsaid, _) => return Err(SettingsError::Shed(integration.clone())),
            // The list may be some seconds old, so look the name up. If the look-up fails, the list
            // decides: the name is unknown.
            (Listed::No, read) => {
                if !has_evidence || !self.takes_unknown_call(now.at) {
                    return Ok(None);
                }
                let read = match read {
                    Some(read) => read,
                    None => self.read(integration).await,
                };
                let found = read.unwrap_or_default();
                if found.is_some() {
                    // A name that was configured a moment ago does not count against the limit.
                    self.give_unknown_call_back();
                }
                Ok(found)
            }
        };
        Ok(self.remember(integration, read?, now))
    }

    async fn read(&self, integration: &IntegrationName) -> Result<Read<T>, SettingsError> {
        let unavailable =
            |source| SettingsError::Unavailable { integration: integration.clone(), source };
        let documents = self.secrets.fetch(integration, T::PART).await.map_err(unavailable)?;
        let Some(SecretDocuments { current, previous }) = documents else { return Ok(None) };
        let invalid = |source| SettingsError::Invalid { integration: integration.clone(), source };
        match T::parse(&current) {
            Ok(current) => {
                let mut versions = vec![Arc::new(current)];
                let mut until = None;
                if let Some((document, end)) = previous {
                    // A previous version that is not valid is ignored.
                    if let Ok(version) = T::parse(&document) {
                        versions.push(Arc::new(version));
                        until = Some(end);
                    }
                }
                Ok(Some((Arc::new(versions), until)))
            }
            Err(error) => {
                // An invalid current version does not replace the previous one.
                let before = match previous {
                    Some((document, _)) => Some(document),
                    None => {
                        let before = self.secrets.before(integration, T::PART).await;
                        before.map_err(unavailable)?
                    }
                };
                let Some(Ok(version)) = before.as_ref().map(T::parse) else {
                    return Err(invalid(error));
                };
                tracing::warn!(
                    event.name = "configuration.invalid",
                    integration = %integration,
                    error = crate::error::chain(&invalid(error)),
                    "The current version of the configuration is not valid; the version before it stays in use."
                );
                Ok(Some((Arc::new(vec![Arc::new(version)]), None)))
            }
        }
    }

    fn remembered(
        &self,
        integration: &IntegrationName,
        now: Moment,
        age: Duration,
    ) -> Remembered<T> {
        let mut known = lock(&self.known);
        let Some(entry) = known.entries.get_mut(integration) else { return Remembered::Nothing };
        entry.expire(now.at);
        let is_known = entry.versions.is_some();
        let age = if is_known { age } else { FORCED_APART };
        if now.is_within(age, entry.read_at) {
            Remembered::Fresh(entry.versions.clone())
        } else if is_known {
            Remembered::Stale
        } else {
            Remembered::Nothing
        }
    }

    /// Whether one more name that may be unknown may be looked up. Counts the look-up.
    fn takes_unknown_call(&self, now: Timestamp) -> bool {
        let mut known = lock(&self.known);
        if !now.is_within(FORCED_APART, known.unknown_since) {
            known.unknown_since = now;
            known.unknown_calls = 0;
        }
        known.unknown_calls += 1;
        known.unknown_calls <= UNKNOWN_CALLS
    }

    /// Returns a look-up to the limit, because the name is configured.
    fn give_unknown_call_back(&self) {
        let mut known = lock(&self.known);
        known.unknown_calls = known.unknown_calls.saturating_sub(1);
    }

    fn is_in_doubt(&self, integration: &IntegrationName) -> bool {
        lock(&self.known).entries.get(integration).is_some_and(|entry| entry.in_doubt)
    }

    fn remember(
        &self,
        integration: &IntegrationName,
        read: Read<T>,
        now: Moment,
    ) -> Option<Versions<T>> {
        let mut known = lock(&self.known);
        if read.is_none() && known.entries.len() >= UNKNOWN_NAMES {
            known.entries.retain(|_, entry| entry.versions.is_some());
        }
        let (versions, previous_until) = read.unzip();
        let previous_until = previous_until.flatten();
        let mut entry = Entry { versions, previous_until, read_at: now, in_doubt: false };
        entry.expire(now.at);
        let versions = entry.versions.clone();
        known.entries.insert(integration.clone(), entry);
        versions
    }
}

impl<T> Entry<T> {
    /// Drops the previous version when its time has passed.
    fn expire(&mut self, now: Timestamp) {
        if self.previous_until.is_some_and(|until| until <= now) {
            self.previous_until = None;
            self.versions = self
                .versions
                .take()
                .map(|versions| Arc::new(versions.iter().take(1).cloned().collect()));
        }
    }
}

enum Remembered<T> {
    Fresh(Option<Versions<T>>),
    Stale,
    Nothing,
}
