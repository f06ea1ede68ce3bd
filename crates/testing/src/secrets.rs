//! The configuration of the integrations in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use secrecy::SecretString;
use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::{PortError, SecretDocuments, SecretPart, Secrets};
use shared::time::Timestamp;

/// [`Secrets`] in memory. A change is visible at the next fetch; every call is counted.
#[derive(Default)]
pub struct MemorySecrets {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    documents: HashMap<(IntegrationName, SecretPart), Vec<String>>,
    ends: HashMap<(IntegrationName, SecretPart), Timestamp>,
    names: Option<BTreeSet<IntegrationName>>,
    down: bool,
    calls: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("the secrets are set to be down")]
struct Down;

impl MemorySecrets {
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the valid versions of a document, the current one first. An empty list removes the
    /// document.
    pub fn set(&self, integration: &IntegrationName, part: SecretPart, versions: Vec<String>) {
        let key = (integration.clone(), part);
        if versions.is_empty() {
            self.state().documents.remove(&key);
        } else {
            self.state().documents.insert(key, versions);
        }
    }

    /// Sets when the previous version of a document ends; without this call it never ends.
    pub fn set_end(&self, integration: &IntegrationName, part: SecretPart, end: Timestamp) {
        self.state().ends.insert((integration.clone(), part), end);
    }

    /// Sets the list of configured names; without this call there is no list.
    pub fn set_names(&self, names: &[&str]) {
        self.state().names = Some(names.iter().copied().map(IntegrationName::new).collect());
    }

    /// While `down`, every call fails.
    pub fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// Whether there is a list of configured names.
    pub fn has_names(&self) -> bool {
        self.state().names.is_some()
    }

    /// The number of calls, including those for the list of names.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

#[async_trait]
impl Secrets for MemorySecrets {
    async fn fetch(
        &self,
        integration: &IntegrationName,
        part: SecretPart,
    ) -> Result<Option<SecretDocuments>, PortError> {
        let mut state = self.state();
        state.calls += 1;
        if state.down {
            return Err(PortError::unavailable("fetch a secret", Down));
        }
        let key = (integration.clone(), part);
        let never = Timestamp::from_milliseconds(i64::MAX);
        let end = state.ends.get(&key).copied().unwrap_or(never);
        let secret = |text: &String| SecretString::from(text.clone());
        let versions = state.documents.get(&key).map(Vec::as_slice).unwrap_or_default();
        Ok(versions.first().map(|current| SecretDocuments {
            current: secret(current),
            previous: versions.get(1).map(|previous| (secret(previous), end)),
        }))
    }

    async fn names(&self, _: SecretPart) -> Result<Option<BTreeSet<IntegrationName>>, PortError> {
        let mut state = self.state();
        if state.names.is_none() {
            return Ok(None);
        }
        state.calls += 1;
        if state.down {
            return Err(PortError::unavailable("list the integrations", Down));
        }
        Ok(state.names.clone())
    }
}
