//! Converts an event of Lynn to calls of the Genesys API, in order.
//!
//! Rule: ids and times depend only on the event, so that Genesys recognises a repeated part.

use std::time::Duration;

use serde::Serialize;
use shared::contact::IdType;
use shared::genesys::inbound::{
    ButtonResponse, ButtonResponseType, ChannelMetadata, EventBody, InboundChannel, InboundContent,
    MessageBody, ReceiptBody, Sender, StructuredResponseBody,
};
use shared::ids::ContactId;
use shared::lynn::inbound::{InboundEvent, Message, OpenResource, Reply, ReplyKind};
use shared::ports::Direction;
use shared::time::Timestamp;
use shared::wire::debug_shows;

use super::capabilities::support;
use super::relayed_call::RelayedCall;
use super::split::split;
use super::transcript::transcript;
use super::{attachment, html};

/// The settings for texts: `text` in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    pub strip_html: bool,
    /// The most UTF-16 code units of a message.
    pub max_length: usize,
}

/// One of the messages into which an event is divided.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundPart {
    /// The bridge's id of the part: the event's own id, then `{id}.2`, `{id}.3`, …; for a
    /// transcript `{id}.history`, `{id}.history.2`, ….
    pub message_id: String,
    /// One millisecond after the previous part.
    #[serde(serialize_with = "shared::wire::time_as_text")]
    pub time: Timestamp,
    pub call: InboundCall,
    /// The call to make when Genesys refuses the first, as it refuses a click without a
    /// conversation.
    pub fallback: Option<InboundCall>,
    #[serde(skip)]
    pub origin: Origin,
}

debug_shows!(InboundPart: message_id, time, call, fallback, origin);

/// The source of a part in Lynn's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The transcript, or one of its messages.
    History,
    Reply,
    /// The text, or a piece of it.
    Text,
    /// The attachment at this index.
    Attachment(usize),
}

impl Origin {
    /// The path in Lynn's JSON.
    pub fn name(self) -> String {
        match self {
            Self::History => "history".to_owned(),
            Self::Reply => "reply".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Attachment(place) => format!("attachments[{place}]"),
        }
    }
}

/// A call of the Genesys API. Its JSON is the body.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum InboundCall {
    /// `…/inbound/open/message`.
    Message(MessageBody),
    /// `…/inbound/open/structured/response`.
    StructuredResponse(StructuredResponseBody),
    /// `…/inbound/open/event`.
    Event(EventBody),
    /// `…/inbound/open/receipt`.
    Receipt(ReceiptBody),
    /// A call in the words of a client that speaks Open Messaging itself.
    Relayed(RelayedCall),
}

impl InboundCall {
    /// The resource of the API that is called.
    pub fn resource(&self) -> OpenResource {
        match self {
            Self::Message(_) => OpenResource::Message,
            Self::StructuredResponse(_) => OpenResource::StructuredResponse,
            Self::Event(_) => OpenResource::Event,
            Self::Receipt(_) => OpenResource::Receipt,
            Self::Relayed(call) => call.resource,
        }
    }
}

/// Every kind of reply, its name in the capability table, and Genesys' word.
const REPLIES: [(ReplyKind, &str, ButtonResponseType); 3] = [
    (ReplyKind::QuickReply, "quickReply", ButtonResponseType::QuickReply),
    (ReplyKind::Button, "button", ButtonResponseType::Button),
    (ReplyKind::DatePicker, "datePicker", ButtonResponseType::DatePicker),
];

/// Divides a message into transcript, reply, text and attachments, in this order. Part n, counted
/// from 0, has the time `first_time` + n ms.
pub fn parts(
    event: &InboundEvent,
    message: &Message,
    options: &TextOptions,
    first_time: Timestamp,
) -> Vec<InboundPart> {
    let clean = |text: &str| {
        if options.strip_html { html::to_text(text) } else { text.to_owned() }
    };
    let mut parts = Parts::new(event, message, first_time);
    for (index, text) in
        transcript(&message.history, options.max_length, clean).into_iter().enumerate()
    {
        parts.add_transcript(index, text);
    }
    if let Some(reply) = &message.reply {
        parts.add_reply(reply);
    }
    let is_new = |text: &&String| {
        message.reply.as_ref().is_none_or(|reply| reply.text.trim() != text.trim())
    };
    if let Some(text) = message.text.as_ref().filter(is_new) {
        let plain = clean(text);
        // If only HTML tags were sent, send the original text.
        let is_all = message.reply.is_none() && message.attachments.is_empty();
        let text = if plain.trim().is_empty() && is_all { text } else { &plain };
        for piece in split(text, options.max_length) {
            parts.add_message(Origin::Text, Some(piece.to_owned()), Vec::new());
        }
    }
    for (place, file) in message.attachments.iter().enumerate() {
        let caption = file.caption.as_deref().map(clean).unwrap_or_default();
        let mut pieces = split(&caption, options.max_length).into_iter().map(str::to_owned);
        let attachment = attachment::inbound(file, pieces.next().filter(|piece| !piece.is_empty()));
        let content = vec![InboundContent::Attachment { attachment }];
        parts.add_message(Origin::Attachment(place), None, content);
        for rest in pieces {
            parts.add_message(Origin::Attachment(place), Some(rest), Vec::new());
        }
    }
    parts.done
}

