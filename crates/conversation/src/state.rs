//! The stored state of one conversation.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::contact::IdType;
use shared::external_id::{self, ConversationPer, Customer};
use shared::ids::{ContactId, GenesysConversationId, GenesysMessageId};
use shared::time::Timestamp;

use super::agents::Agents;
use super::machine::Stage;
use super::roster::Roster;
use super::typings::Typings;

/// The stored form of a [`Stage`], beside [`Conversation::agent_connected`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Status {
    #[default]
    Idle,
    Open,
    Ended,
}

/// The customer's data that the bridge needs between events.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Contact {
    /// The contact's own id, if Genesys knows the customer by another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ContactId>,
    pub id_type: IdType,
    /// Lynn's own contact id; campaigns need it.
    pub lynn_contact_id: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Contact({:?})", self.id_type)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Session {
    /// Lynn's session id, if Lynn gave one.
    pub id: Option<String>,
    /// Lynn's channel, if Lynn gave one.
    pub channel: Option<String>,
    /// False once Lynn has reported the end of the session.
    pub open: bool,
    /// When the customer was last active in it, by our clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spoke_at: Option<Timestamp>,
    /// When the session times out unless the customer writes again.
    pub until: Option<Timestamp>,
    /// Whether the agent was told that the session is over. The agent is told once, whichever event
    /// reports it first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub end_told: bool,
}

/// The customer's latest activity in a session. A later report on the session names the activity
/// that it is based on, so that it does not override newer activity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastWord {
    pub session: Option<String>,
    /// When the session times out after that activity.
    pub until: Option<Timestamp>,
}

impl Session {
    pub fn last_word(&self) -> LastWord {
        LastWord { session: self.id.clone(), until: self.until }
    }
}

#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Conversation {
    pub contact: Contact,
    /// See [`Conversation::stage`].
    status: Status,
    /// See [`Conversation::stage`].
    agent_connected: bool,
    pub agents: Agents,
    /// Who the agents are, and the queue, as far as Genesys was asked.
    #[serde(skip_serializing_if = "Roster::is_empty")]
    pub roster: Roster,
    /// When the customer last began to wait for an agent, if Lynn is told of that.
    pub queued_at: Option<Timestamp>,
    /// Genesys' id of the conversation, once known.
    pub genesys_conversation: Option<GenesysConversationId>,
    /// Whether the customer's first message asked Genesys for the conversation's id.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub id_asked: bool,
    pub session: Session,
    /// The number of events that Lynn has accepted.
    pub sequence: u64,
    /// The time sent with the latest event to Genesys. The next one must be later.
    pub last_inbound_time: Option<Timestamp>,
    /// The latest typing events. A repeat of one of them is not sent again.
    #[serde(skip_serializing_if = "Typings::is_empty")]
    pub typings: Typings,
    /// The time of the latest event in either direction.
    pub last_activity: Option<Timestamp>,
    /// When the customer's latest message reached Genesys, by our clock.
    pub last_inbound_message: Option<Timestamp>,
    /// When an agent or a bot last wrote, by Genesys' clock.
    pub last_outbound_message: Option<Timestamp>,
    /// When an agent last wrote, by Genesys' clock.
    pub last_agent_message: Option<Timestamp>,
    /// The latest time, by Genesys' clock, of any event from Genesys that was new on arrival. An
    /// event that is not later, and is so old that its record has expired, is a repeat.
    #[serde(rename = "heardUntil")]
    pub high_water_mark: Option<Timestamp>,
    /// Genesys' id of the customer's latest message, kept while the conversation's id is not known:
    /// the bridge can ask Genesys for the conversation of this message.
    pub last_inbound_id: Option<GenesysMessageId>,
    /// The time of the latest end, by Genesys' clock. It stays when the conversation is resumed,
    /// because the event of an end may arrive twice.
    pub ended_at: Option<Timestamp>,
    /// The latest end that Lynn was told of.
    pub end_told: Option<Timestamp>,
    /// Until when an ended conversation can be resumed.
    pub resumable_until: Option<Timestamp>,
    /// The time of the latest status question.
    #[serde(rename = "lastLook")]
    pub last_reconciled: Option<Timestamp>,
    /// The number of status questions answered since the last activity.
    #[serde(rename = "looks")]
    pub reconciliations: u32,
    /// Whether a customer's message seems to overtake the latest end. This compares our clock with
    /// Genesys' clock, so a status question must check it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_doubt: bool,
    /// When an event of this conversation was last given up, in either direction. The next such
    /// time is always later, whatever the clocks say, so that dead letters keep the order of their
    /// events.
    pub last_given_up: Option<Timestamp>,
    /// The time stored in the table's index, see `deadline.rs`.
    pub due: Option<Timestamp>,
}

/// A stored time of our own clock that is further in the future shows that the clock was set back.
/// The clocks of two machines differ by less.
pub const SET_BACK: Duration = Duration::from_mins(1);

impl Conversation {
    /// Corrects what a clock wrote that was set back since, so that nothing waits for a time that
    /// is far away, and nothing new counts as old.
    #[must_use]
    pub fn corrected(mut self, now: Timestamp) -> Self {
        let latest = now + SET_BACK;
        for time in
            [&mut self.last_inbound_message, &mut self.last_activity, &mut self.last_reconciled]
        {
            if *time > Some(latest) {
                *time = Some(now);
            }
        }
        if self.session.spoke_at > Some(latest) {
            (self.session.spoke_at, self.session.until) = (None, None);
        }
        self
    }

