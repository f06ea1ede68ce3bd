//! What a test, a script or a web page may ask the fake Lynn, and the faults it may cause.

use std::time::Duration;

use serde_json::Value;

use super::LynnSimulator;
use super::faults::LynnFault;
use crate::record::{RecordedRequest, TranscriptLine};

impl LynnSimulator {
    /// The accepted events in order of arrival, each once.
    pub fn events(&self) -> Vec<Value> {
        self.inner.state().events.iter().map(|event| event.body.clone()).collect()
    }

    /// The accepted events of a contact.
    pub fn events_for(&self, contact: &str) -> Vec<Value> {
        let state = self.inner.state();
        state
            .events
            .iter()
            .filter(|event| event.contact == contact)
            .map(|event| event.body.clone())
            .collect()
    }

    /// The accepted messages of a contact.
    pub fn messages_for(&self, contact: &str) -> Vec<Value> {
        self.events_of_type(contact, "message")
    }

    /// The accepted events of a contact that have this `type`, such as `conversation.ended`.
    pub fn events_of_type(&self, contact: &str, kind: &str) -> Vec<Value> {
        let mut events = self.events_for(contact);
        events.retain(|event| event["type"] == kind);
        events
    }

    /// How many events were accepted.
    pub fn event_count(&self) -> usize {
        self.inner.state().events.len()
    }

    /// How many accepted posts only repeated an event.
    pub fn duplicates(&self) -> u64 {
        self.inner.state().duplicates
    }

    /// How many probes were let in.
    pub fn probes(&self) -> u64 {
        self.inner.state().probes
    }

    /// Every request so far, in order of arrival.
    pub fn attempts(&self) -> Vec<RecordedRequest> {
        self.inner.state().requests.clone()
    }

    /// The accepted posts to the proactive campaign.
    pub fn proactive(&self) -> Vec<Value> {
        self.inner.state().proactive.clone()
    }

    /// How many tokens were given out.
    pub fn logins(&self) -> u64 {
        self.inner.state().logins
    }

    /// What a customer sees of all conversations.
    pub fn transcript(&self) -> Vec<TranscriptLine> {
        self.inner.state().transcript.clone()
    }

    /// Every breach of the contract: what was refused because of its shape, and what was accepted but is wrong.
    pub fn violations(&self) -> Vec<String> {
        self.inner.state().violations.clone()
    }

    /// Queues a fault for the webhook; each is consumed by one post.
    pub fn script(&self, fault: LynnFault) {
        self.inner.state().faults.push_back(fault);
    }

    /// Queues a fault for the proactive campaign; each is consumed by one post.
    pub fn script_proactive(&self, fault: LynnFault) {
        self.inner.state().proactive_faults.push_back(fault);
    }

    /// While down, every request is answered 503.
    pub fn set_down(&self, down: bool) {
        self.inner.state().is_down = down;
    }

    /// While a contact's session is over, events that call it active are answered 410.
    pub fn set_session_over(&self, contact: &str, over: bool) {
        let mut state = self.inner.state();
        if over {
            state.sessions_over.insert(contact.to_owned());
        } else {
            state.sessions_over.remove(contact);
        }
    }

    /// Answers everything for a contact with this status, until [`Self::stop_refusing`].
    pub fn refuse_with(&self, contact: &str, status: u16) {
        self.inner.state().refusals.insert(contact.to_owned(), status);
    }

    /// Takes the contact's events again.
    pub fn stop_refusing(&self, contact: &str) {
        self.inner.state().refusals.remove(contact);
    }

    /// Invalidates all tokens at once.
    pub fn revoke_tokens(&self) {
        self.inner.state().tokens.clear();
    }

    /// Sets where a flow posts its events.
    pub fn set_bridge_url(&self, url: String) {
        self.inner.state().bridge_url = Some(url);
    }

    /// Waits until the condition holds; false when it still does not after `timeout`.
    pub async fn wait_until(&self, timeout: Duration, what: impl Fn(&Self) -> bool) -> bool {
        self.inner.changes.wait_until(timeout, || what(self)).await
    }
}
