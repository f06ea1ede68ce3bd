//! The messages and actions of customers and agents, in the vendors' wire formats.

mod life;
mod receipts;
mod wanted;

use std::sync::Arc;

use serde_json::{Value, json};
use shared::time::Timestamp;

use crate::callers::Post;
use crate::canaries::{CONTACTS, name, word, words};
use crate::configuration::genesys_integration;
use crate::genesys::conversation_id;
use crate::lock;
use crate::run::Simulation;
use crate::scenario::{Action, AgentAct, CustomerAct};

pub(crate) use life::{end, life};
pub(crate) use receipts::{lynn_receipts, receipts};
pub(crate) use wanted::wanted;

/// A text with this word is refused for good by the other side.
pub(crate) const REFUSED: &str = "refuse-me";

pub(crate) fn instant(milliseconds: i64) -> String {
    Timestamp::from_milliseconds(milliseconds).to_text()
}

/// The id of a customer's action.
pub(crate) fn lynn_id(number: u32) -> String {
    format!("m-{number}")
}

/// The id of an agent's message.
pub(crate) fn genesys_id(number: u32) -> String {
    format!("g-out-{number}")
}

/// Lynn's post for an action of a customer.
pub(crate) fn customer(simulation: &Arc<Simulation>, action: &Action, what: CustomerAct) -> Post {
    let now = simulation.environment.now();
    let n = action.number;
    let mut body = json!({
        "type": "message",
        "id": lynn_id(n),
        "time": instant(now),
        "contact": {
            "id": CONTACTS[action.contact % CONTACTS.len()], "idType": "opaque",
            "nickname": name(n), "lynnContactId": "lynn-contact",
        },
        "session": { "id": "s-1", "channel": "whatsapp" },
    });
    let set = |body: &mut Value, changes: Value| {
        if let (Value::Object(body), Value::Object(changes)) = (body, changes) {
            body.extend(changes);
        }
    };
    match what {
        CustomerAct::Text | CustomerAct::Again => set(&mut body, json!({ "text": words(n, 2) })),
        CustomerAct::LongText => set(&mut body, json!({ "text": words(n, 30) })),
        CustomerAct::Html => set(
            &mut body,
            json!({ "text": format!("<p>{}</p><br><b>{}</b>", word(n, 0), word(n, 1)) }),
        ),
        CustomerAct::Files => {
            let file = |k| json!({ "mediaType": "image", "mime": "image/png", "url": format!("https://files.test/{}", word(n, k)) });
            set(&mut body, json!({ "text": word(n, 0), "attachments": [file(1), file(2)] }));
        }
        CustomerAct::Reply | CustomerAct::Button | CustomerAct::DatePick => {
            let kind = match what {
                CustomerAct::Button => "button",
                CustomerAct::DatePick => "datePicker",
                _ => "quickReply",
            };
            set(
                &mut body,
                json!({
                    "reply": { "to": "g-out-0", "kind": kind, "text": word(n, 0), "payload": "yes" },
                }),
            );
        }
        CustomerAct::History => {
            let line = |k, author| json!({ "author": author, "text": word(n, k), "time": instant(now - 60_000) });
            set(
                &mut body,
                json!({ "text": word(n, 0), "history": [line(1, "customer"), line(2, "bot")] }),
            );
        }
        CustomerAct::Refused => {
            set(&mut body, json!({ "text": format!("{REFUSED} {}", word(n, 0)) }))
        }
        CustomerAct::RefusedAtItsEnd => {
            set(&mut body, json!({ "text": format!("{} {REFUSED}", words(n, 30)) }));
        }
        CustomerAct::Typing => set(&mut body, json!({ "type": "typing" })),
        CustomerAct::SessionStarted => set(&mut body, json!({ "type": "session.started" })),
        CustomerAct::SessionEnded => {
            set(&mut body, json!({ "type": "session.ended", "reason": "timeout" }))
        }
    }
    Post::lynn(action.integration, lynn_id(n), &body)
}

/// The canaries of a message that the other side must see.
pub(crate) fn shown(action: &Action, what: CustomerAct) -> Vec<(u32, usize)> {
    let count = match what {
        CustomerAct::Text | CustomerAct::Again | CustomerAct::Html => 2,
        CustomerAct::LongText | CustomerAct::RefusedAtItsEnd => 30,
        CustomerAct::Files | CustomerAct::History => 3,
        CustomerAct::Reply | CustomerAct::Button | CustomerAct::DatePick | CustomerAct::Refused => {
            1
        }
        CustomerAct::Typing | CustomerAct::SessionStarted | CustomerAct::SessionEnded => 0,
    };
    (0..count).map(|n| (action.number, n)).collect()
}

/// A notification from Genesys to a customer.
fn notification(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: usize,
    id: &str,
) -> Value {
    let time = simulation.environment.now() + simulation.scenario.setup.genesys_skew;
    let integration = genesys_integration(integration);
    json!({
        "id": id,
        "direction": "Outbound",
        "channel": {
            "id": integration, "platform": "Open", "type": "Private", "messageId": id,
            "to": { "id": CONTACTS[contact % CONTACTS.len()], "idType": "Opaque" },
            "from": { "id": integration }, "time": instant(time),
        },
    })
}

