//! Tests the conversion of Genesys' notifications to events for Lynn.

use convert::{is_deliverable, message, outbound_receipt, typing_duration};
use serde_json::{Value, json};
use shared::contact::IdType;
use shared::genesys::outbound::OutboundNotification;
use shared::ids::{ContactId, GenesysIntegrationId, IntegrationName, LynnEventId};
use shared::lynn::outbound::{
    EndReason, Envelope, OutboundBody, OutboundContact, OutboundEvent, OutboundSession,
};
use shared::time::Timestamp;

use crate::fixtures::{all, one};

const FOLDER: &str = "genesys/outbound";

fn integration() -> GenesysIntegrationId {
    GenesysIntegrationId::new("73cb7fb7-c2db-4996-88f3-0a83a4fea1da")
}

/// All results of the conversion of a notification.
pub fn converted(notification: &OutboundNotification) -> Value {
    let contact = notification.contact(&integration());
    let receipt = outbound_receipt(notification, LynnEventId::new("m-1"));
    let body = notification.is_message().then(|| message(notification));
    json!({
        "about": {
            "id": notification.id,
            "type": notification.kind.as_str(),
            "conversationId": notification.conversation_id,
            "time": notification.channel.time.map(|time| time.to_text()),
            "contact": contact,
            "isEcho": notification.is_echo(),
            "isDeliverable": body.as_ref().map(is_deliverable),
        },
        "message": body,
        "receipt": receipt,
        "typingDurationMs": typing_duration(notification),
    })
}

#[test]
fn every_notification_is_converted() {
    for (name, bytes) in all(FOLDER) {
        let notification = OutboundNotification::parse(&bytes).unwrap();
        insta::assert_json_snapshot!(format!("genesys_{name}"), converted(&notification));
    }
}

#[test]
fn an_error_says_where_and_not_what() {
    for (body, path) in
        [(r#"["secret"]"#, "."), ("secret", "."), ("", "."), (r#"{"id": "a"} secret"#, ".")]
    {
        let error = OutboundNotification::parse(body.as_bytes()).unwrap_err();
        assert_eq!(error.path, path, "{body}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

/// A link that would act on the customer's device must not reach Lynn in any form.
#[test]
fn only_links_that_lead_somewhere_are_passed_on() {
    let notification =
        OutboundNotification::parse(&one(FOLDER, "links_that_lead_nowhere")).unwrap();
    let message = message(&notification);
    let text = serde_json::to_string(&message).unwrap();
    for scheme in ["javascript:", "data:", "file:"] {
        assert!(!text.contains(scheme), "{text}");
    }
    let named = ["Attachment", "Image", "Video", "Card", "Location", "Notification", "RichLink"];
    for kind in named {
        assert!(message.unsupported.iter().any(|known| known == kind), "{kind}");
    }
    assert!(text.contains("tel:+5215512345678") && text.contains("mailto:a@example.com"));
}

/// Agents may write 4,000 characters on Open Messaging; the bridge must not cut them.
#[test]
fn an_agents_long_text_arrives_whole() {
    let mut body: Value = serde_json::from_slice(&one(FOLDER, "text")).unwrap();
    let text = "á".repeat(4_000);
    body["text"] = json!(text);
    let notification = OutboundNotification::parse(body.to_string().as_bytes()).unwrap();
    let message = message(&notification);
    assert_eq!(message.text.as_deref(), Some(text.as_str()));
    assert_eq!(message.fallback_text, text);
}

#[test]
fn nothing_private_shows_in_debug() {
    for (name, bytes) in all(FOLDER) {
        let notification = OutboundNotification::parse(&bytes).unwrap();
        let shown = format!("{notification:?} {:?}", message(&notification));
        for private in ["user-4711", "5215512345678", "https://", "Ana", "Yes", "Proceed", "Hi"] {
            assert!(!shown.contains(private), "{name} shows {private}: {shown}");
        }
    }
}

fn event(body: OutboundBody) -> OutboundEvent {
    let envelope = Envelope {
        id: "d7d5".to_owned(),
        time: Timestamp::from_milliseconds(1_795_341_600_000),
        sequence: 12,
        integration: IntegrationName::new("support"),
        conversation_id: None,
        contact: OutboundContact { id: ContactId::new("5215512345678"), id_type: IdType::Phone },
        session: OutboundSession {
            id: Some("3f0c".to_owned()),
            channel: Some("whatsapp".to_owned()),
            active: true,
        },
    };
    OutboundEvent::new(envelope, body)
}

#[test]
fn events_have_their_envelope() {
    let parse = |name| OutboundNotification::parse(&one(FOLDER, name)).unwrap();
    let receipt = outbound_receipt(&parse("receipt_failed"), LynnEventId::new("m-1")).unwrap();
    for (name, body) in [
        ("message", OutboundBody::Message(Box::new(message(&parse("quick_replies"))))),
        ("typing", OutboundBody::Typing { duration_ms: 5000 }),
        ("receipt", OutboundBody::Receipt(receipt)),
        ("agent_connected", OutboundBody::AgentConnected { agent: None }),
        (
            "ended",
            OutboundBody::ConversationEnded {
                reason: EndReason::Agent,
                resumable_until: Some(Timestamp::from_milliseconds(1_795_600_800_000)),
            },
        ),
        (
            "ended_for_good",
            OutboundBody::ConversationEnded { reason: EndReason::Timeout, resumable_until: None },
        ),
    ] {
        insta::assert_json_snapshot!(format!("event_{name}"), event(body));
    }
}
