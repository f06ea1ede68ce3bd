//! What the bridge sends to Genesys Cloud: the bodies of the four `…/inbound/open/…` calls, and their answers.
//!
//! Rule: only what the models document is sent, and what is absent is left out, never `null`.
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

pub use answer::{AcceptedMessage, ErrorBody, ErrorLimit};
pub use reason::ReceiptReasonCode;

/// The body of `…/inbound/open/message` (`OpenInboundNormalizedMessage`). It needs text or content, and takes one
/// attachment at most.
#[derive(Clone, PartialEq, Serialize)]
pub struct MessageBody {
    /// Who writes, when, and under which id.
    pub channel: InboundChannel,
    /// The text. No limit is documented; the bridge splits at 2,000 characters, what an older page of the vendor's lets agents write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// One attachment, or none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<InboundContent>,
}

debug_shows!(MessageBody: channel, content);

/// Who writes, when, and under which id (`OpenInboundMessagingChannel`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundChannel {
    /// The bridge's id of the message, unique together with the time. Absent on events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// When the customer wrote.
    #[serde(serialize_with = "time_as_text")]
    pub time: Timestamp,
    /// The customer.
    pub from: Sender,
    /// The attributes of the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<ChannelMetadata>,
}

/// The customer (`OpenMessagingFromRecipient`).
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sender {
    /// The end user's id: conversations are threaded by the integration and this.
    pub id: ContactId,
    /// How to read it.
    #[serde(serialize_with = "IdType::as_genesys")]
    pub id_type: IdType,
    /// The name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

debug_shows!(Sender: id, id_type);

/// The attributes of a conversation. They must stand here: an object in the root `metadata` is refused with 400, and the
/// public model has no `customAttributes`, though the API takes them.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelMetadata {
    /// Text by name; becomes participant data.
    pub custom_attributes: BTreeMap<String, String>,
}

debug_shows!(ChannelMetadata:);

/// One content element. Attachments are the only kind that comes in (`OpenInboundMessageContent`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "contentType")]
pub enum InboundContent {
    /// A file or a link.
    Attachment {
        /// Its details.
        attachment: InboundAttachment,
    },
}

/// A file or a link (`OpenContentAttachment`). Genesys fetches the URL itself, without our authentication; 25 MB at most.
/// Its `thumbnail` (SDK 269) is left out: Lynn's contract has no preview of a file, so there is none to pass on.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundAttachment {
    /// What it is.
    pub media_type: InboundMediaType,
    /// Where it is.
    pub url: String,
    /// The MIME type; required.
    pub mime: String,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The caption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

debug_shows!(InboundAttachment: media_type, mime);

/// What an attachment is (`OpenContentAttachment.mediaType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum InboundMediaType {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any other file.
    File,
    /// A link to something on the web.
    Link,
}

/// The body of `…/inbound/open/event` (`OpenInboundNormalizedEvent`): the customer is typing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventBody {
    /// Who, and when.
    pub channel: InboundChannel,
    /// The events.
    pub events: Vec<InboundEventItem>,
}

/// One event. `Typing` is the only type (`OpenEvent.eventType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "eventType")]
pub enum InboundEventItem {
    /// The customer is typing.
    Typing,
}

/// The body of `…/inbound/open/structured/response` (`OpenInboundStructuredResponseMessage`): a click. It must belong to
/// an existing conversation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StructuredResponseBody {
    /// Who, when, and under which id.
    pub channel: InboundChannel,
    /// The structured message that is answered.
    pub originating_message_id: GenesysMessageId,
    /// What was chosen.
    pub button_response: ButtonResponse,
}

/// What was chosen.
#[derive(Clone, PartialEq, Serialize)]
pub struct ButtonResponse {
    /// Which kind of content offered it.
    #[serde(rename = "type")]
    pub kind: ButtonResponseType,
    /// What the customer saw.
    pub text: String,
    /// What the option carries; of a date picker the chosen ISO instant, as `text` too.
    pub payload: String,
}

debug_shows!(ButtonResponse: kind);

/// Which kind of content offered a choice (`ButtonResponse.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ButtonResponseType {
    /// A button of a card.
    Button,
    /// A quick reply.
    QuickReply,
    /// A date.
    DatePicker,
}

/// The body of `…/inbound/open/receipt` (`OpenInboundNormalizedReceipt`): the fate of an outbound message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptBody {
    /// The id of the webhook notification.
    pub id: GenesysMessageId,
    /// To whom the message went, and when this became of it.
    pub channel: ReceiptChannel,
    /// What became of it.
    pub status: InboundReceiptStatus,
    /// Whether no other receipt follows.
    pub is_final_receipt: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReceiptReason>,
}

/// To whom a message went, and when something became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReceiptChannel {
    /// The customer.
    pub to: ReceiptRecipient,
    /// When.
    #[serde(serialize_with = "time_as_text")]
    pub time: Timestamp,
}

/// The customer of a receipt.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptRecipient {
    /// The end user's id.
    pub id: ContactId,
    /// How to read it.
    #[serde(serialize_with = "IdType::as_genesys")]
    pub id_type: IdType,
}

/// What became of a message. The documentation says that only these two are supported; `Read` is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum InboundReceiptStatus {
    /// It reached the customer.
    Delivered,
    /// It did not.
    Failed,
}

/// Why a message failed.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptReason {
    /// The code.
    pub code: ReceiptReasonCode,
    /// A sentence for a human; required by the model.
    pub message: String,
}

debug_shows!(ReceiptReason: code);