/// Genesys' post for an action of an agent; `None` if the action is not a message.
pub(crate) fn agent(simulation: &Arc<Simulation>, action: &Action, what: AgentAct) -> Option<Post> {
    let n = action.number;
    let mut body = notification(simulation, action.integration, action.contact, &genesys_id(n));
    let mut say = |kind: &str, text: String, content: Value| {
        body["type"] = json!(kind);
        body["text"] = json!(text);
        if !content.is_null() {
            body["content"] = content;
        }
    };
    let reply = |k| json!({ "contentType": "QuickReply", "quickReply": { "text": word(n, k), "payload": "p", "action": "Message" } });
    match what {
        AgentAct::Text | AgentAct::BotText | AgentAct::Again => {
            say("Text", words(n, 2), Value::Null)
        }
        AgentAct::QuickReplies => say("Structured", word(n, 0), json!([reply(1), reply(2)])),
        AgentAct::Carousel => {
            let card =
                |k| json!({ "title": word(n, k), "description": word(n, k + 1), "actions": [] });
            say(
                "Structured",
                word(n, 0),
                json!([{ "contentType": "Carousel", "carousel": { "cards": [card(1), card(3)] } }]),
            );
        }
        AgentAct::Card => {
            let card = json!({ "title": word(n, 1), "description": word(n, 2), "actions": [] });
            say("Structured", word(n, 0), json!([{ "contentType": "Card", "card": card }]));
        }
        AgentAct::DatePicker => {
            let times = json!([{ "dateTime": "2026-11-23T10:00:00.000Z", "duration": 1800 }]);
            let picker = json!({ "title": word(n, 1), "availableTimes": times });
            say(
                "Structured",
                word(n, 0),
                json!([{ "contentType": "DatePicker", "datePicker": picker }]),
            );
        }
        AgentAct::Template => {
            let parameters = json!([{ "name": "1", "text": word(n, 1) }]);
            let body =
                json!({ "text": format!("{} {{{{1}}}}", word(n, 0)), "parameters": parameters });
            let template = json!({ "id": "t-1", "language": "es", "body": body });
            say(
                "Structured",
                String::new(),
                json!([{ "contentType": "Notification", "template": template }]),
            );
        }
        AgentAct::Attachment => {
            let attachment = json!({ "mediaType": "Image", "url": format!("https://files.test/{}", word(n, 1)), "mime": "image/png", "id": "a-1" });
            say(
                "Text",
                word(n, 0),
                json!([{ "contentType": "Attachment", "attachment": attachment }]),
            );
        }
        AgentAct::UnknownContent => {
            say("Structured", word(n, 0), json!([{ "contentType": "Hologram", "hologram": {} }]))
        }
        AgentAct::UnknownType => say("Hologram", word(n, 0), Value::Null),
        AgentAct::Empty => say("Text", String::new(), Value::Null),
        AgentAct::Echo | AgentAct::Unaddressed | AgentAct::Unreadable => {
            say("Text", words(n, 2), Value::Null);
        }
        AgentAct::Refused => say("Text", format!("{REFUSED} {}", word(n, 0)), Value::Null),
        AgentAct::Typing => {
            body["type"] = json!("Event");
            body["events"] =
                json!([{ "eventType": "Typing", "typing": { "type": "On", "duration": 5000 } }]);
        }
        AgentAct::Ring | AgentAct::Answer | AgentAct::Leave | AgentAct::End => return None,
    }
    reroute(&mut body, what);
    let is_bot = what == AgentAct::BotText;
    if what != AgentAct::Typing {
        body["originatingEntity"] = json!(if is_bot { "Bot" } else { "Human" });
    }
    let contact = CONTACTS[action.contact % CONTACTS.len()];
    let id = {
        let mut state = lock(&simulation.genesys.state);
        let window = simulation.setup(action.integration).window_minutes;
        let conversation =
            state.conversations.entry((action.integration, contact.to_owned())).or_default();
        if !matches!(what, AgentAct::Typing | AgentAct::Echo) {
            conversation.enter(simulation.environment.now(), window);
        }
        conversation_id(action.integration, contact, conversation.number)
    };
    body["conversationId"] = json!(id);
    let mut post = Post::genesys(action.integration, genesys_id(n), &body);
    if what == AgentAct::Unreadable {
        post.body.truncate(post.body.len() / 2);
    }
    Some(post)
}

/// Changes the sender and the recipient.
fn reroute(body: &mut Value, what: AgentAct) {
    let channel = &mut body["channel"];
    match what {
        AgentAct::Echo => {
            let (to, from) = (channel["to"].take(), channel["from"].take());
            channel["to"] = from;
            channel["from"] = to;
            body["direction"] = json!("Inbound");
        }
        AgentAct::Unaddressed => channel["to"] = Value::Null,
        _ => {}
    }
}

/// Whether Lynn must see the agent's action.
pub(crate) fn is_shown(what: AgentAct) -> bool {
    !matches!(
        what,
        AgentAct::Typing
            | AgentAct::Ring
            | AgentAct::Answer
            | AgentAct::Leave
            | AgentAct::End
            | AgentAct::Echo
            | AgentAct::Unaddressed
            | AgentAct::Unreadable
    )
}
