//! The events that Lynn posts to the bridge: the contract of `POST /lynn/{integration}`.
//!
//! Rules: the form of a body is parsed leniently, because flows join texts and variables; its
//! content is parsed strictly. The caller is told of every error with its path, and unknown keys
//! are ignored. An empty optional text counts as missing, because flows send empty variables.

mod arrival;
mod body;
mod charset;
mod content;
mod fields;
mod form;
mod new_id;
mod node;
mod open;
mod parse;
mod reader;
mod unfilled;
mod web_url;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::contact::IdType;
use crate::error::UserReason;
use crate::ids::{ContactId, GenesysMessageId, LynnEventId};
use crate::time::Timestamp;
use crate::wire::debug_shows;

pub use arrival::Arrival;
pub use body::{Foreign, Read, Refused};
pub use content::same_words;
pub use fields::trimmed_id;
pub use new_id::new_id;
pub use open::{OpenRequest, OpenResource};

/// A valid event of Lynn. The queue stores it as JSON of its own form, not of the contract's.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundEvent {
    /// Lynn's id, 1 to 128 characters, unique per contact.
    pub id: LynnEventId,
    /// The time of the event by Lynn. If it is missing or not credible, the time of acceptance is
    /// used.
    pub time: Option<Timestamp>,
    pub contact: Contact,
    pub session: Option<Session>,
    pub kind: InboundKind,
    /// The request of a client that speaks Open Messaging. Its fields are relayed, and `kind` says
    /// no more than what kind of event it is.
    pub open: Option<OpenRequest>,
}

/// How far Lynn's time may be from the time of acceptance. A larger difference means that a clock
/// is wrong.
const FARTHEST: Duration = Duration::from_hours(24);

impl InboundEvent {
    /// Lynn's time, if it is credible for an event accepted at `accepted`.
    pub fn credible_time(&self, accepted: Timestamp) -> Option<Timestamp> {
        self.time.filter(|time| time.apart_from(accepted) <= FARTHEST)
    }

    /// The id under which Lynn knows the event. It differs from the event's own where that was
    /// derived.
    pub fn given_id(&self) -> LynnEventId {
        let own = self.open.as_ref().and_then(OpenRequest::message_id);
        own.unwrap_or_else(|| self.id.clone())
    }

    /// The time of the event: Lynn's if credible, but never after the acceptance.
    pub fn happened(&self, accepted: Timestamp) -> Timestamp {
        self.credible_time(accepted).unwrap_or(accepted).min(accepted)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InboundKind {
    /// The customer wrote, sent a file, or chose an option.
    Message(Message),
    Typing,
    /// The outcome of an outbound message.
    Receipt(Receipt),
    SessionStarted,
    SessionEnded {
        /// Lynn's word for the reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<UserReason>,
    },
}

/// The customer.
#[serde_with::skip_serializing_none]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The id on the channel, 1 to 256 characters: often a phone number.
    pub id: ContactId,
    #[serde(default)]
    pub id_type: IdType,
    /// The name to show.
    pub nickname: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    /// The URL of a picture.
    pub image_url: Option<String>,
    /// Lynn's own id of the contact; a proactive campaign needs it.
    pub lynn_contact_id: Option<String>,
}

debug_shows!(Contact: id, id_type);

#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub id: Option<String>,
    /// Lynn's word for the channel, such as `whatsapp`.
    pub channel: Option<String>,
}

/// A customer's message: at least one of text, attachments and reply.
#[serde_with::skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Never blank.
    pub text: Option<String>,
    /// In order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The answer to quick replies, a card or a date picker.
    pub reply: Option<Reply>,
    /// The flow's variables, as text by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The earlier messages of bot and customer, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
}

debug_shows!(Message: attachments, reply);

/// A file or a link.
#[serde_with::skip_serializing_none]
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Lynn's word for the kind, such as `image`; any word is accepted.
    pub media_type: Option<String>,
    pub mime: Option<String>,
    /// `http` or `https`.
    pub url: String,
    pub filename: Option<String>,
    pub caption: Option<String>,
}

debug_shows!(Attachment: media_type, mime);

/// The answer to an outbound message with options.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub to: GenesysMessageId,
    pub kind: ReplyKind,
    /// The text that the customer saw; the payload if missing.
    pub text: String,
    /// The option's payload; the text if missing.
    pub payload: String,
}

debug_shows!(Reply: to, kind);

/// The kind of content that offered the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReplyKind {
    QuickReply,
    /// A button of a card.
    Button,
    DatePicker,
}

/// A line of the transcript.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub author: HistoryAuthor,
    /// May be empty.
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

debug_shows!(HistoryEntry: author, time);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryAuthor {
    Customer,
    /// Lynn's bot.
    Bot,
}

/// The outcome of an outbound message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    pub message_id: GenesysMessageId,
    pub status: ReceiptStatus,
    /// The reason of a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReceiptReason>,
}

/// The outcome of an outbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptStatus {
    /// The message reached the customer's device.
    Delivered,
    Read,
    Failed,
}

/// The reason of a failure. Either field may be missing.
#[serde_with::skip_serializing_none]
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReceiptReason {
    /// A code of Genesys is passed on; any other becomes a part of the message.
    pub code: Option<String>,
    /// A sentence for a person.
    pub message: Option<String>,
}

debug_shows!(ReceiptReason: code);
