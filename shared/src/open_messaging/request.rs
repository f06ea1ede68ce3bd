//! Reads the four requests: what the bridge needs of them. The rest is relayed for Genesys to
//! judge.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::contact::IdType;
use crate::genesys::surrogates;
use crate::ids::{ContactId, GenesysMessageId, LynnEventId};
use crate::lynn::inbound::{
    Contact, InboundEvent, InboundKind, Message, OpenRequest, OpenResource, Receipt, ReceiptStatus,
};
use crate::time::Timestamp;
use crate::wire::without_mark;

/// In characters, as in the bridge's own contract.
const LONGEST_CONTACT: usize = 256;
/// In bytes: it is a part of a key in the store.
const LONGEST_ID: usize = 512;
/// Source: `OpenInboundNormalizedReceipt.status`.
const STATUSES: [&str; 5] = ["Sent", "Delivered", "Failed", "Published", "Removed"];
/// Source: `ConversationButtonResponse.type`.
const BUTTONS: [&str; 3] = ["Button", "QuickReply", "DatePicker"];
const PREFETCH: &str = "prefetchConversationId";

/// The fault in a request, with the name of the field and never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Invalid {
    pub field: String,
    pub problem: String,
}

/// Reads a request. `new_id` is for a request without an id of its own.
pub fn read(
    resource: OpenResource,
    body: &[u8],
    new_id: impl FnOnce() -> LynnEventId,
) -> Result<InboundEvent, Invalid> {
    let body =
        std::str::from_utf8(without_mark(body)).map_err(|_| invalid("body", "is not UTF-8"))?;
    let (whole, body) = parsed(body)?;
    let fields = Fields::of(&whole, "body")?;
    let channel = Fields::of(fields.required("channel")?, "channel")?;
    let own_id = channel.optional_id("messageId")?;
    let time = channel.time("time")?;
    let (contact, kind) = match resource {
        OpenResource::Message => (sender(channel)?, message(fields)?),
        OpenResource::StructuredResponse => (sender(channel)?, structured_response(fields)?),
        OpenResource::Event => (sender(channel)?, event(fields)?),
        OpenResource::Receipt => (recipient(channel)?, receipt(fields)?),
    };
    let id = own_id.map_or_else(new_id, LynnEventId::new);
    let open = Some(OpenRequest { resource, body: body.into_owned() });
    Ok(InboundEvent { id, time, contact, session: None, kind, open })
}

/// The JSON of a body, and its text. A text that was cut inside an emoji is repaired, as in
/// Genesys' webhooks.
fn parsed(body: &str) -> Result<(Value, Cow<'_, str>), Invalid> {
    let error = match serde_json::from_str(body) {
        Ok(whole) => return Ok((whole, Cow::Borrowed(body))),
        Err(_) => invalid("body", "is not valid JSON"),
    };
    let repaired = surrogates::repaired(body.as_bytes()).map(String::from_utf8);
    let Some(Ok(repaired)) = repaired else { return Err(error) };
    match serde_json::from_str(&repaired) {
        Ok(whole) => Ok((whole, Cow::Owned(repaired))),
        Err(_) => Err(error),
    }
}

/// Whether the query asks for the conversation's id.
pub fn prefetches(query: Option<&str>) -> Result<bool, Invalid> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    match pairs.find(|(key, _)| key == PREFETCH) {
        None => Ok(false),
        Some((_, value)) => {
            value.parse().map_err(|_| invalid(PREFETCH, "is not one of true, false"))
        }
    }
}

fn invalid(field: &str, problem: impl Into<String>) -> Invalid {
    Invalid { field: field.to_owned(), problem: problem.into() }
}

fn sender(channel: Fields<'_>) -> Result<Contact, Invalid> {
    contact(Fields::of(channel.required("from")?, "channel.from")?)
}

/// The customer for whom the message was: `channel.to`, else `channel.from`.
fn recipient(channel: Fields<'_>) -> Result<Contact, Invalid> {
    match channel.get("to") {
        Some(to) if to.get("id").is_some_and(|id| !id.is_null()) => {
            contact(Fields::of(to, "channel.to")?)
        }
        _ if channel.get("from").is_some() => sender(channel),
        _ => contact(Fields::of(channel.required("to")?, "channel.to")?),
    }
}

