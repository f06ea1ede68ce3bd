//! Genesys Cloud's webhook notifications: messages, receipts and typing of one Open Messaging
//! integration.
//!
//! Rule: parse leniently. Every field may be missing, `null` means missing, and an unknown value is
//! kept as `Unknown`. Only JSON that cannot be a notification is an error, and no error shows the
//! payload.
//!
//! Source: <https://developer.genesys.cloud/commdigital/digital/openmessaging/outboundMessages>,
//! the schema `OpenOutboundNormalizedMessage` and public captures.

mod content;
mod lenient;
mod salvage;
pub(super) mod surrogates;
mod words;

use serde::Deserialize;

use crate::contact::IdType;
use crate::ids::{ContactId, GenesysConversationId, GenesysIntegrationId, GenesysMessageId};
use crate::time::Timestamp;
use crate::wire::{debug_shows, without_mark};

pub use content::{
    Attachment, AvailableTime, Card, CardAction, Carousel, Content, DatePicker, Form,
    FormComponent, ListPicker, ListPickerItem, Location, NotificationResponse, QuickReply,
    QuickReplyGroup, ReceivedMessage, RichLink, Template, TemplateBody, TemplateButton,
    TemplateFooter, TemplateHeader, TemplateParameter,
};
pub use words::{
    CardActionType, Direction, EventType, MediaType, NotificationType, OriginatingEntity,
    ReceiptStatus,
};

/// A webhook notification of any type.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OutboundNotification {
    /// Genesys' id of the message. For a receipt, the id of the message that it reports on.
    #[serde(deserialize_with = "lenient::message_id")]
    pub id: Option<GenesysMessageId>,
    /// `Unknown("")` when missing.
    #[serde(rename = "type", deserialize_with = "lenient::defaulted")]
    pub kind: NotificationType,
    /// `Outbound` for messages and typing.
    pub direction: Option<Direction>,
    /// An agent or a bot; absent on events.
    pub originating_entity: Option<OriginatingEntity>,
    /// Sent since 2025, but not in the schema.
    #[serde(deserialize_with = "lenient::conversation_id")]
    pub conversation_id: Option<GenesysConversationId>,
    /// The sender and the receiver.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub channel: Channel,
    /// Absent when a message is only an attachment.
    #[serde(deserialize_with = "lenient::text")]
    pub text: Option<String>,
    /// Attachments and structured content, in order.
    #[serde(deserialize_with = "lenient::list")]
    pub content: Vec<Content>,
    /// Only for `Event`.
    #[serde(deserialize_with = "lenient::list")]
    pub events: Vec<Event>,
    /// Only for `Receipt`.
    pub status: Option<ReceiptStatus>,
    /// The reasons of a failed `Receipt`. A successful receipt may contain empty ones: only
    /// `status` decides.
    #[serde(deserialize_with = "lenient::list")]
    pub reasons: Vec<Reason>,
    /// Whether no other receipt follows for the message.
    #[serde(deserialize_with = "lenient::flag")]
    pub is_final_receipt: Option<bool>,
    /// Whether a part of the message's text or content could not be read.
    #[serde(skip)]
    pub is_damaged: bool,
}

debug_shows!(OutboundNotification: id, kind, direction, originating_entity, conversation_id, channel, content, events,
    status, reasons, is_final_receipt);

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Channel {
    /// The id of the integration.
    #[serde(deserialize_with = "lenient::integration_id")]
    pub id: Option<GenesysIntegrationId>,
    /// Equals the notification's id on outbound messages. On a receipt it may be the id that the
    /// bridge sent.
    #[serde(deserialize_with = "lenient::message_id")]
    pub message_id: Option<GenesysMessageId>,
    /// The receiver: the customer, except on notifications about an inbound message.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub to: Recipient,
    /// The sender: the integration, except on notifications about an inbound message.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub from: Recipient,
    /// When it happened. Genesys does not promise the order of notifications.
    #[serde(deserialize_with = "lenient::instant")]
    pub time: Option<Timestamp>,
}