/// A line for the agent that the customer did not write, such as the end of the session.
pub fn notice(
    (contact, id_type): (&ContactId, IdType),
    message_id: String,
    text: &str,
    time: Timestamp,
) -> InboundPart {
    let call = InboundCall::Message(MessageBody {
        channel: bare_channel((contact, id_type), Some(message_id.clone()), time),
        text: Some(text.to_owned()),
        content: Vec::new(),
    });
    InboundPart { message_id, time, call, fallback: None, origin: Origin::Text }
}

/// A channel with the contact's id and no other data.
pub(super) fn bare_channel(
    (contact, id_type): (&ContactId, IdType),
    message_id: Option<String>,
    time: Timestamp,
) -> InboundChannel {
    let from = Sender {
        id: contact.clone(),
        id_type,
        nickname: None,
        first_name: None,
        last_name: None,
        email: None,
        image: None,
    };
    InboundChannel { message_id, time, from, metadata: None }
}

struct Parts<'a> {
    event_id: &'a str,
    from: Sender,
    metadata: Option<ChannelMetadata>,
    first_time: Timestamp,
    /// The number of parts with a numbered id; a transcript's parts do not count.
    numbered: usize,
    done: Vec<InboundPart>,
}

impl<'a> Parts<'a> {
    fn new(event: &'a InboundEvent, message: &Message, first_time: Timestamp) -> Self {
        let contact = &event.contact;
        let from = Sender {
            id: contact.id.clone(),
            id_type: contact.id_type,
            nickname: contact.nickname.clone(),
            first_name: contact.first_name.clone(),
            last_name: contact.last_name.clone(),
            email: contact.email.clone(),
            image: contact.image_url.clone(),
        };
        Self {
            event_id: event.id.as_str(),
            from,
            metadata: metadata(event, message),
            first_time,
            numbered: 0,
            done: Vec::new(),
        }
    }

    fn next_id(&mut self) -> String {
        self.numbered += 1;
        match self.numbered {
            1 => self.event_id.to_owned(),
            number => format!("{}.{number}", self.event_id),
        }
    }

    fn channel(&self, message_id: &str) -> InboundChannel {
        let steps = Duration::from_millis(self.done.len() as u64);
        InboundChannel {
            message_id: Some(message_id.to_owned()),
            time: self.first_time + steps,
            from: self.from.clone(),
            metadata: self.metadata.clone(),
        }
    }

    fn message(&self, id: &str, text: Option<String>, content: Vec<InboundContent>) -> InboundCall {
        InboundCall::Message(MessageBody { channel: self.channel(id), text, content })
    }

    fn push(
        &mut self,
        origin: Origin,
        message_id: String,
        call: InboundCall,
        fallback: Option<InboundCall>,
    ) {
        let time = self.channel(&message_id).time;
        self.done.push(InboundPart { message_id, time, call, fallback, origin });
    }

    fn add_message(&mut self, origin: Origin, text: Option<String>, content: Vec<InboundContent>) {
        let id = self.next_id();
        let call = self.message(&id, text, content);
        self.push(origin, id, call, None);
    }

    fn add_transcript(&mut self, index: usize, text: String) {
        let id = match index {
            0 => format!("{}.history", self.event_id),
            index => format!("{}.history.{}", self.event_id, index + 1),
        };
        let call = self.message(&id, Some(text), Vec::new());
        self.push(Origin::History, id, call, None);
    }

    fn add_reply(&mut self, reply: &Reply) {
        let id = self.next_id();
        let plain = self.message(&id, Some(reply.text.clone()), Vec::new());
        let kind = REPLIES
            .iter()
            .find(|(kind, name, _)| {
                *kind == reply.kind && support(Direction::Inbound, name).is_carried()
            })
            .map(|(_, _, kind)| *kind);
        let Some(kind) = kind else {
            self.push(Origin::Reply, id, plain, None);
            return;
        };
        let click = InboundCall::StructuredResponse(StructuredResponseBody {
            // Use the same channel as a message, with the attributes: the click may open the
            // conversation.
            channel: self.channel(&id),
            originating_message_id: reply.to.clone(),
            button_response: ButtonResponse {
                kind,
                text: reply.text.clone(),
                payload: reply.payload.clone(),
            },
        });
        self.push(Origin::Reply, id, click, Some(plain));
    }
}

/// The attributes and Lynn's session; `None` when there are none.
fn metadata(event: &InboundEvent, message: &Message) -> Option<ChannelMetadata> {
    let mut custom_attributes = message.attributes.clone();
    let session = event.session.as_ref();
    for (key, value) in [
        ("session.id", session.and_then(|session| session.id.as_ref())),
        ("session.channel", session.and_then(|session| session.channel.as_ref())),
    ] {
        if let Some(value) = value {
            custom_attributes.insert(key.to_owned(), value.clone());
        }
    }
    (!custom_attributes.is_empty()).then_some(ChannelMetadata { custom_attributes })
}
