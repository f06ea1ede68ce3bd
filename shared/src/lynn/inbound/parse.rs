//! From a body to a valid event, or to everything that is wrong with it.

use serde_json::Value;

use super::fields::{FieldError, Fields, Problems};
use super::{
    Attachment, Contact, HistoryAuthor, HistoryEntry, InboundEvent, InboundKind, Message, Receipt,
    ReceiptReason, ReceiptStatus, Reply, ReplyKind, Session,
};
use crate::contact::IdType;
use crate::error::Told;
use crate::ids::{ContactId, GenesysMessageId, LynnEventId};

/// The most characters of an event's id.
const LONGEST_EVENT_ID: usize = 128;
/// The most characters of a contact's id.
const LONGEST_CONTACT_ID: usize = 256;

type ReadKind = fn(&Fields<'_>, &mut Problems) -> Option<InboundKind>;

/// Every type of event and what it needs.
const TYPES: [(&str, ReadKind); 5] = [
    ("message", |body, problems| message(body, problems).map(InboundKind::Message)),
    ("typing", |_, _| Some(InboundKind::Typing)),
    ("receipt", |body, problems| receipt(body, problems).map(InboundKind::Receipt)),
    ("session.started", |_, _| Some(InboundKind::SessionStarted)),
    ("session.ended", |body, problems| {
        Some(InboundKind::SessionEnded { reason: body.text("reason", problems).map(Told) })
    }),
];

const REPLY_KINDS: [(&str, ReplyKind); 3] = [
    ("quickReply", ReplyKind::QuickReply),
    ("button", ReplyKind::Button),
    ("datePicker", ReplyKind::DatePicker),
];

const RECEIPT_STATUSES: [(&str, ReceiptStatus); 3] = [
    ("delivered", ReceiptStatus::Delivered),
    ("read", ReceiptStatus::Read),
    ("failed", ReceiptStatus::Failed),
];

const HISTORY_AUTHORS: [(&str, HistoryAuthor); 2] =
    [("customer", HistoryAuthor::Customer), ("bot", HistoryAuthor::Bot)];

const ID_TYPES: [(&str, IdType); 3] =
    [("phone", IdType::Phone), ("email", IdType::Email), ("opaque", IdType::Opaque)];

impl InboundEvent {
    /// Reads and validates a body.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<FieldError>> {
        let mut problems = Problems::default();
        let value: Value = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                problems.add("", format!("is not valid JSON ({place})"));
                return problems.unless_any(None);
            }
        };
        let event = Fields::of(&value, String::new(), &mut problems)
            .and_then(|body| event(&body, &mut problems));
        problems.unless_any(event)
    }
}

fn event(body: &Fields<'_>, problems: &mut Problems) -> Option<InboundEvent> {
    let read_kind = body.word("type", &TYPES, problems);
    let id = body.id("id", LONGEST_EVENT_ID, problems);
    let time = body.time("time", problems);
    let contact = contact(body, problems);
    let session = body.object("session", problems).map(|session| Session {
        id: session.text("id", problems),
        channel: session.text("channel", problems),
    });
    let kind = read_kind.and_then(|read| read(body, problems));
    Some(InboundEvent { id: LynnEventId::new(id?), time, contact: contact?, session, kind: kind? })
}

fn contact(body: &Fields<'_>, problems: &mut Problems) -> Option<Contact> {
    if body.value("contact").is_none() {
        problems.add("contact.id", "is required");
        return None;
    }
    let contact = body.object("contact", problems)?;
    let id = contact.id("id", LONGEST_CONTACT_ID, problems);
    // A blank idType is a missing one.
    let names_type = contact
        .value("idType")
        .is_some_and(|word| word.as_str().is_none_or(|word| !word.trim().is_empty()));
    let id_type = if names_type { contact.word("idType", &ID_TYPES, problems) } else { None };
    let mut text = |key| contact.text(key, problems);
    let (nickname, first_name, last_name) = (text("nickname"), text("firstName"), text("lastName"));
    let (email, image_url, lynn_contact_id) =
        (text("email"), text("imageUrl"), text("lynnContactId"));
    Some(Contact {
        id: ContactId::new(id?),
        id_type: id_type.unwrap_or_default(),
        nickname,
        first_name,
        last_name,
        email,
        image_url,
        lynn_contact_id,
    })
}

fn message(body: &Fields<'_>, problems: &mut Problems) -> Option<Message> {
    let text = body.text("text", problems);
    let attachments: Vec<Option<Attachment>> = body
        .objects("attachments", problems)
        .iter()
        .map(|attachment| self::attachment(attachment, problems))
        .collect();
    let is_empty = |key: &str| match body.value(key) {
        None => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(_) => false,
    };
    if ["text", "attachments", "reply"].into_iter().all(is_empty) {
        problems.add("text", "a message needs text, attachments or reply");
    }
    let reply = body.object("reply", problems).and_then(|fields| reply(&fields, problems));
    let attributes = body.object("attributes", problems).map_or_else(Default::default, |fields| {
        fields.entries().filter_map(|(key, value)| Some((key.clone(), attribute(value)?))).collect()
    });
    let history: Vec<Option<HistoryEntry>> = body
        .objects("history", problems)
        .iter()
        .map(|entry| history_entry(entry, problems))
        .collect();
    Some(Message {
        text,
        attachments: attachments.into_iter().flatten().collect(),
        reply,
        attributes,
        history: history.into_iter().flatten().collect(),
    })
}

fn attachment(fields: &Fields<'_>, problems: &mut Problems) -> Option<Attachment> {
    let url = fields.url("url", problems);
    let mut text = |key| fields.text(key, problems);
    let (media_type, mime) = (text("mediaType"), text("mime"));
    let (filename, caption) = (text("filename"), text("caption"));
    Some(Attachment { media_type, mime, url: url?, filename, caption })
}

fn reply(fields: &Fields<'_>, problems: &mut Problems) -> Option<Reply> {
    let to = fields.required_text("to", problems);
    let kind = fields.word("kind", &REPLY_KINDS, problems);
    let text = fields.text("text", problems);
    let payload = fields.text("payload", problems);
    let is_missing = |key: &str| fields.value(key).is_none_or(Value::is_string);
    if text.is_none() && payload.is_none() && is_missing("text") && is_missing("payload") {
        problems.add(fields.place("text"), "a reply needs text or payload");
    }
    let known = text.clone().or_else(|| payload.clone())?;
    Some(Reply {
        to: GenesysMessageId::new(to?),
        kind: kind?,
        text: text.unwrap_or_else(|| known.clone()),
        payload: payload.unwrap_or(known),
    })
}

/// An attribute as text: `null` is none, and what is nested stays JSON.
fn attribute(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn history_entry(fields: &Fields<'_>, problems: &mut Problems) -> Option<HistoryEntry> {
    let author = fields.word("author", &HISTORY_AUTHORS, problems);
    // A line may be empty, as when the customer sent a picture.
    let text = match fields.value("text") {
        Some(Value::String(text)) => Some(text.clone()),
        _ => fields.required_text("text", problems),
    };
    let time = fields.time("time", problems);
    Some(HistoryEntry { author: author?, text: text?, time })
}

fn receipt(body: &Fields<'_>, problems: &mut Problems) -> Option<Receipt> {
    let message_id = body.required_text("messageId", problems);
    let status = body.word("status", &RECEIPT_STATUSES, problems);
    let reason = body.object("reason", problems).map(|reason| ReceiptReason {
        code: reason.text("code", problems),
        message: reason.text("message", problems),
    });
    Some(Receipt { message_id: GenesysMessageId::new(message_id?), status: status?, reason })
}
