//! Converts a tree to a valid event, or to all its errors.

use std::collections::BTreeMap;

use super::fields::{Fields, Problems, checked_id, is_longer};
use super::node::Node;
use super::{
    Attachment, Contact, HistoryAuthor, HistoryEntry, InboundEvent, InboundKind, Message, Receipt,
    ReceiptReason, ReceiptStatus, Reply, ReplyKind, Session,
};
use crate::contact::IdType;
use crate::error::UserReason;
use crate::ids::{ContactId, GenesysMessageId, LynnEventId};
use crate::problem::FieldError;

/// The most characters of an event's id, and of the id of the message that an event refers to.
const LONGEST_EVENT_ID: usize = 128;
/// The most characters of a contact's or session's id, a name, a channel, and an attribute's name.
const LONGEST_NAME: usize = 256;
/// The most characters of an attribute's value.
const LONGEST_ATTRIBUTE: usize = 2000;
/// The most attachments of a message.
const MOST_ATTACHMENTS: usize = 20;
/// The most attributes of a message.
const MOST_ATTRIBUTES: usize = 50;

type ReadKind = fn(&Fields<'_>, &mut Problems) -> Option<InboundKind>;

/// Every type of event, with the function that reads its fields.
const TYPES: [(&str, ReadKind); 5] = [
    ("message", |body, problems| message(body, problems).map(InboundKind::Message)),
    ("typing", |_, _| Some(InboundKind::Typing)),
    ("receipt", |body, problems| receipt(body, problems).map(InboundKind::Receipt)),
    ("session.started", |_, _| Some(InboundKind::SessionStarted)),
    ("session.ended", |body, problems| {
        Some(InboundKind::SessionEnded { reason: body.text("reason", problems).map(UserReason) })
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

/// Parses and validates a body. `spare` gives the id if the body has no key `id`, and the name to
/// report when that id is too long.
pub(super) fn event(
    body: &Node<'_>,
    spare: impl FnOnce() -> Option<(&'static str, String)>,
) -> Result<(InboundEvent, Vec<String>), Vec<FieldError>> {
    let mut problems = Problems::default();
    let event = Fields::of(body, String::new(), &mut problems)
        .and_then(|body| whole(&body, spare, &mut problems));
    problems.unless_any(event)
}

fn whole(
    body: &Fields<'_>,
    spare: impl FnOnce() -> Option<(&'static str, String)>,
    problems: &mut Problems,
) -> Option<InboundEvent> {
    let read_kind = body.word("type", &TYPES, problems);
    let id = id(body, spare, problems);
    let time = body.time("time", problems);
    let contact = contact(body, problems);
    let session = body.object("session", problems).map(|session| Session {
        id: session.optional_id("id", LONGEST_NAME, problems),
        channel: session.short("channel", LONGEST_NAME, problems),
    });
    let kind = read_kind.and_then(|read| read(body, problems));
    let id = LynnEventId::new(id?);
    Some(InboundEvent { id, time, contact: contact?, session, kind: kind?, open: None })
}

/// `null` and an empty id are a mistake in the flow: only an absent id is replaced.
fn id(
    body: &Fields<'_>,
    spare: impl FnOnce() -> Option<(&'static str, String)>,
    problems: &mut Problems,
) -> Option<String> {
    match body.given("id") {
        Some(Node::Null) => {
            problems.add("id", "is null; give an id, or leave the key out");
            None
        }
        Some(_) => body.id("id", LONGEST_EVENT_ID, problems),
        None => match spare() {
            None => body.id("id", LONGEST_EVENT_ID, problems),
            Some((place, id)) => match checked_id(&id, LONGEST_EVENT_ID) {
                Ok(id) => Some(id.to_owned()),
                Err(problem) => {
                    problems.add(place, problem);
                    None
                }
            },
        },
    }
}

fn contact(body: &Fields<'_>, problems: &mut Problems) -> Option<Contact> {
    if body.value("contact").is_none_or(Node::is_blank) {
        problems.add("contact.id", "is required");
        return None;
    }
    let contact = body.object("contact", problems)?;
    let id = contact.id("id", LONGEST_NAME, problems);
    let id_type = contact.optional_word("idType", &ID_TYPES, problems);
    let mut name = |key| contact.short(key, LONGEST_NAME, problems);
    let (nickname, first_name, last_name) = (name("nickname"), name("firstName"), name("lastName"));
    let email = name("email");
    let lynn_contact_id = contact.optional_id("lynnContactId", LONGEST_NAME, problems);
    let image_url = contact.optional_url("imageUrl", problems);
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
    let before = problems.count();
    let mut text = body.text("text", problems);
    let slots = body.objects("attachments", problems);
    if slots.len() > MOST_ATTACHMENTS {
        problems.add("attachments", format!("must have at most {MOST_ATTACHMENTS} entries"));
        return None;
    }
    let (mut attachments, mut without) = (Vec::new(), Vec::new());
    for slot in &slots {
        // A flow that never gives the key is wrong; one whose variable is empty has no file now.
        if slot.says("url") || slot.given("url").is_none() {
            attachments.push(attachment(slot, problems));
            continue;
        }
        problems.leave_out(&slot.place("url"));
        // A person wrote the caption, so it stays, even if its file does not.
        let caption = slot.filled("caption", problems);
        text = joined(text, caption);
        without.push(slot);
    }
    let choice = body.object("reply", problems);
    let reply = choice.as_ref().and_then(|fields| reply(fields, problems));
    // Decide by the parsed values: an empty object and a variable that was not filled in are
    // omitted without an error.
    let is_empty = text.is_none() && attachments.is_empty() && reply.is_none();
    if is_empty && problems.count() == before {
        for slot in &without {
            problems.add(slot.place("url"), "is required");
        }
        if let Some(choice) = choice.filter(Fields::say_anything) {
            problems.add(choice.place("text"), "a reply needs text or payload");
        }
        if problems.count() == before {
            problems.add("text", "a message needs text, attachments or reply");
        }
    }
    let attributes = body.object("attributes", problems);
    let attributes = attributes.map(|fields| attributes_of(&fields, problems)).unwrap_or_default();
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

/// The caption below the text, unless the text has a line of its words.
fn joined(text: Option<String>, caption: Option<String>) -> Option<String> {
    match (text, caption) {
        (Some(text), Some(caption)) if text.lines().any(|line| line.trim() == caption.trim()) => {
            Some(text)
        }
        (Some(text), Some(caption)) => Some(format!("{text}\n{caption}")),
        (text, caption) => text.or(caption),
    }
}

fn attachment(fields: &Fields<'_>, problems: &mut Problems) -> Option<Attachment> {
    let url = fields.url("url", problems);
    let mut hint = |key| fields.hint(key, LONGEST_NAME, problems);
    let (media_type, mime) = (hint("mediaType"), hint("mime"));
    let (filename, caption) = (fields.text("filename", problems), fields.text("caption", problems));
    Some(Attachment { media_type, mime, url: url?, filename, caption })
}

/// `None` for a reply without text and payload: the customer has chosen nothing.
fn reply(fields: &Fields<'_>, problems: &mut Problems) -> Option<Reply> {
    if !fields.says("text") && !fields.says("payload") {
        let is_given = ["text", "payload"].iter().any(|key| fields.given(key).is_some());
        if is_given || !fields.say_anything() {
            problems.leave_out(fields.path());
            return None;
        }
    }
    let to = fields.id("to", LONGEST_EVENT_ID, problems);
    let kind = fields.word("kind", &REPLY_KINDS, problems);
    if !fields.says("text") && !fields.says("payload") {
        problems.add(fields.place("text"), "a reply needs text or payload");
    }
    let text = fields.filled("text", problems);
    let payload = fields.filled("payload", problems);
    let known = text.clone().or_else(|| payload.clone())?;
    Some(Reply {
        to: GenesysMessageId::new(to?),
        kind: kind?,
        text: text.unwrap_or_else(|| known.clone()),
        payload: payload.unwrap_or(known),
    })
}

/// Attributes as texts by name. An attribute without a name or value is omitted.
fn attributes_of(fields: &Fields<'_>, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::new();
    for (name, value) in fields.entries() {
        if name.trim().is_empty() {
            problems.leave_out(&fields.place(name));
            continue;
        }
        let Some(value) = attribute(value) else { continue };
        if is_longer(name, LONGEST_NAME) {
            let message = format!("a name must have at most {LONGEST_NAME} characters");
            problems.add("attributes", message);
        } else if is_longer(&value, LONGEST_ATTRIBUTE) {
            let message = format!("must have at most {LONGEST_ATTRIBUTE} characters");
            problems.add(fields.place(name), message);
        } else {
            attributes.insert(name.to_string(), value);
        }
    }
    if attributes.len() > MOST_ATTRIBUTES {
        problems.add("attributes", format!("must have at most {MOST_ATTRIBUTES} entries"));
    }
    attributes
}

/// An attribute as text, as written. `null` is omitted, and a nested value becomes JSON.
fn attribute(value: &Node<'_>) -> Option<String> {
    match (value, value.as_text()) {
        (Node::Null, _) => None,
        (_, Some(text)) => Some(text.to_owned()),
        (nested, None) => {
            let mut json = String::new();
            nested.write_json(&mut json);
            Some(json)
        }
    }
}

fn history_entry(fields: &Fields<'_>, problems: &mut Problems) -> Option<HistoryEntry> {
    let author = fields.word("author", &HISTORY_AUTHORS, problems);
    // A line may be empty, for example when the customer sent a picture.
    let text = match fields.value("text") {
        Some(value) => {
            let text = value.as_text();
            if text.is_none() {
                problems.add(fields.place("text"), "must be a string");
            }
            text.map(str::to_owned)
        }
        None if fields.given("text").is_some() => Some(String::new()),
        None => {
            problems.add(fields.place("text"), "is required");
            None
        }
    };
    let time = fields.time("time", problems);
    Some(HistoryEntry { author: author?, text: text?, time })
}

fn receipt(body: &Fields<'_>, problems: &mut Problems) -> Option<Receipt> {
    let message_id = body.id("messageId", LONGEST_EVENT_ID, problems);
    let status = body.word("status", &RECEIPT_STATUSES, problems);
    let reason = body.object("reason", problems).map(|reason| ReceiptReason {
        code: reason.text("code", problems),
        message: reason.text("message", problems),
    });
    Some(Receipt { message_id: GenesysMessageId::new(message_id?), status: status?, reason })
}
