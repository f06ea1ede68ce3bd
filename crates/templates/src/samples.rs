//! Sample events of each type to Lynn, with which templates are tried.
//!
//! A new type of event is one row of [`samples`].

use serde_json::Value;
use shared::contact::IdType;
use shared::ids::{ContactId, GenesysConversationId, IntegrationName, LynnEventId};
use shared::lynn::outbound::{
    AuthorKind, AvailableTime, Card, CardAction, CardActionKind, DatePicker, EndReason, Envelope,
    OutboundAgent, OutboundAttachment, OutboundBody, OutboundContact, OutboundEvent,
    OutboundMediaType, OutboundMessage, OutboundQueue, OutboundReason, OutboundReceipt,
    OutboundReceiptStatus, OutboundSession, QuickReply, Template,
};
use shared::time::Timestamp;

/// A sample event.
pub struct Sample {
    /// The type of the event.
    pub kind: &'static str,
    /// What is particular about it.
    pub name: &'static str,
    pub event: Value,
}

/// The samples, several of a type whose content varies.
pub fn samples(integration: &str) -> Vec<Sample> {
    let rows = [
        ("a text of an agent", agents_text()),
        ("a text of an agent who is not known", message(AuthorKind::Agent, Some("Good morning"))),
        ("a text of a bot", message(AuthorKind::Bot, Some("Good morning"))),
        ("a file", file()),
        ("quick replies", quick_replies()),
        ("a card", card()),
        ("a date picker", date_picker()),
        ("a template of a canned response", canned_response()),
        ("typing", OutboundBody::Typing { duration_ms: 5000 }),
        ("published", receipt(OutboundReceiptStatus::Published, false)),
        ("delivered", receipt(OutboundReceiptStatus::Delivered, true)),
        ("read", receipt(OutboundReceiptStatus::Read, true)),
        ("failed", receipt(OutboundReceiptStatus::Failed, true)),
        ("an agent came", OutboundBody::AgentConnected { agent: agent() }),
        ("an agent came who is not known", OutboundBody::AgentConnected { agent: None }),
        ("an agent left", OutboundBody::AgentDisconnected { agent: agent() }),
        ("the customer waits", OutboundBody::Queued { queue: queue() }),
        ("an end that can be resumed", ended(EndReason::Agent, Some(at()))),
        ("an end for good", ended(EndReason::Timeout, None)),
    ];
    let rows = rows.into_iter().zip(1..).map(|((name, body), sequence)| {
        let kind = body.type_word();
        let event = OutboundEvent::new(envelope(integration, sequence), body);
        // An event of this crate can always be written as JSON.
        Sample { kind, name, event: serde_json::to_value(&event).unwrap_or_default() }
    });
    rows.collect()
}

/// What [`samples`] leaves out although it occurs: events of a customer without a session or a
/// known conversation, and texts of two lines. A template that fails on one of them works for many
/// tenants nevertheless.
pub fn rare_samples(integration: &str) -> Vec<Sample> {
    let mut rare = Vec::new();
    for Sample { kind, event, .. } in samples(integration) {
        let mut without = event.clone();
        without["conversationId"] = Value::Null;
        without["session"]["id"] = Value::Null;
        without["session"]["channel"] = Value::Null;
        rare.push(Sample {
            kind,
            name: "without session.id, session.channel and conversationId",
            event: without,
        });
        if event["text"].is_string() {
            let mut lines = event;
            lines["text"] = Value::from("Good morning\nHow can I help?");
            lines["fallbackText"] = lines["text"].clone();
            rare.push(Sample { kind, name: "a text of two lines", event: lines });
        }
    }
    rare
}

fn at() -> Timestamp {
    Timestamp::from_milliseconds(1_795_341_600_000)
}

fn envelope(integration: &str, sequence: u64) -> Envelope {
    Envelope {
        id: format!("sample-{sequence}"),
        time: at(),
        sequence,
        integration: IntegrationName::new(integration),
        conversation_id: Some(GenesysConversationId::new("5d0d331e-6a0b-4b55-8b55-5d6b0f2a1c11")),
        contact: OutboundContact { id: ContactId::new("5215512345678"), id_type: IdType::Phone },
        session: OutboundSession {
            id: Some("session-1".to_owned()),
            channel: Some("whatsapp".to_owned()),
            active: true,
        },
    }
}