fn contact(person: Fields<'_>) -> Result<Contact, Invalid> {
    let id = person.text("id")?;
    if id.chars().count() > LONGEST_CONTACT {
        return Err(person.invalid("id", format!("has more than {LONGEST_CONTACT} characters")));
    }
    let id_type = match person.optional_text("idType")? {
        None => IdType::default(),
        Some(word) => IdType::parse(word)
            .ok_or_else(|| person.invalid("idType", "is not one of Email, Phone, Opaque"))?,
    };
    Ok(Contact {
        id: ContactId::new(id),
        id_type,
        nickname: None,
        first_name: None,
        last_name: None,
        email: None,
        image_url: None,
        lynn_contact_id: None,
    })
}

fn message(fields: Fields<'_>) -> Result<InboundKind, Invalid> {
    let text = fields.optional_text("text")?.unwrap_or_default();
    if text.is_empty() && fields.list("content")?.is_empty() {
        return Err(invalid("body", "should have the property 'text' or 'content'"));
    }
    Ok(InboundKind::Message(Message::default()))
}

fn structured_response(fields: Fields<'_>) -> Result<InboundKind, Invalid> {
    fields.text("originatingMessageId")?;
    let button = Fields::of(fields.required("buttonResponse")?, "buttonResponse")?;
    button.word("type", &BUTTONS)?;
    button.text("text")?;
    button.text("payload")?;
    Ok(InboundKind::Message(Message::default()))
}

fn event(fields: Fields<'_>) -> Result<InboundKind, Invalid> {
    let events = fields.list("events")?;
    if events.is_empty() {
        return Err(fields.invalid("events", "should be a list with an item"));
    }
    for event in events {
        Fields::of(event, "events")?.word("eventType", &["Typing"])?;
    }
    Ok(InboundKind::Typing)
}

fn receipt(fields: Fields<'_>) -> Result<InboundKind, Invalid> {
    let id = fields.text("id")?;
    if id.len() > LONGEST_ID {
        return Err(fields.invalid("id", format!("has more than {LONGEST_ID} bytes")));
    }
    let status = match fields.word("status", &STATUSES)? {
        "Failed" => ReceiptStatus::Failed,
        _ => ReceiptStatus::Delivered,
    };
    Ok(InboundKind::Receipt(Receipt {
        message_id: GenesysMessageId::new(id),
        status,
        reason: None,
    }))
}

/// An object in the body, and its path.
#[derive(Clone, Copy)]
struct Fields<'a> {
    fields: &'a Map<String, Value>,
    path: &'static str,
}

impl<'a> Fields<'a> {
    fn of(value: &'a Value, path: &'static str) -> Result<Self, Invalid> {
        match value {
            Value::Object(fields) => Ok(Self { fields, path }),
            _ => Err(invalid(path, "should be an object")),
        }
    }

    fn invalid(&self, key: &str, problem: impl Into<String>) -> Invalid {
        let path =
            if self.path == "body" { key.to_owned() } else { format!("{}.{key}", self.path) };
        invalid(&path, problem)
    }

    /// `None` also for null.
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    fn required(&self, key: &str) -> Result<&'a Value, Invalid> {
        self.get(key).ok_or_else(|| self.invalid(key, "is required"))
    }

    fn optional_text(&self, key: &str) -> Result<Option<&'a str>, Invalid> {
        let text = |value: &'a Value| {
            value.as_str().ok_or_else(|| self.invalid(key, "should be a string"))
        };
        self.get(key).map(text).transpose()
    }

    /// A text that is not blank.
    fn text(&self, key: &str) -> Result<&'a str, Invalid> {
        let text = self.optional_text(key)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.invalid(key, "is required"))
    }

    fn word(&self, key: &str, words: &[&str]) -> Result<&'a str, Invalid> {
        let word = self.text(key)?;
        if words.contains(&word) {
            return Ok(word);
        }
        Err(self.invalid(key, format!("is not one of {}", words.join(", "))))
    }

    /// A blank id counts as missing.
    fn optional_id(&self, key: &str) -> Result<Option<&'a str>, Invalid> {
        let id = self.optional_text(key)?.filter(|id| !id.trim().is_empty());
        match id {
            Some(id) if id.len() > LONGEST_ID => {
                Err(self.invalid(key, format!("has more than {LONGEST_ID} bytes")))
            }
            id => Ok(id),
        }
    }

    fn time(&self, key: &str) -> Result<Option<Timestamp>, Invalid> {
        let read = |text: &str| {
            let time = Timestamp::parse(text);
            time.ok_or_else(|| self.invalid(key, "is not of the form yyyy-MM-ddTHH:mm:ss[.mmm]Z"))
        };
        self.optional_text(key)?.map(read).transpose()
    }

    fn list(&self, key: &str) -> Result<&'a [Value], Invalid> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(self.invalid(key, "should be a list")),
        }
    }
}
