//! Access for a test or a web page to the state of the fake Genesys Cloud.

use std::time::Duration;

use serde_json::Value;

use super::GenesysSimulator;
use super::delivery::Delivery;
use super::events::LifecycleEvent;
use super::lifecycle::Conversation;
use super::participants::Participant;
use crate::record::{RecordedRequest, TranscriptLine};

/// Who is in the current or last conversation of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Whether the conversation is open.
    pub is_open: bool,
    /// Whether the customer waits in a queue.
    pub waits: bool,
    /// The user ids of the agents who are rung.
    pub rung: Vec<String>,
    /// The user ids of the agents who are connected.
    pub connected: Vec<String>,
}

impl GenesysSimulator {
    /// The people of a contact's conversation; `None` if there was none.
    pub fn people(&self, contact: &str) -> Option<People> {
        let state = self.inner.state();
        let conversation = state.conversation_of(contact)?;
        let users = |fits: fn(&Participant) -> bool| {
            let users = conversation.participants.iter().filter(|leg| fits(leg));
            users.filter_map(|leg| leg.purpose.user().map(str::to_owned)).collect()
        };
        Some(People {
            is_open: conversation.is_open(),
            waits: conversation.is_waiting(),
            rung: users(Participant::is_alerting),
            connected: users(Participant::is_connected),
        })
    }

    /// Whether every call is answered 503 now.
    pub fn is_down(&self) -> bool {
        self.inner.state().is_down
    }

    /// The number of scripted faults that no call has used up.
    pub fn waiting_faults(&self) -> usize {
        self.inner.state().faults.len()
    }

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

    /// The number of accepted messages and structured responses of all contacts.
    pub fn accepted_count(&self) -> usize {
        self.inner.state().contacts.values().map(|contact| contact.accepted.len()).sum()
    }

    /// The Genesys id of an accepted message, by its `channel.messageId`.
    pub fn genesys_message_id(&self, contact: &str, message_id: &str) -> Option<String> {
        let state = self.inner.state();
        let accepted = state.contacts.get(contact)?.by_message_id.get(message_id)?;
        accepted.answer.get("id")?.as_str().map(str::to_owned)
    }

    /// The bodies of messages that were recognised as repeated.
    pub fn duplicates(&self) -> Vec<Value> {
        self.inner.state().duplicates.clone()
    }

    pub fn receipts(&self) -> Vec<Value> {
        self.inner.state().receipts.clone()
    }

    pub fn typing_events(&self) -> Vec<Value> {
        self.inner.state().typing_events.clone()
    }

    /// The number of issued tokens.
    pub fn logins(&self) -> u64 {
        self.inner.state().logins
    }

    /// Every finished outbound notification, automatic receipts too.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.inner.state().deliveries.clone()
    }

    /// The contact's current or last conversation.
    pub fn conversation_id(&self, contact: &str) -> Option<String> {
        self.inner.state().conversation_of(contact).map(|known| known.id.clone())
    }

    pub fn is_conversation_open(&self, contact: &str) -> bool {
        self.inner.state().conversation_of(contact).is_some_and(Conversation::is_open)
    }

    /// All lifecycle events, in order, whatever caused them.
    pub fn lifecycle_events(&self) -> Vec<LifecycleEvent> {
        self.inner.state().lifecycle.clone()
    }

    /// Every finished post of a lifecycle event.
    pub fn event_deliveries(&self) -> Vec<Delivery> {
        self.inner.state().event_deliveries.clone()
    }

    /// The messages of all conversations as an agent sees them.
    pub fn transcript(&self) -> Vec<TranscriptLine> {
        self.inner.state().transcript.clone()
    }

    /// Every breach of the contract: requests refused for their shape, and wrong requests that were
    /// accepted.
    pub fn violations(&self) -> Vec<String> {
        self.inner.state().violations.clone()
    }

    /// Waits until the condition is true. Returns false if it is still false after `timeout`.
    pub async fn wait_until(&self, timeout: Duration, what: impl Fn(&Self) -> bool) -> bool {
        self.inner.changes.wait_until(timeout, || what(self)).await
    }
}
