//! What Genesys Cloud says of the life of a conversation: agents come and go, conversations end.
//!
//! Rule: read leniently, decide nothing. An event that cannot be one of ours says why, so that it can be counted and left.
//! Source: the topics `v2.detail.events.conversation.{id}.*` of the notification mappings, and the models
//! `CustomerEndDetailEventTopicCustomerEndEvent` and its siblings, of which every field is optional.

mod disconnect;
mod envelope;
mod kind;

use serde::{Deserialize, Serialize};

use crate::ids::{ContactId, GenesysConversationId, GenesysIntegrationId, digest};
use crate::time::Timestamp;

pub use disconnect::{DisconnectType, Meaning};
pub use kind::LifecycleKind;

/// How far an event's time may lie ahead of ours, in milliseconds: clocks differ, but not by more than that.
const AHEAD_MILLISECONDS: i64 = 5 * 60 * 1000;
/// The year 2000, in milliseconds since 1970: what is earlier is no time of an event.
pub(super) const EARLIEST_MILLISECONDS: i64 = 946_684_800_000;

/// One event of the life of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleEvent {
    /// The conversation, where the event names it; else it is the one of its addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<GenesysConversationId>,
    /// What happened.
    pub kind: LifecycleKind,
    /// When, by Genesys' clock; where the event does not say, when it came.
    pub at: Timestamp,
    /// Its own time as it was written, where that is less exact: by it the same event is known again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_at: Option<Timestamp>,
    /// Why a participant left, on the ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disconnect: Option<DisconnectType>,
    /// On the end of a wait in a queue: whether an agent answered, where the event itself says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
    /// Which presence of a participant began or ended: the start and the end of one carry the same id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<String>,
    /// Whether somebody has made sure that the agent has not only been rung: a workflow that asked, or a look at the conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
    /// `addressFrom` and `addressTo`, where they are there. One of them may be the customer's id, the other the integration's;
    /// Genesys does not document which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<ContactId>,
    /// Whether its contact was only taken from its addresses, and is still to be compared with what is known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presumed: bool,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Source::is_genesys")]
    pub source: Source,
}

/// Who says that something happened. What the bridge itself has noticed may have been told by an event that came too early to mean
/// anything, so the two are never taken for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// An event of Genesys Cloud.
    #[default]
    Genesys,
    /// The bridge has looked, at this time.
    Look(Timestamp),
    /// The bridge itself has ended the conversation.
    Disconnect,
}

impl Source {
    fn is_genesys(&self) -> bool {
        *self == Self::Genesys
    }
}

/// Why an event is none that the bridge acts on. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLifecycle {
    /// It is no JSON object: where its reader stops.
    #[error("it is not a JSON object (line {line}, column {column})")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 where the whole is something else.
        column: usize,
    },
    /// Its topic is missing or not one of the five.
    #[error("its topic is none that the bridge knows")]
    Topic,
    /// It is about a call, an e-mail, or another channel of messages.
    #[error("it is not about a conversation of Open Messaging")]
    Medium,
    /// It names no conversation, and no address by which one could be found.
    #[error("it names no conversation")]
    Conversation,
}

impl LifecycleEvent {
    /// Reads an event as EventBridge or a Process Automation workflow sends it. `received_at` is its time where it has none, and
    /// the measure of what its time can be: a time that cannot be read or cannot be true costs the event nothing else.
    pub fn parse(bytes: &[u8], received_at: Timestamp) -> Result<Self, NotLifecycle> {
        envelope::read(bytes, received_at)
    }

    /// What tells its conversation from others before it is found: its id, or a digest of the addresses that stand for it.
    pub fn key(&self) -> GenesysConversationId {
        self.conversation.clone().unwrap_or_else(|| {
            let addresses: Vec<&str> = self.addresses.iter().map(ContactId::as_str).collect();
            GenesysConversationId::new(format!("address-{}", digest(&addresses)))
        })
    }

    /// The customer, when its addresses are those of this integration and one other, or one other alone.
    pub fn customer(&self, integration: &GenesysIntegrationId) -> Option<&ContactId> {
        let is_other = |address: &&ContactId| !integration.is(address.as_str());
        let mut others = self.addresses.iter().filter(is_other);
        let customer = others.next()?;
        others.all(|other| other == customer).then_some(customer)
    }

    /// Whether it tells that an agent has answered, and not only that one is rung. Of the end of a wait its outcome decides; only
    /// where that is not said, that the customer was handed over.
    pub fn is_answer(&self) -> bool {
        let handed_over = || self.disconnect.as_ref().is_some_and(DisconnectType::is_transfer);
        match self.kind {
            LifecycleKind::AcdEnd => self.answered.unwrap_or_else(handed_over),
            LifecycleKind::UserStart => self.confirmed,
            LifecycleKind::CustomerEnd | LifecycleKind::UserEnd | LifecycleKind::AcdStart => false,
        }
    }
}
