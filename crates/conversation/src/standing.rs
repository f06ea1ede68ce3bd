//! What an event of a conversation's life means now: events come late, twice and out of order.
//!
//! Rule: state moves by the time of the event, never by the time it came. What is older than what is known changes nothing.

use shared::ids::GenesysConversationId;
use shared::time::Timestamp;

use super::machine::{Stage, Telling, Trigger, step};
use super::state::Conversation;

/// Something that Genesys said of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'a> {
    /// Of which one, where that is known.
    pub conversation: Option<&'a GenesysConversationId>,
    /// What it would do.
    pub what: Trigger,
    /// When, by Genesys' clock.
    pub at: Timestamp,
}

/// What it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It moves the conversation.
    News,
    /// This very occurrence has moved it, and Lynn is to be told of it.
    Known(Telling),
    /// The conversation ended, and has been taken up again since.
    Overtaken,
    /// It changes nothing.
    Stale(&'static str),
}

impl Conversation {
    /// What an occurrence means for the conversation as it is.
    pub fn standing(&self, occurrence: &Occurrence<'_>) -> Standing {
        let at = occurrence.at;
        if let Some(telling) = self.is_of(occurrence) {
            return Standing::Known(telling);
        }
        if self.is_another(occurrence) {
            return Standing::Stale("it is about another conversation than the present one");
        }
        if self.ended_at.is_some_and(|ended| at <= ended) {
            return Standing::Stale("it is older than the end of the conversation");
        }
        let answered_since = self.agents.answered_at.is_some_and(|known| at <= known);
        if occurrence.what == Trigger::AgentAnswered && answered_since {
            return Standing::Stale("it is older than what is known");
        }
        match step(self.stage(), occurrence.what) {
            (_, Some(Telling::Ended)) if self.is_overtaken(at) => Standing::Overtaken,
            (_, Some(_)) => Standing::News,
            (Stage::Ended, None) => Standing::Stale("the conversation has ended already"),
            (_, None) => Standing::Stale("nothing has begun yet"),
        }
    }

    /// Whether it is the one that is known already.
    fn is_of(&self, occurrence: &Occurrence<'_>) -> Option<Telling> {
        let same = occurrence.conversation.is_none()
            || self.genesys_conversation.as_ref() == occurrence.conversation;
        let (known, telling) = match occurrence.what {
            Trigger::End => (self.ended_at, Telling::Ended),
            Trigger::AgentAnswered => (self.agents.answered_at, Telling::AgentConnected),
            Trigger::Message | Trigger::AgentLeft | Trigger::WindowOver => return None,
        };
        (same && known == Some(occurrence.at)).then_some(telling)
    }

    /// Whether it names another conversation than the present one. An agent who answers may have begun a new one, unless the
    /// present one is open.
    fn is_another(&self, occurrence: &Occurrence<'_>) -> bool {
        let known = self.genesys_conversation.as_ref();
        let named = occurrence.conversation;
        let other = known.is_some_and(|known| named.is_some_and(|named| known != named));
        let may_begin = occurrence.what == Trigger::AgentAnswered
            && matches!(self.stage(), Stage::Idle | Stage::Ended);
        other && !may_begin
    }

    /// Whether a message or an agent came after the end: the conversation was taken up again.
    pub(super) fn is_overtaken(&self, end: Timestamp) -> bool {
        let later = |known: Option<Timestamp>| known.is_some_and(|known| known > end);
        later(self.last_inbound_message)
            || later(self.last_outbound_message)
            || later(self.agents.answered_at)
    }
}
