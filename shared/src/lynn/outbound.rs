//! The events that the bridge posts to Lynn: the contract of `POST {lynn.webhookUrl}`.
//!
//! Rule: every key of a type is always present; a missing value is `null` or an empty array.

mod message;

use serde::Serialize;

use crate::contact::IdType;
use crate::ids::{ContactId, GenesysConversationId, IntegrationName, LynnEventId};
use crate::time::Timestamp;
use crate::wire::{debug_shows, optional_time_as_text, time_as_text};

pub use crate::event_type::OutboundType;
pub use message::{
    AuthorKind, AvailableTime, Card, CardAction, CardActionKind, DatePicker, Location,
    OutboundAttachment, OutboundMediaType, OutboundMessage, QuickReply, Template, TemplateButton,
    TemplateHeader,
};

/// An event for Lynn: the envelope, and the body of its type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutboundEvent {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    envelope: Envelope,
    #[serde(flatten)]
    body: OutboundBody,
}

impl OutboundEvent {
    /// Puts a body into an envelope; the type follows from the body.
    pub fn new(envelope: Envelope, body: OutboundBody) -> Self {
        Self { kind: body.type_word(), envelope, body }
    }

    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    pub fn body(&self) -> &OutboundBody {
        &self.body
    }
}

/// The fields that every event has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The id of the event; for a message, Genesys' id.
    pub id: String,
    #[serde(serialize_with = "time_as_text")]
    pub time: Timestamp,
    /// Counts the events to Lynn per conversation, without gaps.
    pub sequence: u64,
    pub integration: IntegrationName,
    /// The Genesys conversation; `null` if not known.
    pub conversation_id: Option<GenesysConversationId>,
    pub contact: OutboundContact,
    pub session: OutboundSession,
}

/// The customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundContact {
    /// The id, as Lynn gave it.
    pub id: ContactId,
    pub id_type: IdType,
}

/// Lynn's session; `null` for values that Lynn did not give.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutboundSession {
    pub id: Option<String>,
    /// Lynn's word for the channel.
    pub channel: Option<String>,
    /// Whether the session is still active.
    pub active: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OutboundBody {
    /// `message`: an agent or a bot wrote.
    Message(Box<OutboundMessage>),
    /// `typing`: an agent is typing.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// How long to show it, in milliseconds.
        duration_ms: u64,
    },
    /// `receipt`: the outcome of one of Lynn's messages.
    Receipt(OutboundReceipt),
    /// `conversation.agentConnected`: an agent took the conversation.
    AgentConnected {
        /// The agent who came; `null` if not known.
        agent: Option<OutboundAgent>,
    },
    /// `conversation.ended`: the conversation ended at Genesys.
    #[serde(rename_all = "camelCase")]
    ConversationEnded {
        reason: EndReason,
        /// Until when a customer's message resumes the conversation; `null` in synchronous mode.
        #[serde(serialize_with = "optional_time_as_text")]
        resumable_until: Option<Timestamp>,
    },
    /// `conversation.queued`: the customer waits for an agent.
    Queued {
        /// The queue; `null` if not known.
        queue: Option<OutboundQueue>,
    },
    /// `conversation.agentDisconnected`: an agent left, and the conversation goes on.
    AgentDisconnected {
        /// The agent who left; `null` if not known.
        agent: Option<OutboundAgent>,
    },
}

impl OutboundBody {
    pub fn kind(&self) -> OutboundType {
        match self {
            Self::Message(_) => OutboundType::Message,
            Self::Typing { .. } => OutboundType::Typing,
            Self::Receipt(_) => OutboundType::Receipt,
            Self::AgentConnected { .. } => OutboundType::AgentConnected,
            Self::ConversationEnded { .. } => OutboundType::Ended,
            Self::Queued { .. } => OutboundType::Queued,
            Self::AgentDisconnected { .. } => OutboundType::AgentDisconnected,
        }
    }

    /// The word for `type`.
    pub fn type_word(&self) -> &'static str {
        self.kind().as_str()
    }
}

/// An agent. Both values are `null` if Genesys Cloud tells neither.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct OutboundAgent {
    /// The id of the user in Genesys Cloud.
    pub id: Option<String>,
    /// The name, or the configured alias.
    pub name: Option<String>,
}

debug_shows!(OutboundAgent: id);

/// A queue of Genesys Cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboundQueue {
    pub id: Option<String>,
    pub name: Option<String>,
}

/// The outcome of one of Lynn's messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundReceipt {
    /// Lynn's own id of the message.
    pub message_id: LynnEventId,
    pub status: OutboundReceiptStatus,
    /// Whether no other receipt follows.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// The reasons of a failure.
    pub reasons: Vec<OutboundReason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboundReceiptStatus {
    /// The message was added to the conversation: the usual last status.
    Published,
    Delivered,
    Read,
    Failed,
}

/// The reason of a failure.
#[derive(Clone, PartialEq, Serialize)]
pub struct OutboundReason {
    /// Genesys' code, or the bridge's.
    pub code: Option<String>,
    /// A sentence for a person.
    pub message: Option<String>,
}

debug_shows!(OutboundReason: code);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    /// The agent closed the conversation.
    Agent,
    Customer,
    /// The conversation was quiet for too long.
    Timeout,
    /// Genesys ended the conversation.
    System,
}
