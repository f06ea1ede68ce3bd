//! Events as the two endpoints accept them, and calls as the vendors see them.

use delivery::event::{DedupKey, Payload, QueuedEvent, Raw};
use serde_json::{Value, json};
use shared::contact::IdType;
use shared::ids::{ContactId, IntegrationName, LynnEventId, TraceId};
use shared::lynn::inbound::{Contact, InboundEvent, InboundKind, Message, Session};
use shared::ports::Clock as _;
use shared::time::Timestamp;
use testing::RecordedCall;

use crate::harness::Harness;
use crate::script::INTEGRATION;

/// An event of any kind, accepted now.
pub fn queued(
    harness: &Harness,
    contact: &str,
    dedup_key: DedupKey,
    payload: Payload,
) -> QueuedEvent {
    let (integration, trace) = (IntegrationName::new(INTEGRATION), TraceId::new("trace"));
    let (contact, now) = (Some(ContactId::new(contact)), harness.clock.now());
    QueuedEvent::accepted(integration, contact, dedup_key, payload, trace, now)
}

/// An event of Lynn; its time is the time of its acceptance.
pub fn lynn(harness: &Harness, contact: &str, id: &str, kind: InboundKind) -> QueuedEvent {
    let dedup_key = match &kind {
        InboundKind::Message(_) => DedupKey::Message(id.to_owned()),
        InboundKind::Typing => DedupKey::Typing(id.to_owned(), harness.clock.now().milliseconds()),
        InboundKind::Receipt(receipt) => {
            let status = format!("{:?}", receipt.status).to_lowercase();
            DedupKey::Receipt(receipt.message_id.as_str().to_owned(), status)
        }
        InboundKind::SessionStarted | InboundKind::SessionEnded { .. } => {
            DedupKey::Session(id.to_owned())
        }
    };
    let contact_of_lynn = Contact {
        id: ContactId::new(contact),
        id_type: IdType::Opaque,
        nickname: None,
        first_name: None,
        last_name: None,
        email: None,
        image_url: None,
        lynn_contact_id: Some("lynn-1".to_owned()),
    };
    let session = Session { id: Some("s-1".to_owned()), channel: Some("whatsapp".to_owned()) };
    let event = InboundEvent {
        id: LynnEventId::new(id),
        time: Some(harness.clock.now()),
        contact: contact_of_lynn,
        session: Some(session),
        kind,
        open: None,
    };
    queued(harness, contact, dedup_key, Payload::Lynn(Box::new(event)))
}

/// A message that is divided into the given number of parts.
pub fn says(harness: &Harness, contact: &str, id: &str, parts: usize) -> QueuedEvent {
    let text = vec!["0123456789"; parts].join(" ");
    lynn(
        harness,
        contact,
        id,
        InboundKind::Message(Message { text: Some(text), ..Message::default() }),
    )
}

/// The ids of a message's parts.
pub fn part_ids(id: &str, parts: usize) -> Vec<String> {
    let name = |part| if part == 1 { id.to_owned() } else { format!("{id}.{part}") };
    (1..=parts).map(name).collect()
}

pub fn session_ended(harness: &Harness, contact: &str, id: &str) -> QueuedEvent {
    lynn(harness, contact, id, InboundKind::SessionEnded { reason: None })
}

/// A notification of Genesys.
pub fn genesys(harness: &Harness, contact: &str, dedup_key: DedupKey, body: Value) -> QueuedEvent {
    let mut whole = json!({
        "direction": "Outbound",
        "channel": { "to": { "id": contact }, "from": { "id": "integration" }, "time": harness.clock.now().to_text() },
    });
    for (key, value) in body.as_object().unwrap() {
        whole[key] = value.clone();
    }
    queued(harness, contact, dedup_key, Payload::Genesys(Raw(whole.to_string())))
}

pub fn agent_says(harness: &Harness, contact: &str, id: &str) -> QueuedEvent {
    let body = json!({ "type": "Text", "id": id, "text": "Hello", "originatingEntity": "Human" });
    genesys(harness, contact, DedupKey::Message(id.to_owned()), body)
}

pub fn agent_types(harness: &Harness, contact: &str, id: &str) -> QueuedEvent {
    let dedup_key = DedupKey::Typing(id.to_owned(), harness.clock.now().milliseconds());
    let events = json!([{ "eventType": "Typing", "typing": { "type": "On", "duration": 5000 } }]);
    genesys(harness, contact, dedup_key, json!({ "type": "Event", "id": id, "events": events }))
}

/// Genesys' receipt about a message of Lynn, under Genesys' own id of the message.
pub fn genesys_receipt(
    harness: &Harness,
    contact: &str,
    message: &str,
    status: &str,
) -> QueuedEvent {
    let dedup_key = DedupKey::Receipt(message.to_owned(), status.to_owned());
    let body =
        json!({ "type": "Receipt", "id": message, "status": status, "isFinalReceipt": true });
    genesys(harness, contact, dedup_key, body)
}

/// The body of a call; null if it has none.
pub fn body(seen: &RecordedCall) -> Value {
    if seen.body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&seen.body).unwrap()
}

/// A text in the body of a call.
pub fn text(seen: &RecordedCall, path: &str) -> String {
    body(seen).pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub fn texts(calls: &[RecordedCall], path: &str) -> Vec<String> {
    calls.iter().map(|seen| text(seen, path)).collect()
}

/// The time in a call to Genesys.
pub fn time(seen: &RecordedCall) -> Timestamp {
    Timestamp::parse(&text(seen, "/channel/time")).unwrap()
}