fn plain(author: AuthorKind, text: Option<&str>, fallback: &str) -> OutboundMessage {
    OutboundMessage {
        author,
        agent: None,
        text: text.map(str::to_owned),
        fallback_text: fallback.to_owned(),
        attachments: Vec::new(),
        quick_replies: Vec::new(),
        cards: Vec::new(),
        date_picker: None,
        template: None,
        unsupported: Vec::new(),
    }
}

fn body(message: OutboundMessage) -> OutboundBody {
    OutboundBody::Message(Box::new(message))
}

fn message(author: AuthorKind, text: Option<&str>) -> OutboundBody {
    body(plain(author, text, text.unwrap_or_default()))
}

fn agents_text() -> OutboundBody {
    let message = plain(AuthorKind::Agent, Some("Good morning"), "Good morning");
    body(OutboundMessage { agent: agent(), ..message })
}

fn agent() -> Option<OutboundAgent> {
    let id = "b3f1c2d4-0a1b-4c5d-8e9f-001122334455";
    Some(OutboundAgent { id: Some(id.to_owned()), name: Some("Maria".to_owned()) })
}

fn queue() -> Option<OutboundQueue> {
    let id = "0f6e1c77-51f4-4c4e-9d0b-0b8f7b0f8a11";
    Some(OutboundQueue { id: Some(id.to_owned()), name: Some("Support".to_owned()) })
}

fn file() -> OutboundBody {
    let attachment = OutboundAttachment {
        id: Some("file-1".to_owned()),
        media_type: OutboundMediaType::Image,
        mime: "image/png".to_owned(),
        url: "https://files.example.com/bill.png".to_owned(),
        filename: Some("bill.png".to_owned()),
        caption: None,
        size_bytes: Some(5120),
    };
    let message = plain(AuthorKind::Agent, None, "https://files.example.com/bill.png");
    body(OutboundMessage { attachments: vec![attachment], ..message })
}

fn quick_replies() -> OutboundBody {
    let reply = |text: &str, payload: &str| QuickReply {
        text: text.to_owned(),
        payload: payload.to_owned(),
        image_url: None,
    };
    let quick_replies = vec![reply("Yes", "yes"), reply("No", "no")];
    let message = plain(AuthorKind::Bot, Some("Proceed?"), "Proceed?\n1. Yes\n2. No");
    body(OutboundMessage { quick_replies, ..message })
}

fn card() -> OutboundBody {
    let action = CardAction {
        kind: CardActionKind::Link,
        text: Some("Details".to_owned()),
        payload: None,
        url: Some("https://shop.example.com/7".to_owned()),
    };
    let card = Card {
        title: Some("Plan 7".to_owned()),
        description: Some("Calls and data".to_owned()),
        image_url: None,
        video_url: None,
        actions: vec![action],
        default_action: None,
    };
    let message = plain(AuthorKind::Bot, None, "Plan 7\nCalls and data\n1. Details");
    body(OutboundMessage { cards: vec![card], ..message })
}

fn date_picker() -> OutboundBody {
    let time = AvailableTime {
        date_time: "2026-11-23T10:00:00.000Z".to_owned(),
        duration_seconds: Some(1800),
    };
    let date_picker = DatePicker {
        id: Some("picker-1".to_owned()),
        title: Some("When?".to_owned()),
        subtitle: None,
        image_url: None,
        date_minimum: None,
        date_maximum: None,
        date_display_format: None,
        location: None,
        available_times: vec![time],
    };
    let message = plain(AuthorKind::Bot, None, "When?\n1. 2026-11-23 10:00");
    body(OutboundMessage { date_picker: Some(date_picker), ..message })
}

fn canned_response() -> OutboundBody {
    let template = Template {
        id: Some("welcome".to_owned()),
        language: Some("en_US".to_owned()),
        header: None,
        body: Some("Good morning".to_owned()),
        footer: None,
        buttons: Vec::new(),
    };
    let message = plain(AuthorKind::Agent, None, "Good morning");
    body(OutboundMessage { template: Some(template), ..message })
}

fn receipt(status: OutboundReceiptStatus, is_final: bool) -> OutboundBody {
    let reason = OutboundReason {
        code: Some("GeneralError".to_owned()),
        message: Some("The message was refused.".to_owned()),
    };
    let reasons = if status == OutboundReceiptStatus::Failed { vec![reason] } else { Vec::new() };
    let message_id = LynnEventId::new("m-1");
    OutboundBody::Receipt(OutboundReceipt { message_id, status, is_final, reasons })
}

fn ended(reason: EndReason, resumable_until: Option<Timestamp>) -> OutboundBody {
    OutboundBody::ConversationEnded { reason, resumable_until }
}
