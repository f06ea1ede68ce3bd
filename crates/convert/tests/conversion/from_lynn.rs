//! Tests the conversion of Lynn's events to calls of Genesys.

use convert::{InboundPart, TextOptions, notice, parts, receipt, typing};
use serde_json::{Value, json};
use shared::lynn::inbound::{InboundEvent, InboundKind, Message};
use shared::time::Timestamp;

use crate::fixtures::{all, one};

const FOLDER: &str = "lynn/inbound";
const OPTIONS: TextOptions = TextOptions { strip_html: true, max_length: 200 };

fn accepted() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:05Z").unwrap()
}

pub fn converted(event: &InboundEvent) -> Value {
    let time = event.time.unwrap_or_else(accepted);
    match &event.kind {
        InboundKind::Message(message) => json!(parts(event, message, &OPTIONS, time)),
        InboundKind::Typing => json!(typing(event, time)),
        InboundKind::Receipt(fate) => {
            let contact = &event.contact;
            let reasons: Vec<_> = fate.reason.iter().cloned().collect();
            let (id, status) = (&fate.message_id, fate.status);
            json!(receipt(&contact.id, contact.id_type, id, status, &reasons, time))
        }
        InboundKind::SessionStarted => Value::Null,
        InboundKind::SessionEnded { .. } => {
            let contact = (&event.contact.id, event.contact.id_type);
            json!(notice(contact, event.id.to_string(), "The session ended.", time))
        }
    }
}

#[test]
fn every_event_is_converted_and_survives_the_queue() {
    for (name, bytes) in all(FOLDER) {
        let event =
            InboundEvent::parse(&bytes).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let queued = serde_json::to_vec(&event).unwrap();
        assert_eq!(serde_json::from_slice::<InboundEvent>(&queued).unwrap(), event, "{name}");
        insta::assert_json_snapshot!(
            format!("lynn_{name}"),
            json!({ "event": event, "calls": converted(&event) })
        );
    }
}

#[test]
fn every_problem_is_reported() {
    for (name, bytes) in all("lynn/invalid") {
        let errors = InboundEvent::parse(&bytes).unwrap_err();
        insta::assert_json_snapshot!(format!("invalid_{name}"), errors);
    }
}

#[test]
fn nothing_private_shows_in_debug() {
    for (name, bytes) in all(FOLDER) {
        let event = InboundEvent::parse(&bytes).unwrap();
        let calls: Vec<InboundPart> = match &event.kind {
            InboundKind::Message(message) => parts(&event, message, &OPTIONS, accepted()),
            _ => Vec::new(),
        };
        let shown = format!("{event:?} {calls:?} {:?}", typing(&event, accepted()));
        for private in ["5215512345678", "user-4711", "Ana", "https://", "agent", "billing", "Yes"]
        {
            assert!(!shown.contains(private), "{name} shows {private}: {shown}");
        }
    }
}

fn message_of(event: &InboundEvent) -> &Message {
    match &event.kind {
        InboundKind::Message(message) => message,
        _ => panic!("no message"),
    }
}

#[test]
fn ids_and_times_follow_the_event() {
    let event = InboundEvent::parse(&one(FOLDER, "message_history")).unwrap();
    let options = TextOptions { strip_html: true, max_length: 40 };
    let parts = parts(&event, message_of(&event), &options, accepted());
    let ids: Vec<&str> = parts.iter().map(|part| part.message_id.as_str()).collect();
    let history = ["m-1.history", "m-1.history.2", "m-1.history.3", "m-1.history.4"];
    assert_eq!(ids, [&history[..], &["m-1"]].concat());
    for (index, part) in parts.iter().enumerate() {
        assert_eq!(part.time.since(accepted()), i64::try_from(index).unwrap());
    }
}

#[test]
fn html_stays_when_it_is_not_to_be_stripped() {
    let event = InboundEvent::parse(&one(FOLDER, "message_html")).unwrap();
    let options = TextOptions { strip_html: false, max_length: 2000 };
    let parts = parts(&event, message_of(&event), &options, accepted());
    let body = json!(parts[0].call);
    assert!(body["text"].as_str().unwrap().starts_with("<p>Hello,<br>I &amp; my cat"));
}

#[test]
fn limits_are_in_characters() {
    let body = |id: &str, contact: &str| {
        json!({ "type": "typing", "id": id, "contact": { "id": contact } }).to_string()
    };
    assert!(InboundEvent::parse(body(&"é".repeat(128), &"é".repeat(256)).as_bytes()).is_ok());
    let errors = InboundEvent::parse(body(&"é".repeat(129), &"é".repeat(257)).as_bytes());
    assert_eq!(errors.unwrap_err().len(), 2);
}
