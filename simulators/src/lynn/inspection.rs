//! Access for a test, a script or a web page to the state of the fake Lynn, and to its faults.

use std::time::Duration;

use serde_json::Value;

use super::LynnSimulator;
use super::faults::LynnFault;
use super::open_engine::OpenWebhook;
use crate::record::{RecordedRequest, TranscriptLine};

impl LynnSimulator {
    /// The accepted events in order of arrival, each once.
    pub fn events(&self) -> Vec<Value> {
        self.inner.state().events.iter().map(|event| event.body.clone()).collect()
    }

    pub fn events_for(&self, contact: &str) -> Vec<Value> {
        let state = self.inner.state();
        state
            .events
            .iter()
            .filter(|event| event.contact == contact)
            .map(|event| event.body.clone())
            .collect()
    }

    pub fn messages_for(&self, contact: &str) -> Vec<Value> {
        self.events_of_type(contact, "message")
    }

    /// The accepted events of a contact with this `type`, such as `conversation.ended`.
    pub fn events_of_type(&self, contact: &str, kind: &str) -> Vec<Value> {
        let mut events = self.events_for(contact);
        events.retain(|event| event["type"] == kind);
        events
    }

    pub fn event_count(&self) -> usize {
        self.inner.state().events.len()
    }

    /// The accepted webhooks of a contact, of a Lynn that speaks Open Messaging.
    pub fn webhooks_for(&self, contact: &str) -> Vec<OpenWebhook> {
        let state = self.inner.state();
        state.webhooks.iter().filter(|webhook| webhook.contact == contact).cloned().collect()
    }

    /// The events of conversations' lives that such a Lynn has accepted.
    pub fn lives(&self) -> Vec<Value> {
        self.inner.state().lives.clone()
    }

    /// The number of accepted posts that only repeated an event.
    pub fn duplicates(&self) -> u64 {
        self.inner.state().duplicates
    }

    /// The number of accepted probes.
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

    /// The number of issued tokens.
    pub fn logins(&self) -> u64 {
        self.inner.state().logins
    }

    /// The messages of all conversations as a customer sees them.
    pub fn transcript(&self) -> Vec<TranscriptLine> {
        self.inner.state().transcript.clone()
    }

    /// Every breach of the contract: requests refused for their shape, and wrong requests that were
    /// accepted.
    pub fn violations(&self) -> Vec<String> {
        self.inner.state().violations.clone()
    }

    /// Queues a fault for the webhook. One post uses it up.
    pub fn script(&self, fault: LynnFault) {
        self.inner.state().faults.push_back(fault);
    }

    /// Queues a fault for the proactive campaign. One post uses it up.
    pub fn script_proactive(&self, fault: LynnFault) {
        self.inner.state().proactive_faults.push_back(fault);
    }

    /// While down, every request is answered 503.
    pub fn set_down(&self, down: bool) {
        self.inner.state().is_down = down;
    }

    /// Whether every request is answered 503 now.
    pub fn is_down(&self) -> bool {
        self.inner.state().is_down
    }

    /// The number of scripted faults that no post to the webhook has used up.
    pub fn waiting_faults(&self) -> usize {
        self.inner.state().faults.len()
    }

    /// Whether this contact's session is over.
    pub fn is_session_over(&self, contact: &str) -> bool {
        self.inner.state().sessions_over.contains(contact)
    }

    /// The status with which every post for this contact is refused.
    pub fn refuses_with(&self, contact: &str) -> Option<u16> {
        self.inner.state().refusals.get(contact).copied()
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

    /// Answers every post for a contact with this status, until [`Self::stop_refusing`].
    pub fn refuse_with(&self, contact: &str, status: u16) {
        self.inner.state().refusals.insert(contact.to_owned(), status);
    }

    /// Sets the answer of a tenant with a contract of its own at a path below `/tenant`; `200 {}`
    /// at first.
    pub fn answer_as_tenant(&self, path: &str, status: u16, body: Value) {
        self.inner.state().tenant.insert(format!("/tenant{path}"), (status, body));
    }

    /// Accepts the contact's events again.
    pub fn stop_refusing(&self, contact: &str) {
        self.inner.state().refusals.remove(contact);
    }

    pub fn revoke_tokens(&self) {
        self.inner.state().tokens.clear();
    }

    /// Sets the bridge address to which a flow posts its events.
    pub fn set_bridge_url(&self, url: String) {
        self.inner.state().bridge_url = Some(url);
    }

    /// Sets the key with which a flow posts its events.
    pub fn set_inbound_key(&self, key: String) {
        self.inner.state().inbound_key = Some(key);
    }

    /// Waits until the condition is true. Returns false if it is still false after `timeout`.
    pub async fn wait_until(&self, timeout: Duration, what: impl Fn(&Self) -> bool) -> bool {
        self.inner.changes.wait_until(timeout, || what(self)).await
    }
}
