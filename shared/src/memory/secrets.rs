//! The integrations' configuration in memory.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::ids::IntegrationName;
use crate::ports::{PortError, SecretDocuments, SecretPart, Secrets};

/// [`Secrets`] in memory: what is set is fetched at once, and every call is counted.
#[derive(Default)]
pub struct MemorySecrets {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    documents: HashMap<(IntegrationName, SecretPart), Vec<String>>,
    down: bool,
    calls: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("the secrets are set to be down")]
struct Down;

impl MemorySecrets {
    /// No integration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the valid versions of a document, the current one first; none removes it.
    pub fn set(&self, integration: &IntegrationName, part: SecretPart, versions: Vec<String>) {
        let key = (integration.clone(), part);
        if versions.is_empty() {
            self.state().documents.remove(&key);
        } else {
            self.state().documents.insert(key, versions);
        }
    }

    /// Sets whether every call fails.
    pub fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let versions = state.documents.get(&(integration.clone(), part));
        let secret = |text: &String| SecretString::from(text.clone());
        Ok(versions.map(|versions| SecretDocuments(versions.iter().map(secret).collect())))
    }
}
