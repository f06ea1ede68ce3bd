//! What Lynn posts to the bridge: the contract of `POST /lynn/{integration}`.
//!
//! Rules: how a body is written is read leniently, since flows join texts and variables; what it says is read strictly. The caller is
//! told of everything that is wrong, each with its place, and keys that are not known are left alone. An optional text that is
//! empty counts as missing: flows send empty variables.

mod arrival;
mod body;
mod charset;
mod content;
mod fields;
mod form;
mod new_id;
mod node;
mod parse;
mod reader;
mod unfilled;
mod web_url;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contact::IdType;
use crate::error::Told;
use crate::ids::{ContactId, GenesysMessageId, LynnEventId};
use crate::time::Timestamp;
use crate::wire::debug_shows;

pub use arrival::Arrival;
pub use body::{Read, Refused};
pub use content::same_words;
pub use fields::trimmed_id;
pub use new_id::new_id;

/// One event of Lynn's, valid. Its own JSON, which the queue keeps, is not the contract's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundEvent {
    /// Lynn's id, 1 to 128 characters, unique for the contact.
    pub id: LynnEventId,
    /// When it happened, as Lynn says; when missing, or when it cannot be, the time of acceptance counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The customer.
    pub contact: Contact,
    /// Lynn's session with the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// What happened.
    pub kind: InboundKind,
}

/// How far the time that Lynn gives may lie from the acceptance, in milliseconds: 24 hours. Beyond that a clock is wrong.
const FARTHEST: i64 = 24 * 60 * 60 * 1000;

impl InboundEvent {
    /// The time that Lynn gives, where it can be true of an event that was accepted then.
    pub fn credible_time(&self, accepted: Timestamp) -> Option<Timestamp> {
        self.time.filter(|time| time.since(accepted).abs() <= FARTHEST)
    }

    /// When it happened: as Lynn says, where that can be, but not after it was accepted.
    pub fn happened(&self, accepted: Timestamp) -> Timestamp {
        self.credible_time(accepted).unwrap_or(accepted).min(accepted)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InboundKind {
    /// The customer wrote, sent something, or chose something.
    Message(Message),
    /// The customer is typing.
    Typing,
    /// The fate of an outbound message.
    Receipt(Receipt),
    /// A session began.
    SessionStarted,
    /// A session ended.
    SessionEnded {
        /// Lynn's word for why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Told>,
    },
}

/// The customer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// The id on the channel, 1 to 256 characters: often a phone number.
    pub id: ContactId,
    /// How to read it.
    #[serde(default)]
    pub id_type: IdType,
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// The first name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    /// Lynn's own id of the contact, which a proactive campaign needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lynn_contact_id: Option<String>,
}

debug_shows!(Contact: id, id_type);

/// Lynn's session with the customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Lynn's id of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Lynn's word for the channel, such as `whatsapp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// What the customer wrote, sent or chose: at least one of text, attachments and reply.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The text, not blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The attachments, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The answer to quick replies, a card or a date picker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// What the flow knows, as text by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What the bot and the customer said before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
}

debug_shows!(Message: attachments, reply);

/// A file or a link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Lynn's word for what it is, such as `image`; any word is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Where it is: `http` or `https`.
    pub url: String,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

debug_shows!(Attachment: media_type, mime);

/// The answer to an outbound message with choices.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The outbound message.
    pub to: GenesysMessageId,
    /// Which kind of choice.
    pub kind: ReplyKind,
    /// What the customer saw; the payload when missing.
    pub text: String,
    /// What the choice carries; the text when missing.
    pub payload: String,
}

debug_shows!(Reply: to, kind);

/// Which kind of choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReplyKind {
    /// A quick reply.
    QuickReply,
    /// A button of a card.
    Button,
    /// A date.
    DatePicker,
}

/// One line of the transcript.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Who said it.
    pub author: HistoryAuthor,
    /// What was said; may be empty.
    pub text: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

debug_shows!(HistoryEntry: author, time);

/// Who said a line of the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryAuthor {
    /// The customer.
    Customer,
    /// Lynn's bot.
    Bot,
}

/// The fate of an outbound message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The outbound message.
    pub message_id: GenesysMessageId,
    /// What became of it.
    pub status: ReceiptStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReceiptReason>,
}

/// What became of an outbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReceiptStatus {
    /// It reached the device.
    Delivered,
    /// The customer read it.
    Read,
    /// It failed.
    Failed,
}

/// Why an outbound message failed. Either may be missing.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReceiptReason {
    /// A code; Genesys' own are passed on, any other becomes a part of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A sentence for a human.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

debug_shows!(ReceiptReason: code);