/// The sender or the receiver.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recipient {
    /// The customer's id, or the integration's.
    #[serde(deserialize_with = "lenient::contact_id")]
    pub id: Option<ContactId>,
    /// Opaque when missing or unknown.
    #[serde(deserialize_with = "lenient::id_type")]
    pub id_type: IdType,
}

/// An event of an `Event` notification.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// `Typing` is the only type of Open Messaging.
    #[serde(deserialize_with = "lenient::defaulted")]
    pub event_type: EventType,
    #[serde(deserialize_with = "lenient::defaulted")]
    pub typing: Typing,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Typing {
    /// `On`; no other word was ever seen.
    #[serde(rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// Milliseconds.
    #[serde(deserialize_with = "lenient::whole_number")]
    pub duration: Option<u64>,
}

/// The reason of a failure, in Genesys' words.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Reason {
    /// A reason code of `OpenInboundNormalizedReceipt`, or a newer one.
    #[serde(deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// A sentence for a person.
    #[serde(deserialize_with = "lenient::text")]
    pub message: Option<String>,
}

debug_shows!(Reason: code);

/// JSON that is not a notification. Gives the position, never the content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the notification cannot be read at `{path}` (line {line}, column {column})")]
pub struct ParseError {
    /// The JSON path of the value that does not fit; `.` for the whole document.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl OutboundNotification {
    /// Parses the body of a webhook.
    ///
    /// # Errors
    /// The bytes are not a JSON object. A known field with a value of the wrong type is omitted,
    /// see [`OutboundNotification::is_damaged`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        // Some editors and gateways write a byte order mark first.
        let bytes = without_mark(bytes);
        let read = Self::read(bytes).or_else(|error| match surrogates::repaired(bytes) {
            Some(repaired) => {
                Self::read(&repaired).or_else(|_| salvage::salvaged(&repaired).ok_or(error))
            }
            None => salvage::salvaged(bytes).ok_or(error),
        });
        read.map(Self::named)
    }

    /// A message has its id in two fields; one of them is enough.
    fn named(mut self) -> Self {
        let is_receipt = matches!(self.kind, NotificationType::Receipt);
        if self.id.is_none() && !is_receipt {
            self.id.clone_from(&self.channel.message_id);
        }
        self
    }

    fn read(bytes: &[u8]) -> Result<Self, ParseError> {
        // Serde would read an array as the fields in their order.
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(ParseError { path: ".".to_owned(), line: 1, column: 1 });
        }
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let notification =
            serde_path_to_error::deserialize(&mut reader).map_err(|error| ParseError {
                path: error.path().to_string(),
                line: error.inner().line(),
                column: error.inner().column(),
            })?;
        reader.end().map_err(|error| ParseError {
            path: ".".to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
        Ok(notification)
    }

    /// The customer: `channel.to`, or `channel.from` if the direction is inbound. If that is the
    /// integration itself, as on receipts of inbound messages, the other one. `None` when neither
    /// is a customer.
    pub fn contact(&self, integration_id: &GenesysIntegrationId) -> Option<(ContactId, IdType)> {
        let is_integration = |id: &ContactId| {
            id.as_str() == integration_id.as_str()
                || self.channel.id.as_ref().is_some_and(|channel| channel.as_str() == id.as_str())
        };
        let mut recipients = [&self.channel.to, &self.channel.from];
        if self.direction == Some(Direction::Inbound) {
            recipients.reverse();
        }
        recipients.into_iter().find_map(|recipient| {
            let id = recipient.id.as_ref().filter(|id| !is_integration(id))?;
            Some((id.clone(), recipient.id_type))
        })
    }

    pub fn is_message(&self) -> bool {
        matches!(
            self.kind,
            NotificationType::Text | NotificationType::Structured | NotificationType::Message
        )
    }

    /// Whether this is a copy of the bridge's own message or typing event, which must not go back
    /// to the customer. A receipt of an inbound message is not an echo.
    pub fn is_echo(&self) -> bool {
        let is_about_inbound = matches!(self.kind, NotificationType::Receipt);
        self.direction == Some(Direction::Inbound) && !is_about_inbound
    }
}
