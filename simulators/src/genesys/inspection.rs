//! What a test or a web page may ask the fake Genesys Cloud.

use std::time::Duration;

use serde_json::Value;

use super::GenesysSimulator;
use super::delivery::Delivery;
use super::events::LifecycleEvent;
use super::lifecycle::Conversation;
use crate::record::{RecordedRequest, TranscriptLine};

impl GenesysSimulator {
    /// Every call so far, in order of arrival.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.inner.state().requests.clone()
    }

    /// The bodies of the accepted messages and structured responses of a contact, in order.
    pub fn accepted_messages(&self, contact: &str) -> Vec<Value> {
        self.inner
            .state()
            .contacts
            .get(contact)
            .map(|known| known.accepted.clone())
            .unwrap_or_default()
    }

    /// How many messages and structured responses were accepted from all contacts.
    pub fn accepted_count(&self) -> usize {
        self.inner.state().contacts.values().map(|contact| contact.accepted.len()).sum()
    }

    /// The Genesys id given to an accepted message, by its `channel.messageId`.
    pub fn genesys_message_id(&self, contact: &str, message_id: &str) -> Option<String> {
        let state = self.inner.state();
        let accepted = state.contacts.get(contact)?.by_message_id.get(message_id)?;
        accepted.answer.get("id")?.as_str().map(str::to_owned)
    }

    /// The bodies of messages that were recognised as repeated.
    pub fn duplicates(&self) -> Vec<Value> {
        self.inner.state().duplicates.clone()
    }

    /// The accepted receipts.
    pub fn receipts(&self) -> Vec<Value> {
        self.inner.state().receipts.clone()
    }

    /// The accepted typing events.
    pub fn typing_events(&self) -> Vec<Value> {
        self.inner.state().typing_events.clone()
    }

    /// How many tokens were given out.
    pub fn logins(&self) -> u64 {
        self.inner.state().logins
    }

    /// Every outbound notification that is finished, automatic receipts too.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.inner.state().deliveries.clone()
    }

    /// The contact's current or last conversation.
    pub fn conversation_id(&self, contact: &str) -> Option<String> {
        self.inner.state().conversation_of(contact).map(|known| known.id.clone())
    }

    /// Whether the contact's conversation is open.
    pub fn is_conversation_open(&self, contact: &str) -> bool {
        self.inner.state().conversation_of(contact).is_some_and(Conversation::is_open)
    }

    /// Everything that was made known of the life of conversations, in order, whoever caused it.
    pub fn lifecycle_events(&self) -> Vec<LifecycleEvent> {
        self.inner.state().lifecycle.clone()
    }

    /// Every post of a lifecycle event that is finished.
    pub fn event_deliveries(&self) -> Vec<Delivery> {
        self.inner.state().event_deliveries.clone()
    }

    /// What an agent sees of all conversations.
    pub fn transcript(&self) -> Vec<TranscriptLine> {
        self.inner.state().transcript.clone()
    }

    /// Every breach of the contract: what was refused because of its shape, and what was accepted but is wrong.
    pub fn violations(&self) -> Vec<String> {
        self.inner.state().violations.clone()
    }

    /// Waits until the condition holds; false when it still does not after `timeout`.
    pub async fn wait_until(&self, timeout: Duration, what: impl Fn(&Self) -> bool) -> bool {
        self.inner.changes.wait_until(timeout, || what(self)).await
    }
}