    pub fn stage(&self) -> Stage {
        match self.status {
            Status::Idle => Stage::Idle,
            Status::Open if self.agent_connected => Stage::WithAgent,
            Status::Open => Stage::Open,
            Status::Ended => Stage::Ended,
        }
    }

    pub(super) fn set_stage(&mut self, stage: Stage) {
        (self.status, self.agent_connected) = match stage {
            Stage::Idle => (Status::Idle, false),
            Stage::Open => (Status::Open, false),
            Stage::WithAgent => (Status::Open, true),
            Stage::Ended => (Status::Ended, false),
        };
    }

    /// Whether messages pass: with an agent present, or without.
    pub fn is_open(&self) -> bool {
        matches!(self.stage(), Stage::Open | Stage::WithAgent)
    }

    /// Whether an agent is known to be present.
    pub fn has_agent(&self) -> bool {
        self.stage() == Stage::WithAgent
    }

    /// Until when the conversation can be resumed; `None` once that time has passed.
    pub fn resumable(&self, now: Timestamp) -> Option<Timestamp> {
        self.resumable_until.filter(|until| now < *until)
    }

    /// Whether the customer's session is active: Lynn has not ended it, and its time limit has not
    /// passed.
    pub fn session_active(&self, now: Timestamp) -> bool {
        self.session.open && self.session.until.is_none_or(|until| now < until)
    }

    /// The customer whom Genesys knows by `external_id`, in Lynn's words. The state tells it, also
    /// if the configuration has changed since; the id tells it of a customer who has never written.
    pub fn customer(&self, external_id: &ContactId, per: ConversationPer) -> Customer {
        let session = self.session.id.clone();
        let has_written = self.session != Session::default() || self.last_inbound_message.is_some();
        match (&self.contact.id, per) {
            (Some(contact), _) => Customer { contact: contact.clone(), session },
            (None, ConversationPer::Session) if !has_written => external_id::customer(external_id),
            (None, _) => Customer { contact: external_id.clone(), session },
        }
    }

    /// The type of the id by which Genesys knows the customer.
    pub fn external_id_type(&self) -> IdType {
        if self.contact.id.is_some() { IdType::Opaque } else { self.contact.id_type }
    }

    /// The time to record for an event given up now: later than every earlier one.
    pub fn next_given_up(&self, now: Timestamp) -> Timestamp {
        self.last_given_up.map_or(now, |last| now.max(last + Duration::from_millis(1)))
    }

    /// The time for the first part of an event to Genesys. It is the event's own time, but never in
    /// the future, and later than every time sent before. The same arguments give the same time, so
    /// that Genesys can recognise a repeat.
    pub fn next_inbound_time(&self, own: Option<Timestamp>, accepted_at: Timestamp) -> Timestamp {
        let own = own.unwrap_or(accepted_at).min(accepted_at);
        match self.last_inbound_time {
            Some(last) => own.max(last + Duration::from_millis(1)),
            None => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Schedule, Transition};

    const MINUTE: i64 = 60_000;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_milliseconds(minutes * MINUTE)
    }

    fn spoke(session: &str, word: i64, limit: i64) -> Transition {
        Transition::CustomerActivity {
            contact: None,
            id_type: IdType::Opaque,
            lynn_contact_id: None,
            session: Some((Some(session.to_owned()), None)),
            spoken: Some((at(word), at(word + limit))),
        }
    }

    #[test]
    fn a_new_session_counts_although_the_limit_is_shorter_now() {
        let mut conversation = Conversation::default();
        conversation.apply(&spoke("s-1", 0, 1440));
        let after = conversation.session.last_word();
        conversation.apply(&Transition::SessionEnded { after });
        conversation.apply(&spoke("s-2", 10, 60));
        assert_eq!(conversation.session.id.as_deref(), Some("s-2"));
        assert!(conversation.session_active(at(20)) && !conversation.session_active(at(71)));
        // A redriven event of the earlier session says nothing of the present one.
        conversation.apply(&spoke("s-1", 0, 1440));
        assert_eq!(conversation.session.id.as_deref(), Some("s-2"));
        assert!(!conversation.session_active(at(71)));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_wait() {
        let mut conversation = Conversation::default();
        conversation.apply(&spoke("s-1", 120, 60));
        let message = Some(at(120));
        conversation.apply(&Transition::GenesysAccepted {
            time: at(120),
            message,
            conversation: Some(GenesysConversationId::new("c-1")),
            id: None,
            before: crate::BeforeCall::default(),
        });
        let mut right = conversation.clone().corrected(at(1));
        assert_eq!(right.last_inbound_message, Some(at(1)));
        right.apply(&spoke("s-2", 1, 60));
        assert_eq!(right.session.id.as_deref(), Some("s-2"));
        let schedule =
            Schedule { session_timeout_acts: false, quiet: Some(Duration::from_mins(2)) };
        right.set_due(at(1), &schedule);
        assert_eq!(right.due, Some(at(3)));
        // The clocks of two machines differ by less than a minute.
        assert_eq!(conversation.clone().corrected(at(119)), conversation);
    }
}
