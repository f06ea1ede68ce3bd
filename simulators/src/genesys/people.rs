//! The actions of people in a conversation at Genesys: wait, be rung, answer, transfer, leave. Each
//! action changes the state, reports its events and returns them, so that a test can hold them
//! back, reorder or repeat them.

use std::sync::Arc;

use time::OffsetDateTime;

use super::admin::Attributes;
use super::lifecycle::{Conversation, Ending, Step};
use super::{GenesysSimulator, Inner};
use crate::clock;
use crate::genesys::LifecycleEvent;

/// An action that does not fit the state has no effect and returns no event. For example, an agent
/// cannot reject a conversation that does not ring, and an ended conversation cannot end.
impl GenesysSimulator {
    /// The flow transfers the customer to the queue: `acd.start`.
    pub fn queue_waits(&self, contact: &str) -> Vec<LifecycleEvent> {
        let queue = self.inner.queue_of(contact);
        self.inner.happen(contact, "The customer waits for an agent.", |conversation, now| {
            conversation.wait_in(&queue, now)
        })
    }

    /// The conversation rings at an agent, given by user id: `user.start`. If the agent comes
    /// first, this opens the conversation.
    pub fn agent_rings(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner.enter(contact);
        self.inner.happen(contact, "An agent is called.", |conversation, now| {
            conversation.ring(agent, now)
        })
    }

    /// An agent answers, after ringing if it has not rung yet: `acd.end` with `TRANSFER` if the
    /// customer waited in the queue. If the agent comes first, the only event is the `user.start`
    /// of the ringing.
    pub fn agent_answers(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        let mut events = self.agent_rings(contact, agent);
        events.extend(self.inner.happen(contact, "An agent is connected.", |conversation, now| {
            conversation.answer(agent, now)
        }));
        events
    }

    /// The flow takes a waiting customer out of the queue: `acd.end` with `TRANSFER` and the
    /// outcome `FLOW_OUT`.
    pub fn flow_takes_out(&self, contact: &str) -> Vec<LifecycleEvent> {
        self.inner.happen(contact, "The flow has left the queue.", |conversation, now| {
            conversation.flow_out(now)
        })
    }

    /// A rung agent rejects: `user.end` with `CLIENT`, as if that agent had ended the conversation.
    /// The customer continues to wait.
    pub fn agent_rejects(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner.happen(
            contact,
            "An agent has rejected the conversation.",
            |conversation, now| conversation.reject(agent, now),
        )
    }

    /// An agent joins another one: `user.start`, and nothing else.
    pub fn agent_joins(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner
            .happen(contact, "An agent joins.", |conversation, now| conversation.join(agent, now))
    }

    /// One of several agents leaves: `user.end` with `CLIENT`.
    pub fn agent_leaves(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner
            .happen(contact, "An agent leaves.", |conversation, now| conversation.leave(agent, now))
    }

    /// A connected agent transfers the customer back: `user.end` with `TRANSFER`, `acd.start`.
    pub fn agent_transfers_to_queue(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        let queue = self.inner.queue_of(contact);
        self.inner.happen(
            contact,
            "The agent has handed over to the queue.",
            |conversation, now| conversation.transfer(agent, &queue, now),
        )
    }

    /// A connected agent ends the conversation: `user.end` with `CLIENT`, `customer.end` with
    /// `PEER`. Within the threading window the next message resumes it.
    pub fn agent_ends(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner.end_of(contact, &Ending::BY_AGENT, |conversation| conversation.has_agent(agent))
    }

    /// The conversation ends because the customer is silent: `user.end` or `acd.end` of each
    /// present participant with `PEER`, `customer.end` with `TIMEOUT`.
    pub fn customer_disappears(&self, contact: &str) -> Vec<LifecycleEvent> {
        self.inner.end_of(contact, &Ending::BY_TIMEOUT, |_| true)
    }

    /// A waiting customer leaves the queue without an agent: `acd.end` and `customer.end`, both
    /// with `CLIENT`.
    pub fn queue_abandoned(&self, contact: &str) -> Vec<LifecycleEvent> {
        self.inner.end_of(contact, &Ending::IN_QUEUE, Conversation::is_waiting)
    }

    /// Any agent closes the conversation: like [`Self::agent_ends`], but also if no agent was ever
    /// connected. Within the threading window the next message resumes it.
    pub fn end_conversation(&self, contact: &str) {
        self.inner.end_of(contact, &Ending::BY_AGENT, |_| true);
    }

    /// Ends the threading window of an ended conversation: the next message starts a new
    /// conversation.
    pub fn close_threading_window(&self, contact: &str) {
        let mut state = self.inner.state();
        if state.conversation_of(contact).is_some_and(|known| !known.is_open()) {
            state.contact(contact).conversation = None;
        }
    }

    /// Advances the time of the threading window of an ended conversation by minutes. Times that
    /// were already reported do not change.
    pub fn pass_time(&self, contact: &str, minutes: u64) {
        let time = time::Duration::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 60));
        if let Some(conversation) = self.inner.state().conversation_of_mut(contact) {
            conversation.pass_time(time);
        }
    }
}

impl Inner {
    /// The queue of a contact: the queue to which the flow of its integration transfers, by the
    /// attributes of the message that began the round. Without a flow it is a queue that the
    /// organisation does not have.
    fn queue_of(&self, contact: &str) -> String {
        let state = self.state();
        let attributes = state.conversation_of(contact).map(Conversation::attributes);
        let attributes = attributes.cloned().unwrap_or_default();
        let integration = state.integration_of(contact);
        let queue = state.organization.queue_for(&integration, &attributes);
        queue.unwrap_or(&self.queue_id).to_owned()
    }

    /// Opens a conversation unless one is open.
    fn enter(&self, contact: &str) {
        self.state().enter_conversation(contact, &Attributes::new());
    }

    /// Ends a conversation by its id, if it is open.
    pub(super) fn end(self: &Arc<Self>, id: &str, ending: &Ending) {
        let contact = self.state().conversations.get(id).map(|known| known.contact.clone());
        if let Some(contact) = contact {
            self.end_of(&contact, ending, |conversation| conversation.id == id);
        }
    }

    /// Ends the open conversation of a contact, if it meets the condition `fits`.
    fn end_of(
        self: &Arc<Self>,
        contact: &str,
        ending: &Ending,
        fits: impl FnOnce(&Conversation) -> bool,
    ) -> Vec<LifecycleEvent> {
        self.happen(contact, ending.said, |conversation, now| {
            if fits(conversation) { conversation.end(ending, now) } else { Vec::new() }
        })
    }

    /// Changes the open conversation of a contact, and reports the resulting events.
    fn happen(
        self: &Arc<Self>,
        contact: &str,
        said: &str,
        act: impl FnOnce(&mut Conversation, OffsetDateTime) -> Vec<Step>,
    ) -> Vec<LifecycleEvent> {
        let mut state = self.state();
        let Some(conversation) = state.conversation_of_mut(contact).filter(|known| known.is_open())
        else {
            return Vec::new();
        };
        let now = clock::utc();
        let mut events = Vec::new();
        for step in act(conversation, now) {
            let time = conversation.event_time(step.kind, now);
            events.push(self.lifecycle_event(conversation, &step, time));
        }
        if !events.is_empty() {
            state.say(contact, "system", said);
            state.lifecycle.extend_from_slice(&events);
            self.post_aside(&mut state, &events);
        }
        drop(state);
        self.changes.announce();
        events
    }
}
