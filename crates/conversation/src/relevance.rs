//! Decides what a lifecycle event means for the conversation now. Events arrive late, twice and out
//! of order.
//!
//! Rule: the event's own time counts, never its arrival. An event older than the known state
//! changes nothing.

use shared::ids::GenesysConversationId;
use shared::time::Timestamp;

use super::machine::{ConversationEvent, Stage, Trigger, step};
use super::state::Conversation;

/// A lifecycle event of Genesys.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// The conversation that the event names, if it names one.
    pub conversation: Option<&'a GenesysConversationId>,
    /// The trigger that the event would be.
    pub what: Trigger,
    /// By Genesys' clock.
    pub at: Timestamp,
}

/// The meaning of an [`Occurrence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevance {
    /// The event changes the conversation.
    News,
    /// The same event has changed the conversation already. Lynn must receive this news once.
    AlreadyApplied(ConversationEvent),
    /// The conversation ended, but a later message or answer continued it.
    Resumed,
    /// The event changes nothing, for this reason.
    Stale(&'static str),
}

impl Conversation {
    pub fn relevance(&self, occurrence: &Occurrence<'_>) -> Relevance {
        let at = occurrence.at;
        if let Some(conversation_event) = self.is_of(occurrence) {
            return Relevance::AlreadyApplied(conversation_event);
        }
        if self.is_another(occurrence) {
            return Relevance::Stale("it is about another conversation than the present one");
        }
        if self.ended_at.is_some_and(|ended| at <= ended) {
            return Relevance::Stale("it is older than the end of the conversation");
        }
        let answered_since = self.agents.answered_at.is_some_and(|known| at <= known);
        if occurrence.what == Trigger::AgentAnswered && answered_since {
            return Relevance::Stale("it is older than what is known");
        }
        if occurrence.what == Trigger::Queued && self.queued_at.is_some_and(|known| at <= known) {
            return Relevance::Stale("it is older than what is known");
        }
        if occurrence.what == Trigger::Queued && answered_since {
            return Relevance::Stale("an agent has answered since");
        }
        match step(self.stage(), occurrence.what) {
            (_, Some(ConversationEvent::Ended)) if self.is_resumed_since(at) => Relevance::Resumed,
            (_, Some(_)) => Relevance::News,
            (Stage::Ended, None) => Relevance::Stale("the conversation has ended already"),
            (Stage::WithAgent, None) => Relevance::Stale("an agent is connected"),
            (_, None) => Relevance::Stale("nothing has begun yet"),
        }
    }

    /// The news for Lynn, if this same event is recorded already.
    fn is_of(&self, occurrence: &Occurrence<'_>) -> Option<ConversationEvent> {
        let same = occurrence.conversation.is_none()
            || self.genesys_conversation.as_ref() == occurrence.conversation;
        let (known, conversation_event) = match occurrence.what {
            Trigger::End => (self.ended_at, ConversationEvent::Ended),
            Trigger::AgentAnswered => (self.agents.answered_at, ConversationEvent::AgentConnected),
            Trigger::Queued => (self.queued_at, ConversationEvent::Queued),
            Trigger::Message | Trigger::AgentLeft | Trigger::AgentGone | Trigger::WindowOver => {
                return None;
            }
        };
        (same && known == Some(occurrence.at)).then_some(conversation_event)
    }

    /// Whether the event names another conversation than the current one. An agent's answer may
    /// begin a new conversation, unless the current one is open.
    fn is_another(&self, occurrence: &Occurrence<'_>) -> bool {
        let known = self.genesys_conversation.as_ref();
        let named = occurrence.conversation;
        let other = known.is_some_and(|known| named.is_some_and(|named| known != named));
        let may_begin = occurrence.what == Trigger::AgentAnswered
            && matches!(self.stage(), Stage::Idle | Stage::Ended);
        other && !may_begin
    }

    /// Whether a message or an agent's answer came after the end and continued the conversation.
    pub(super) fn is_resumed_since(&self, end: Timestamp) -> bool {
        let later = |known: Option<Timestamp>| known.is_some_and(|known| known > end);
        later(self.last_inbound_message)
            || later(self.last_outbound_message)
            || later(self.agents.answered_at)
    }
}
