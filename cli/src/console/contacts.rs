//! The contacts behind the fingerprints that the page was given.
//!
//! Rule: the page names a contact by its fingerprint; only this program knows the id.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use shared::ids::ConversationKey;

/// The most contacts that are kept; then the list starts again, and the page
/// finds them by a new search.
const KEPT: usize = 20_000;

#[derive(Default)]
pub struct Contacts(Mutex<HashMap<(String, String), ConversationKey>>);

impl Contacts {
    /// Keeps a contact, and returns its fingerprint.
    pub fn keep(&self, key: &ConversationKey) -> String {
        let fingerprint = key.contact.fingerprint();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert((key.integration.as_str().to_owned(), fingerprint.clone()), key.clone());
        fingerprint
    }

    pub fn find(&self, integration: &str, fingerprint: &str) -> Option<ConversationKey> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(integration.to_owned(), fingerprint.to_owned())).cloned()
    }
}
