//! What the bridge posts to Lynn: the contract of `POST {lynn.webhookUrl}`.
//!
//! Rule: every key of a type is always there; what is missing is `null` or an empty array.

mod message;

use serde::Serialize;

use crate::contact::IdType;
use crate::ids::{ContactId, GenesysConversationId, IntegrationName, LynnEventId};
use crate::time::Timestamp;
use crate::wire::{debug_shows, optional_time_as_text, time_as_text};

pub use message::{
    AuthorKind, AvailableTime, Card, CardAction, CardActionKind, DatePicker, Location,
    OutboundAttachment, OutboundMediaType, OutboundMessage, QuickReply, Template, TemplateButton,
    TemplateHeader,
};

/// One event for Lynn: the envelope and the body that its type names.
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

    /// The envelope.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The body.
    pub fn body(&self) -> &OutboundBody {
        &self.body
    }
}

/// What every event carries.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The id of the event: of a message, Genesys' id.
    pub id: String,
    /// When it happened.
    #[serde(serialize_with = "time_as_text")]
    pub time: Timestamp,
    /// Counts the events to Lynn per conversation, without gaps.
    pub sequence: u64,
    /// The integration.
    pub integration: IntegrationName,
    /// The Genesys conversation; `null` when not known.
    pub conversation_id: Option<GenesysConversationId>,
    /// The customer.
    pub contact: OutboundContact,
    /// Lynn's session.
    pub session: OutboundSession,
}

/// The customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundContact {
    /// The id, as Lynn gave it.
    pub id: ContactId,
    /// How to read it.
    pub id_type: IdType,
}

/// Lynn's session, as far as Lynn told of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutboundSession {
    /// Lynn's id of the session.
    pub id: Option<String>,
    /// Lynn's word for the channel.
    pub channel: Option<String>,
    /// Whether it is still alive.
    pub active: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OutboundBody {
    /// `message`: an agent or a bot wrote.
    Message(Box<OutboundMessage>),
    /// `typing`: an agent is typing.
    #[serde(rename_all = "camelCase")]
    Typing {
        /// How long to show it, milliseconds.
        duration_ms: u64,
    },
    /// `receipt`: the fate of one of Lynn's messages.
    Receipt(OutboundReceipt),
    /// `conversation.agentConnected`: an agent took the conversation.
    AgentConnected {},
    /// `conversation.ended`: the conversation is over at Genesys.
    #[serde(rename_all = "camelCase")]
    ConversationEnded {
        /// Why.
        reason: EndReason,
        /// Until when a message of the customer's resumes it; `null` in synchronous mode.
        #[serde(serialize_with = "optional_time_as_text")]
        resumable_until: Option<Timestamp>,
    },
}

impl OutboundBody {
    /// The word for `type`.
    pub fn type_word(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Typing { .. } => "typing",
            Self::Receipt(_) => "receipt",
            Self::AgentConnected {} => "conversation.agentConnected",
            Self::ConversationEnded { .. } => "conversation.ended",
        }
    }
}

/// The fate of one of Lynn's messages.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundReceipt {
    /// Lynn's own id of the message.
    pub message_id: LynnEventId,
    /// What became of it.
    pub status: OutboundReceiptStatus,
    /// Whether no other receipt follows.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Why it failed.
    pub reasons: Vec<OutboundReason>,
}

/// What became of one of Lynn's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboundReceiptStatus {
    /// It stands in the conversation: how a message usually ends.
    Published,
    /// It was delivered.
    Delivered,
    /// It was read.
    Read,
    /// It failed.
    Failed,
}

/// Why a message failed.
#[derive(Clone, PartialEq, Serialize)]
pub struct OutboundReason {
    /// Genesys' code, or the bridge's.
    pub code: Option<String>,
    /// A sentence for a human.
    pub message: Option<String>,
}

debug_shows!(OutboundReason: code);

/// Why a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    /// The agent closed it.
    Agent,
    /// The customer left.
    Customer,
    /// Nobody wrote for too long.
    Timeout,
    /// Genesys ended it.
    System,
}
