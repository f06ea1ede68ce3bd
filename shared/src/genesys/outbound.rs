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
mod words;

use crate::contact::IdType;
use crate::genesys::surrogates;
use crate::ids::{ContactId, GenesysConversationId, GenesysIntegrationId, GenesysMessageId};
use crate::time::Timestamp;
use crate::wire::without_mark;

pub use content::{
    Attachment, AvailableTime, Card, CardAction, Carousel, Content, DatePicker, Form,
    FormComponent, ListPicker, ListPickerItem, Location, NotificationResponse, QuickReply,
    QuickReplyGroup, ReceivedMessage, RichLink, Template, TemplateBody, TemplateButton,
    TemplateFooter, TemplateHeader, TemplateParameter,
};
use lenient::wire_types;
pub use words::{
    CardActionType, Direction, EventType, MediaType, NotificationType, OriginatingEntity,
    ReceiptStatus,
};

wire_types! {
    /// A webhook notification of any type.
    pub struct OutboundNotification shows [id, kind, direction, originating_entity, conversation_id, channel, content, events, status, reasons, is_final_receipt] {
        /// Genesys' id of the message. For a receipt, the id of the message that it reports on.
        id: Option<GenesysMessageId> = "lenient::message_id",
        /// `Unknown("")` when missing.
        #[serde(rename = "type")]
        kind: NotificationType = "lenient::defaulted",
        /// `Outbound` for messages and typing.
        direction: Option<Direction>,
        /// An agent or a bot; absent on events.
        originating_entity: Option<OriginatingEntity>,
        /// Sent since 2025, but not in the schema.
        conversation_id: Option<GenesysConversationId> = "lenient::conversation_id",
        /// The sender and the receiver.
        channel: Channel = "lenient::defaulted",
        /// Absent when a message is only an attachment.
        text: Option<String> = "lenient::text",
        /// Attachments and structured content, in order.
        content: Vec<Content> = "lenient::list",
        /// Only for `Event`.
        events: Vec<Event> = "lenient::list",
        /// Only for `Receipt`.
        status: Option<ReceiptStatus>,
        /// The reasons of a failed `Receipt`. A successful receipt may contain empty ones: only
        /// `status` decides.
        reasons: Vec<Reason> = "lenient::list",
        /// Whether no other receipt follows for the message.
        is_final_receipt: Option<bool> = "lenient::flag",
        /// Whether a part of the message's text or content could not be read.
        #[serde(skip)]
        is_damaged: bool,
    }

    #[derive(Debug)]
    pub struct Channel {
        id: Option<GenesysIntegrationId> = "lenient::integration_id",
        /// Equals the notification's id on outbound messages. On a receipt it may be the id that
        /// the bridge sent.
        message_id: Option<GenesysMessageId> = "lenient::message_id",
        /// The receiver: the customer, except on notifications about an inbound message.
        to: Recipient = "lenient::defaulted",
        /// The sender: the integration, except on notifications about an inbound message.
        from: Recipient = "lenient::defaulted",
        /// When it happened. Genesys does not promise the order of notifications.
        time: Option<Timestamp> = "lenient::instant",
    }

    /// The sender or the receiver.
    #[derive(Debug)]
    pub struct Recipient {
        /// The customer's id, or the integration's.
        id: Option<ContactId> = "lenient::contact_id",
        /// Opaque when missing or unknown.
        id_type: IdType = "lenient::id_type",
    }

    /// An event of an `Event` notification.
    #[derive(Debug)]
    pub struct Event {
        /// `Typing` is the only type of Open Messaging.
        event_type: EventType = "lenient::defaulted",
        typing: Typing = "lenient::defaulted",
    }

    #[derive(Debug)]
    pub struct Typing {
        /// `On`; no other word was ever seen.
        #[serde(rename = "type")]
        kind: Option<String> = "lenient::text",
        /// Milliseconds.
        duration: Option<u64> = "lenient::whole_number",
    }

    /// The reason of a failure, in Genesys' words.
    pub struct Reason shows [code] {
        /// A reason code of `OpenInboundNormalizedReceipt`, or a newer one.
        code: Option<String> = "lenient::text",
        /// A sentence for a person.
        message: Option<String> = "lenient::text",
    }
}

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
