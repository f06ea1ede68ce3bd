//! Genesys Cloud's lifecycle events of a conversation: agents come and leave, conversations end.
//!
//! Rule: parse leniently and decide nothing. An event that cannot belong to the bridge returns the
//! reason, so that it can be counted and ignored.
//!
//! Source: the topics `v2.detail.events.conversation.{id}.*` of the notification mappings, and the
//! models `CustomerEndDetailEventTopicCustomerEndEvent` and its siblings, whose fields are all
//! optional.

mod disconnect;
mod envelope;
mod kind;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{ContactId, GenesysConversationId, GenesysIntegrationId, digest};
use crate::time::Timestamp;

pub use disconnect::{DisconnectType, Meaning};
pub use kind::LifecycleKind;

/// How far an event's time may be ahead of our clock. A larger difference is not a time of the
/// event.
const AHEAD: Duration = Duration::from_mins(5);

#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleEvent {
    /// The conversation, if the event names it; otherwise the addresses identify it.
    pub conversation: Option<GenesysConversationId>,
    pub kind: LifecycleKind,
    /// The time by Genesys' clock, or the time of receipt if the event has no usable time.
    pub at: Timestamp,
    /// The event's time as written, if it is in whole seconds and `at` is later. It identifies a
    /// repeat of the event.
    pub written_at: Option<Timestamp>,
    /// The reason why a participant left; only on end events.
    pub disconnect: Option<DisconnectType>,
    /// On the end of a wait in a queue: whether an agent answered, if the event says so.
    pub answered: Option<bool>,
    /// The presence of a participant that began or ended: the start and the end have the same id.
    pub leg: Option<String>,
    /// The user, on events about an agent and on the end of a wait that an agent answered.
    pub user: Option<String>,
    /// The queue of a wait.
    pub queue: Option<String>,
    /// Whether a workflow or a status question confirmed that the agent answered and was not only
    /// rung.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
    /// `addressFrom` and `addressTo`, if present. One may be the customer's id and the other the
    /// integration's; Genesys does not document which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<ContactId>,
    /// Whether the contact was only taken from the addresses, and must still be compared with the
    /// stored conversations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presumed: bool,
    #[serde(default, skip_serializing_if = "Source::is_genesys")]
    pub source: Source,
}

/// The origin of an event. A change that the bridge noticed itself may also come as an event that
/// arrived too early to have an effect, so the two never count as the same event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    #[default]
    Genesys,
    /// A status question of the bridge, at this time.
    #[serde(rename = "look")]
    Reconcile(Timestamp),
    /// The bridge ended the conversation itself.
    Disconnect,
}

impl Source {
    fn is_genesys(&self) -> bool {
        *self == Self::Genesys
    }
}

/// Why the bridge ignores an event. Never quotes the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLifecycle {
    /// The body is not a JSON object; gives the parser's position.
    #[error("it is not a JSON object (line {line}, column {column})")]
    Unreadable {
        /// From 1.
        line: usize,
        /// From 1; 0 if the whole value has another type.
        column: usize,
    },
    /// The topic is missing, or is not one of the five.
    #[error("the bridge does not know its topic")]
    Topic,
    /// The event is about a call, an e-mail, or another messaging channel.
    #[error("it is not about a conversation of Open Messaging")]
    Medium,
    /// The event has neither a conversation nor an address that identifies one.
    #[error("it names no conversation")]
    Conversation,
}

impl LifecycleEvent {
    /// Parses an event from EventBridge or from a Process Automation workflow. `received_at`
    /// replaces a missing time, and limits which times are plausible. An unreadable or implausible
    /// time is replaced; the rest of the event is kept.
    pub fn parse(bytes: &[u8], received_at: Timestamp) -> Result<Self, NotLifecycle> {
        envelope::read(bytes, received_at)
    }

    /// Identifies the conversation before it is found: its id, or a digest of the addresses.
    pub fn key(&self) -> GenesysConversationId {
        self.conversation.clone().unwrap_or_else(|| {
            let addresses: Vec<&str> = self.addresses.iter().map(ContactId::as_str).collect();
            GenesysConversationId::new(format!("address-{}", digest(&addresses)))
        })
    }

    /// The customer: the only address that is not the integration's. `None` if there is no such
    /// address, or more than one.
    pub fn customer(&self, integration: &GenesysIntegrationId) -> Option<&ContactId> {
        let is_other = |address: &&ContactId| !integration.is(address.as_str());
        let mut others = self.addresses.iter().filter(is_other);
        let customer = others.next()?;
        others.all(|other| other == customer).then_some(customer)
    }

    /// Whether the event shows that an agent answered, not only that one was rung. For the end of a
    /// wait the outcome decides; without an outcome, a transfer counts as an answer.
    pub fn is_answer(&self) -> bool {
        let handed_over = || self.disconnect.as_ref().is_some_and(DisconnectType::is_transfer);
        match self.kind {
            LifecycleKind::AcdEnd => self.answered.unwrap_or_else(handed_over),
            LifecycleKind::UserStart => self.confirmed,
            LifecycleKind::CustomerEnd | LifecycleKind::UserEnd | LifecycleKind::AcdStart => false,
        }
    }
}
