//! What is known of one conversation.

use std::fmt;

use serde::{Deserialize, Serialize};
use shared::contact::IdType;
use shared::ids::{GenesysConversationId, GenesysMessageId};
use shared::time::Timestamp;

use super::agents::Agents;
use super::machine::Stage;
use super::typings::Typings;

/// Where a conversation stands at Genesys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Nothing was ever sent.
    #[default]
    Idle,
    /// A message of the customer or of the agent has passed.
    Open,
    /// Genesys said that it ended.
    Ended,
}

/// The customer as far as the bridge needs to know them between events.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Contact {
    /// What kind of id the contact's id is.
    pub id_type: IdType,
    /// Lynn's own contact id, for campaigns.
    pub lynn_contact_id: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Contact({:?})", self.id_type)
    }
}

/// The customer's session at Lynn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Session {
    /// Its id, when Lynn gave one.
    pub id: Option<String>,
    /// Its channel, when Lynn gave one.
    pub channel: Option<String>,
    /// Whether Lynn has not said that it is over.
    pub open: bool,
    /// When it counts as over unless the customer speaks again.
    pub until: Option<Timestamp>,
    /// Whether the agent has been told that it is over: once is enough, whatever tells it first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub end_told: bool,
}

/// What the customer has said last of a session: whoever speaks of a session later says up to which word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastWord {
    /// The session's id.
    pub session: Option<String>,
    /// Until when that word makes it last.
    pub until: Option<Timestamp>,
}

impl Session {
    /// The customer's last word in it.
    pub fn last_word(&self) -> LastWord {
        LastWord { session: self.id.clone(), until: self.until }
    }
}

/// The state of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Conversation {
    /// The customer.
    pub contact: Contact,
    /// Where it stands.
    pub status: Status,
    /// Whether an agent is known to be connected: what [`Conversation::agents`] amounts to.
    pub agent_connected: bool,
    /// Who came and went.
    pub agents: Agents,
    /// Genesys' id, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genesys_conversation: Option<GenesysConversationId>,
    /// Whether Genesys was asked for it, at the customer's first message.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub id_asked: bool,
    /// The session at Lynn.
    pub session: Session,
    /// How many events Lynn has accepted.
    pub sequence: u64,
    /// The time given to the latest event sent to Genesys: the next one must be later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_inbound_time: Option<Timestamp>,
    /// The latest typings: the same one again was shown already.
    #[serde(skip_serializing_if = "Typings::is_empty")]
    pub typings: Typings,
    /// When an event last passed, in either direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<Timestamp>,
    /// When the customer's latest message reached Genesys, by our clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_inbound_message: Option<Timestamp>,
    /// When an agent or a bot wrote last, by Genesys' clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_outbound_message: Option<Timestamp>,
    /// When an agent wrote last, by Genesys' clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_agent_message: Option<Timestamp>,
    /// The latest time, by Genesys' clock, of anything that came from there while it was new. What is not later, and so old that its
    /// record is gone, has been here before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard_until: Option<Timestamp>,
    /// Genesys' id of the customer's latest message, while the conversation's own is not known: by it the other can be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_inbound_id: Option<GenesysMessageId>,
    /// When it ended last, by Genesys' clock. Kept when it is taken up again, since the news of an end may come twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Of which end Lynn was told last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_told: Option<Timestamp>,
    /// Until when an ended conversation can be resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumable_until: Option<Timestamp>,
    /// When Genesys was last asked about it, and how often since something last passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_look: Option<Timestamp>,
    /// How often it was asked since something last passed.
    pub looks: u32,
    /// Whether the last end that was told of seems overtaken by a message of the customer's, which is so by our own clock only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_doubt: bool,
    /// When an event of it was last given up, in either direction: the next one's time is later, whatever the clocks say, so that
    /// its dead letters keep the order of its events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_given_up: Option<Timestamp>,
    /// The time that stands in the table's index, see `deadline.rs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
}

impl Conversation {
    /// Its stage in the state machine.
    pub fn stage(&self) -> Stage {
        match self.status {
            Status::Idle => Stage::Idle,
            Status::Open if self.agent_connected => Stage::WithAgent,
            Status::Open => Stage::Open,
            Status::Ended => Stage::Ended,
        }
    }

    /// Until when it can be resumed, while it can.
    pub fn resumable(&self, now: Timestamp) -> Option<Timestamp> {
        self.resumable_until.filter(|until| now < *until)
    }

    /// Whether the customer's session lives: Lynn has not ended it, and the customer's last word is recent enough.
    pub fn session_active(&self, now: Timestamp) -> bool {
        self.session.open && self.session.until.is_none_or(|until| now < until)
    }

    /// The time at which an event counts as given up.
    pub fn next_given_up(&self, now: Timestamp) -> Timestamp {
        self.last_given_up.map_or(now, |last| now.max(last.plus_milliseconds(1)))
    }

    /// The time for the first part of an event to Genesys: its own, but never in the future and never before or at the time
    /// of what was sent already. The same arguments give the same time, so a repeat can be recognised.
    pub fn next_inbound_time(&self, own: Option<Timestamp>, accepted_at: Timestamp) -> Timestamp {
        let own = own.unwrap_or(accepted_at).min(accepted_at);
        match self.last_inbound_time {
            Some(last) => own.max(last.plus_milliseconds(1)),
            None => own,
        }
    }
}
