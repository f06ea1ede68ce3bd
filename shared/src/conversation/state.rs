//! What is known of one conversation.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contact::IdType;
use crate::ids::GenesysConversationId;
use crate::time::Timestamp;

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
}

/// The state of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Conversation {
    /// The customer.
    pub contact: Contact,
    /// Where it stands.
    pub status: Status,
    /// Whether an agent is known to be connected.
    pub agent_connected: bool,
    /// Genesys' id, once known.
    pub genesys_conversation: Option<GenesysConversationId>,
    /// The session at Lynn.
    pub session: Session,
    /// How many events Lynn has accepted.
    pub sequence: u64,
    /// The time given to the latest event sent to Genesys: the next one must be later.
    pub last_inbound_time: Option<Timestamp>,
    /// The identity of the latest typing that Lynn has accepted: the same one again was shown already.
    pub last_typing: Option<String>,
    /// When an event last passed, in either direction.
    pub last_activity: Option<Timestamp>,
    /// Until when an ended conversation can be resumed.
    pub resumable_until: Option<Timestamp>,
}

impl Conversation {
    /// Whether the customer's session lives: Lynn has not ended it, and the customer's last word is recent enough.
    pub fn session_active(&self, now: Timestamp) -> bool {
        self.session.open && self.session.until.is_none_or(|until| now < until)
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
