//! The bodies of the four `…/inbound/open/…` calls to Genesys Cloud, and their answers.
//!
//! Rule: send only documented fields; omit absent ones, never send `null`.
//!
//! Source: the models `OpenInbound…` of Genesys' SDKs (259.0.0) and
//! <https://developer.genesys.cloud/commdigital/digital/openmessaging/inboundReceiptMessages>.

mod answer;
mod reason;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::contact::IdType;
use crate::ids::{ContactId, GenesysMessageId};
use crate::time::Timestamp;
use crate::wire::{debug_shows, time_as_text};

pub use answer::{AcceptedMessage, ErrorBody};
pub use reason::ReceiptReasonCode;

/// The body of `…/inbound/open/message` (`OpenInboundNormalizedMessage`). It needs text or content,
/// and accepts at most one attachment.
#[derive(Clone, PartialEq, Serialize)]
pub struct MessageBody {
    pub channel: InboundChannel,
    /// No limit is documented. The bridge splits at 2,000 characters, the agents' limit by an older
    /// page of Genesys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// At most one attachment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<InboundContent>,
}

debug_shows!(MessageBody: channel, content);

/// The sender, the time and the id of a message (`OpenInboundMessagingChannel`).
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundChannel {
    /// The bridge's id of the message, unique together with the time. Absent on events.
    pub message_id: Option<String>,
    /// When the customer wrote.
    #[serde(serialize_with = "time_as_text")]
    pub time: Timestamp,
    pub from: Sender,
    /// The attributes of the conversation.
    pub metadata: Option<ChannelMetadata>,
}

/// The customer (`OpenMessagingFromRecipient`).
#[serde_with::skip_serializing_none]
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    /// The customer's id. Genesys threads conversations by the integration and this id.
    pub id: ContactId,
    #[serde(serialize_with = "IdType::as_genesys")]
    pub id_type: IdType,
    /// The name to show.
    pub nickname: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    /// The URL of a picture.
    pub image: Option<String>,
}

debug_shows!(Sender: id, id_type);

/// The attributes of a conversation. They must be here: Genesys refuses an object in the root
/// `metadata` with 400. The public model has no `customAttributes`, but the API accepts them.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelMetadata {
    /// Texts by name; they become participant data.
    pub custom_attributes: BTreeMap<String, String>,
}

debug_shows!(ChannelMetadata:);

/// A content element (`OpenInboundMessageContent`). Inbound, attachments are the only kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "contentType")]
pub enum InboundContent {
    /// A file or a link.
    Attachment {
        /// The JSON has the attachment in a field of this name.
        attachment: InboundAttachment,
    },
}

/// A file or a link (`OpenContentAttachment`). Genesys fetches the URL itself, without our
/// authentication; at most 25 MB. `thumbnail` (SDK 269) is omitted, because Lynn's contract has no
/// preview of a file.
#[serde_with::skip_serializing_none]
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundAttachment {
    pub media_type: InboundMediaType,
    pub url: String,
    /// Required.
    pub mime: String,
    pub filename: Option<String>,
    /// The caption.
    pub text: Option<String>,
}

debug_shows!(InboundAttachment: media_type, mime);

/// The kind of an attachment (`OpenContentAttachment.mediaType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum InboundMediaType {
    Image,
    Video,
    Audio,
    /// Any other file.
    File,
    /// A link to a web page.
    Link,
}

/// The body of `…/inbound/open/event` (`OpenInboundNormalizedEvent`): the customer is typing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventBody {
    pub channel: InboundChannel,
    pub events: Vec<InboundEventItem>,
}

/// An event. `Typing` is the only type (`OpenEvent.eventType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "eventType")]
pub enum InboundEventItem {
    /// The customer is typing.
    Typing,
}

/// The body of `…/inbound/open/structured/response` (`OpenInboundStructuredResponseMessage`): a
/// click. It must belong to an existing conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StructuredResponseBody {
    pub channel: InboundChannel,
    /// The structured message that the customer answers.
    pub originating_message_id: GenesysMessageId,
    pub button_response: ButtonResponse,
}

/// The customer's choice.
#[derive(Clone, PartialEq, Serialize)]
pub struct ButtonResponse {
    #[serde(rename = "type")]
    pub kind: ButtonResponseType,
    /// The text that the customer saw.
    pub text: String,
    /// The option's payload. For a date picker this is the chosen ISO instant, and `text` is the
    /// same.
    pub payload: String,
}

debug_shows!(ButtonResponse: kind);

/// The kind of content that offered the choice (`ButtonResponse.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ButtonResponseType {
    /// A button of a card.
    Button,
    QuickReply,
    DatePicker,
}

/// The body of `…/inbound/open/receipt` (`OpenInboundNormalizedReceipt`): the outcome of an
/// outbound message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptBody {
    /// The id of the webhook notification.
    pub id: GenesysMessageId,
    pub channel: ReceiptChannel,
    pub status: InboundReceiptStatus,
    /// Whether no other receipt follows.
    pub is_final_receipt: bool,
    /// The reasons of a failure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReceiptReason>,
}

/// The receiver of the message, and the time of the receipt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceiptChannel {
    pub to: ReceiptRecipient,
    #[serde(serialize_with = "time_as_text")]
    pub time: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptRecipient {
    pub id: ContactId,
    #[serde(serialize_with = "IdType::as_genesys")]
    pub id_type: IdType,
}

/// The outcome of a message. By the documentation only these two are supported; `Read` is not
/// accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum InboundReceiptStatus {
    /// The message reached the customer.
    Delivered,
    /// The message did not reach the customer.
    Failed,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptReason {
    pub code: ReceiptReasonCode,
    /// A sentence for a person; required by the model.
    pub message: String,
}

debug_shows!(ReceiptReason: code);
