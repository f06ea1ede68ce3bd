//! What people do to a conversation at Genesys: wait, be called, answer, hand over, leave. Each act changes the state,
//! makes its events known and answers them, so that a test can hold them back, reorder or repeat them.

use std::sync::Arc;

use time::OffsetDateTime;

use super::lifecycle::{Conversation, Ending, Step};
use super::{GenesysSimulator, Inner};
use crate::genesys::LifecycleEvent;

/// None of these acts does anything, or answers any event, where it does not fit: nobody rejects a conversation that
/// does not ring, and nobody ends one that is over.
impl GenesysSimulator {
    /// The flow hands the customer over to the queue: `acd.start`.
    pub fn queue_waits(&self, contact: &str) -> Vec<LifecycleEvent> {
        let queue = self.inner.queue_of(contact);
        self.inner.happen(contact, "The customer waits for an agent.", |conversation, now| {
            conversation.wait_in(&queue, now)
        })
    }

    /// The conversation rings at an agent, given by user id: `user.start`. An agent who is first opens the conversation.
    pub fn agent_rings(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner.enter(contact);
        self.inner.happen(contact, "An agent is called.", |conversation, now| {
            conversation.ring(agent, now)
        })
    }

    /// An agent answers, after ringing if it has not rung yet: `acd.end` with `TRANSFER` when the customer waited in the
    /// queue. An agent who is first causes nothing but the `user.start` of the ringing.
    pub fn agent_answers(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        let mut events = self.agent_rings(contact, agent);
        events.extend(self.inner.happen(contact, "An agent is connected.", |conversation, now| {
            conversation.answer(agent, now)
        }));
        events
    }

    /// The flow takes a waiting customer out of the queue: `acd.end` with `TRANSFER`, whose outcome is `FLOW_OUT`.
    pub fn flow_takes_out(&self, contact: &str) -> Vec<LifecycleEvent> {
        self.inner.happen(contact, "The flow has left the queue.", |conversation, now| {
            conversation.flow_out(now)
        })
    }

    /// An agent whom it rings at rejects it: `user.end` with `CLIENT`, as if that agent had ended the conversation. The
    /// customer goes on waiting.
    pub fn agent_rejects(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner.happen(
            contact,
            "An agent has rejected the conversation.",
            |conversation, now| conversation.reject(agent, now),
        )
    }

    /// A connected agent hands the customer back: `user.end` with `TRANSFER`, `acd.start`.
    pub fn agent_transfers_to_queue(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        let queue = self.inner.queue_of(contact);
        self.inner.happen(
            contact,
            "The agent has handed over to the queue.",
            |conversation, now| conversation.transfer(agent, &queue, now),
        )
    }

    /// A connected agent ends the conversation: `user.end` with `CLIENT`, `customer.end` with `PEER`. Inside the
    /// threading window the next message continues it.
    pub fn agent_ends(&self, contact: &str, agent: &str) -> Vec<LifecycleEvent> {
        self.inner.end_of(contact, &Ending::BY_AGENT, |conversation| conversation.has_agent(agent))
    }

    /// The conversation ends because the customer is silent: `user.end` or `acd.end` of whoever is there with `PEER`,
    /// `customer.end` with `TIMEOUT`.
    pub fn customer_disappears(&self, contact: &str) -> Vec<LifecycleEvent> {
        self.inner.end_of(contact, &Ending::BY_TIMEOUT, |_| true)
    }

    /// A waiting customer leaves the queue without an agent: `acd.end` and `customer.end`, both with `CLIENT`.
    pub fn queue_abandoned(&self, contact: &str) -> Vec<LifecycleEvent> {
        self.inner.end_of(contact, &Ending::IN_QUEUE, Conversation::is_waiting)
    }

    /// The agent closes the conversation, whoever that is: like [`Self::agent_ends`], also where no agent was ever
    /// connected. Inside the threading window the next message continues it.
    pub fn end_conversation(&self, contact: &str) {
        self.inner.end_of(contact, &Ending::BY_AGENT, |_| true);
    }

    /// Lets the threading window of an ended conversation pass: the next message starts a new one.
    pub fn close_threading_window(&self, contact: &str) {
        let mut state = self.inner.state();
        if state.conversation_of(contact).is_some_and(|known| !known.is_open()) {
            state.contact(contact).conversation = None;
        }
    }

    /// Lets minutes pass for the threading window of an ended conversation. Times already made known stay.
    pub fn pass_time(&self, contact: &str, minutes: u64) {
        let time = time::Duration::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 60));
        if let Some(conversation) = self.inner.state().conversation_of_mut(contact) {
            conversation.pass_time(time);
        }
    }
}

impl Inner {
    /// The queue a contact waits in: the one that the flow of its integration hands over to. Without a flow it is none
    /// of the organisation's.
    fn queue_of(&self, contact: &str) -> String {
        let state = self.state();
        let queue = state.organization.queue_of(&state.integration_of(contact));
        queue.unwrap_or(&self.queue_id).to_owned()
    }

    /// Opens a conversation where none is open.
    fn enter(&self, contact: &str) {
        self.state().enter_conversation(contact);
    }

    /// Ends a conversation by its id, if it is open.
    pub(super) fn end(self: &Arc<Self>, id: &str, ending: &Ending) {
        let contact = self.state().conversations.get(id).map(|known| known.contact.clone());
        if let Some(contact) = contact {
            self.end_of(&contact, ending, |conversation| conversation.id == id);
        }
    }

    /// Ends the open conversation of a contact, if it is as it must be.
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

    /// Lets something happen in the open conversation of a contact, and makes known what follows from it.
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
        let now = OffsetDateTime::now_utc();
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
