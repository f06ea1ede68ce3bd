//! The events of customers and agents: every kind in turn, and the expected result on the other
//! side.

use serde_json::{Value, json};
use simulators::{Delivery, GenesysSimulator};

/// A customer's event, and the keys by which it is expected at Genesys; none if it may be dropped
/// or has no effect.
pub struct Said {
    pub event: Value,
    pub expected: Vec<String>,
}

/// The earlier event that a customer's event answers.
pub enum Answered {
    None,
    /// An agent's message: with a receipt.
    Message,
    /// A bot's choice: with a reply.
    Choice,
}

/// The earlier event that the customer's event with this number answers.
pub fn answered(number: usize) -> Answered {
    match number % 12 {
        3 | 8 => Answered::Message,
        4 => Answered::Choice,
        _ => Answered::None,
    }
}

/// Whether the event with this number on the other side is a choice.
pub fn is_choice(number: usize) -> bool {
    number.is_multiple_of(8)
}

/// The customer's event with this number; `answer` is the message that it answers, if there is one.
pub fn customer(contact: &str, number: usize, answer: Option<String>) -> Said {
    let id = format!("m-{number}");
    let part = |part: usize| match part {
        1 => format!("message {id}"),
        _ => format!("message {id}.{part}"),
    };
    let with = |kind: &str, more: Value| {
        let mut event = json!({ "type": kind, "id": id, "contact": { "id": contact },
            "session": { "id": format!("session-{contact}"), "channel": "web" } });
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        event
    };
    let said = |event: Value, expected: Vec<String>| Said { event, expected };
    match (number % 12, answer) {
        (0, _) => {
            said(with("message", json!({ "text": "long ".repeat(500) })), vec![part(1), part(2)])
        }
        (1, _) => {
            let attachment = |name: &str| {
                json!({ "mediaType": "image", "mime": "image/png",
                "url": format!("https://example.com/{name}.png"), "filename": format!("{name}.png") })
            };
            let attachments = json!([attachment("one"), attachment("two")]);
            let event = with("message", json!({ "text": "Look", "attachments": attachments }));
            said(event, vec![part(1), part(2), part(3)])
        }
        (2 | 7, _) => said(with("typing", json!({})), Vec::new()),
        (3 | 8, Some(answer)) => {
            let expected = vec![format!("receipt {answer}")];
            said(with("receipt", json!({ "messageId": answer, "status": "delivered" })), expected)
        }
        (4, Some(answer)) => {
            let reply =
                json!({ "to": answer, "kind": "quickReply", "text": "Yes", "payload": "yes" });
            said(with("message", json!({ "reply": reply })), vec![part(1)])
        }
        (5, _) => said(with("session.started", json!({})), Vec::new()),
        _ => said(with("message", json!({ "text": format!("Message {number}") })), vec![part(1)]),
    }
}

/// An agent or a bot sends the event with this number. `None` if it may be dropped.
pub async fn agent(genesys: &GenesysSimulator, contact: &str, number: usize) -> Option<Delivery> {
    match number % 8 {
        0 => {
            let options = [("Yes", "yes"), ("No", "no")];
            Some(genesys.bot_sends_quick_replies(contact, "Proceed?", &options).await)
        }
        1 => {
            let action = json!({ "type": "Postback", "text": "Take it", "payload": "take" });
            let cards = json!([ { "title": "Basic", "actions": [action] } ]);
            Some(genesys.bot_sends_carousel(contact, "Our plans", cards).await)
        }
        2 => {
            let (name, url) = ("bill.pdf", "https://example.com/bill.pdf");
            let mime = "application/pdf";
            Some(
                genesys
                    .agent_sends_attachment(contact, Some("Here"), "File", mime, name, url)
                    .await,
            )
        }
        3 => {
            genesys.agent_types(contact, 5000).await;
            None
        }
        _ => Some(genesys.agent_says(contact, &format!("Answer {number}")).await),
    }
}
