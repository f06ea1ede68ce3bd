//! What customers and agents say and do, as their vendors put it on the wire.

use std::sync::Arc;

use serde_json::{Value, json};
use shared::time::Timestamp;

use crate::callers::{self, Post};
use crate::configuration::genesys_integration;
use crate::genesys::conversation_id;
use crate::lock;
use crate::planted::{CONTACTS, name, word, words};
use crate::run::Simulation;
use crate::scenario::{Action, AgentWord, Word};

/// In a text: the other side refuses it for good.
pub(crate) const REFUSED: &str = "refuse-me";

/// What must be exercised of what people do, besides the faults.
pub(crate) fn wanted() -> Vec<String> {
    let customer = [
        Word::Text,
        Word::LongText,
        Word::Files,
        Word::Html,
        Word::Reply,
        Word::Button,
        Word::DatePick,
        Word::History,
        Word::Typing,
        Word::SessionStarted,
        Word::SessionEnded,
        Word::Refused,
        Word::RefusedAtItsEnd,
        Word::Again,
    ];
    let agent = [
        AgentWord::Text,
        AgentWord::BotText,
        AgentWord::QuickReplies,
        AgentWord::Carousel,
        AgentWord::Card,
        AgentWord::DatePicker,
        AgentWord::Template,
        AgentWord::Attachment,
        AgentWord::UnknownContent,
        AgentWord::UnknownType,
        AgentWord::Empty,
        AgentWord::Echo,
        AgentWord::Unaddressed,
        AgentWord::Unreadable,
        AgentWord::Typing,
        AgentWord::Ring,
        AgentWord::Answer,
        AgentWord::Leave,
        AgentWord::End,
        AgentWord::Refused,
        AgentWord::Again,
    ];
    let troubles = [
        "GenesysUnreachable",
        "GenesysHangs",
        "GenesysFails",
        "LynnUnreachable",
        "LynnHangs",
        "LynnFails",
        "StoreDown",
        "QueueDown",
        "SecretsDown",
        "RateLimit",
        "GenesysTokensRevoked",
        "LynnTokensRevoked",
        "WebhookSecretRotated",
        "LynnKeyRotated",
        "ClientSecretRotated",
        "LynnTokenSecretRotated",
        "PowerCut",
        "ProcessDies",
    ];
    let receipts = ["delivered", "read", "failed"].map(lynns_receipt);
    let receipts =
        receipts.into_iter().chain(["Published", "Delivered", "Failed"].map(genesys_receipt));
    customer
        .iter()
        .map(|word| format!("customer {word:?}"))
        .chain(receipts)
        .chain(agent.iter().map(|word| format!("agent {word:?}")))
        .chain(troubles.iter().map(|trouble| format!("trouble {trouble}")))
        .collect()
}

fn lynns_receipt(status: &str) -> String {
    format!("receipt {status} of Lynn's")
}

fn genesys_receipt(status: &str) -> String {
    format!("receipt {status} of Genesys'")
}

/// An instant as text.
pub(crate) fn instant(milliseconds: i64) -> String {
    Timestamp::from_milliseconds(milliseconds).to_text()
}

/// The id of what a customer does.
pub(crate) fn lynn_id(number: u32) -> String {
    format!("m-{number}")
}

/// The id of what an agent says.
pub(crate) fn genesys_id(number: u32) -> String {
    format!("g-out-{number}")
}

/// What Lynn posts when a customer does something.
pub(crate) fn customer(simulation: &Arc<Simulation>, action: &Action, what: Word) -> Post {
    let now = simulation.world.now();
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
        Word::Text | Word::Again => set(&mut body, json!({ "text": words(n, 2) })),
        Word::LongText => set(&mut body, json!({ "text": words(n, 30) })),
        Word::Html => set(
            &mut body,
            json!({ "text": format!("<p>{}</p><br><b>{}</b>", word(n, 0), word(n, 1)) }),
        ),
        Word::Files => {
            let file = |k| json!({ "mediaType": "image", "mime": "image/png", "url": format!("https://files.test/{}", word(n, k)) });
            set(&mut body, json!({ "text": word(n, 0), "attachments": [file(1), file(2)] }));
        }
        Word::Reply | Word::Button | Word::DatePick => {
            let kind = match what {
                Word::Button => "button",
                Word::DatePick => "datePicker",
                _ => "quickReply",
            };
            set(
                &mut body,
                json!({
                    "reply": { "to": "g-out-0", "kind": kind, "text": word(n, 0), "payload": "yes" },
                }),
            );
        }
        Word::History => {
            let line = |k, author| json!({ "author": author, "text": word(n, k), "time": instant(now - 60_000) });
            set(
                &mut body,
                json!({ "text": word(n, 0), "history": [line(1, "customer"), line(2, "bot")] }),
            );
        }
        Word::Refused => set(&mut body, json!({ "text": format!("{REFUSED} {}", word(n, 0)) })),
        Word::RefusedAtItsEnd => {
            set(&mut body, json!({ "text": format!("{} {REFUSED}", words(n, 30)) }));
        }
        Word::Typing => set(&mut body, json!({ "type": "typing" })),
        Word::SessionStarted => set(&mut body, json!({ "type": "session.started" })),
        Word::SessionEnded => {
            set(&mut body, json!({ "type": "session.ended", "reason": "timeout" }))
        }
    }
    Post::lynn(action.integration, lynn_id(n), &body)
}

/// The planted words of a message that the other side must see.
pub(crate) fn shown(action: &Action, what: Word) -> Vec<(u32, usize)> {
    let count = match what {
        Word::Text | Word::Again | Word::Html => 2,
        Word::LongText | Word::RefusedAtItsEnd => 30,
        Word::Files | Word::History => 3,
        Word::Reply | Word::Button | Word::DatePick | Word::Refused => 1,
        Word::Typing | Word::SessionStarted | Word::SessionEnded => 0,
    };
    (0..count).map(|n| (action.number, n)).collect()
}

/// A notification of Genesys' to a customer.
fn notification(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: usize,
    id: &str,
) -> Value {
    let time = simulation.world.now() + simulation.scenario.setup.genesys_skew;
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

/// What Genesys posts when an agent says something; `None` for what is no message.
pub(crate) fn agent(
    simulation: &Arc<Simulation>,
    action: &Action,
    what: AgentWord,
) -> Option<Post> {
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
        AgentWord::Text | AgentWord::BotText | AgentWord::Again => {
            say("Text", words(n, 2), Value::Null)
        }
        AgentWord::QuickReplies => say("Structured", word(n, 0), json!([reply(1), reply(2)])),
        AgentWord::Carousel => {
            let card =
                |k| json!({ "title": word(n, k), "description": word(n, k + 1), "actions": [] });
            say(
                "Structured",
                word(n, 0),
                json!([{ "contentType": "Carousel", "carousel": { "cards": [card(1), card(3)] } }]),
            );
        }
        AgentWord::Card => {
            let card = json!({ "title": word(n, 1), "description": word(n, 2), "actions": [] });
            say("Structured", word(n, 0), json!([{ "contentType": "Card", "card": card }]));
        }
        AgentWord::DatePicker => {
            let times = json!([{ "dateTime": "2026-11-23T10:00:00.000Z", "duration": 1800 }]);
            let picker = json!({ "title": word(n, 1), "availableTimes": times });
            say(
                "Structured",
                word(n, 0),
                json!([{ "contentType": "DatePicker", "datePicker": picker }]),
            );
        }
        AgentWord::Template => {
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
        AgentWord::Attachment => {
            let attachment = json!({ "mediaType": "Image", "url": format!("https://files.test/{}", word(n, 1)), "mime": "image/png", "id": "a-1" });
            say(
                "Text",
                word(n, 0),
                json!([{ "contentType": "Attachment", "attachment": attachment }]),
            );
        }
        AgentWord::UnknownContent => {
            say("Structured", word(n, 0), json!([{ "contentType": "Hologram", "hologram": {} }]))
        }
        AgentWord::UnknownType => say("Hologram", word(n, 0), Value::Null),
        AgentWord::Empty => say("Text", String::new(), Value::Null),
        AgentWord::Echo | AgentWord::Unaddressed | AgentWord::Unreadable => {
            say("Text", words(n, 2), Value::Null);
        }
        AgentWord::Refused => say("Text", format!("{REFUSED} {}", word(n, 0)), Value::Null),
        AgentWord::Typing => {
            body["type"] = json!("Event");
            body["events"] =
                json!([{ "eventType": "Typing", "typing": { "type": "On", "duration": 5000 } }]);
        }
        AgentWord::Ring | AgentWord::Answer | AgentWord::Leave | AgentWord::End => return None,
    }
    reroute(&mut body, what);
    let is_bot = what == AgentWord::BotText;
    if what != AgentWord::Typing {
        body["originatingEntity"] = json!(if is_bot { "Bot" } else { "Human" });
    }
    let contact = CONTACTS[action.contact % CONTACTS.len()];
    let id = {
        let mut state = lock(&simulation.genesys.state);
        let window = simulation.setup(action.integration).window_minutes;
        let conversation =
            state.conversations.entry((action.integration, contact.to_owned())).or_default();
        if !matches!(what, AgentWord::Typing | AgentWord::Echo) {
            conversation.enter(simulation.world.now(), window);
        }
        conversation_id(action.integration, contact, conversation.number)
    };
    body["conversationId"] = json!(id);
    let mut post = Post::genesys(action.integration, genesys_id(n), &body);
    if what == AgentWord::Unreadable {
        post.body.truncate(post.body.len() / 2);
    }
    Some(post)
}

/// Changes who writes to whom.
fn reroute(body: &mut Value, what: AgentWord) {
    let channel = &mut body["channel"];
    match what {
        AgentWord::Echo => {
            let (to, from) = (channel["to"].take(), channel["from"].take());
            channel["to"] = from;
            channel["from"] = to;
            body["direction"] = json!("Inbound");
        }
        AgentWord::Unaddressed => channel["to"] = Value::Null,
        _ => {}
    }
}

/// Whether Lynn is to see what an agent says.
pub(crate) fn is_shown(what: AgentWord) -> bool {
    !matches!(
        what,
        AgentWord::Typing
            | AgentWord::Ring
            | AgentWord::Answer
            | AgentWord::Leave
            | AgentWord::End
            | AgentWord::Echo
            | AgentWord::Unaddressed
            | AgentWord::Unreadable
    )
}

/// What an agent does besides talking: events of the conversation's life.
pub(crate) fn life(simulation: &Arc<Simulation>, action: &Action, what: AgentWord) {
    let (integration, contact) = (action.integration, action.contact % CONTACTS.len());
    let now = simulation.world.now() + simulation.scenario.setup.genesys_skew;
    let leg = format!("leg-{}", action.number);
    let events: Vec<(&str, Option<String>, &str)> = {
        let mut state = lock(&simulation.genesys.state);
        let key = (integration, CONTACTS[contact].to_owned());
        let Some(conversation) = state.conversations.get_mut(&key) else { return };
        if what == AgentWord::Answer {
            // Who takes up a conversation that is over opens it without a word.
            conversation.enter(now, simulation.setup(integration).window_minutes);
        }
        if !conversation.open {
            return;
        }
        match what {
            AgentWord::Ring => {
                conversation.ring = Some(leg.clone());
                vec![("user.start", Some(leg), "")]
            }
            AgentWord::Answer => {
                let rung = conversation.ring.take();
                conversation.agent_since = Some(now);
                let ring = rung.is_none().then(|| ("user.start", Some(leg.clone()), ""));
                conversation.ring = Some(rung.unwrap_or(leg));
                ring.into_iter().chain([("acd.end", Some("acd".to_owned()), "TRANSFER")]).collect()
            }
            AgentWord::Leave => {
                conversation.agent_since = None;
                conversation
                    .ring
                    .take()
                    .map(|leg| ("user.end", Some(leg), "PEER"))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    };
    for (place, (kind, leg, disconnect)) in (0_i64..).zip(events) {
        tell(simulation, (integration, contact), (kind, now + place), (leg, disconnect));
    }
    if what == AgentWord::End {
        end(simulation, integration, contact, "PEER");
    }
}

/// A conversation ends.
pub(crate) fn end(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: usize,
    why: &'static str,
) {
    let now = simulation.world.now();
    let at = now + simulation.scenario.setup.genesys_skew;
    let agent = {
        let mut state = lock(&simulation.genesys.state);
        let key = (integration, CONTACTS[contact % CONTACTS.len()].to_owned());
        let Some(conversation) = state.conversations.get_mut(&key).filter(|known| known.open)
        else {
            return;
        };
        conversation.open = false;
        conversation.ends += 1;
        conversation.ended_at = at;
        conversation.end_type = why;
        conversation.agent_since = None;
        conversation.ring.take()
    };
    if let Some(leg) = agent {
        tell(simulation, (integration, contact), ("user.end", at), (Some(leg), why));
    }
    tell(
        simulation,
        (integration, contact),
        ("customer.end", at),
        (Some("customer".to_owned()), why),
    );
}

fn tell(
    simulation: &Arc<Simulation>,
    (integration, contact): (usize, usize),
    (kind, at): (&str, i64),
    (leg, disconnect): (Option<String>, &str),
) {
    let contact = CONTACTS[contact % CONTACTS.len()];
    let number = lock(&simulation.genesys.state)
        .conversations
        .get(&(integration, contact.to_owned()))
        .map_or(0, |conversation| conversation.number);
    let id = conversation_id(integration, contact, number);
    let mut body = json!({
        "eventTime": at, "conversationId": id, "mediaType": "MESSAGE", "messageType": "OPEN",
        "addressFrom": contact, "addressTo": genesys_integration(integration),
    });
    if let Some(leg) = leg {
        body["participantId"] = json!(leg);
    }
    if !disconnect.is_empty() {
        body["disconnectType"] = json!(disconnect);
    }
    let topic = format!("v2.detail.events.conversation.{id}.{kind}");
    let event =
        json!({ "detail-type": topic, "detail": { "topicName": topic, "eventBody": body } });
    callers::event(simulation, integration, &event);
}

/// Genesys tells what became of a customer's message.
pub(crate) fn receipts(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: &str,
    (own, bridges): (&str, &str),
) {
    let mut statuses = vec![("Published", 20)];
    let further = [None, None, None, Some("Delivered"), Some("Delivered"), Some("Failed")];
    let further = simulation.world.random(|random| random.pick(&further)).flatten();
    statuses.extend(further.map(|status| (status, 900)));
    let place = CONTACTS.iter().position(|known| *known == contact).unwrap_or_default();
    for (status, after) in statuses {
        lock(&simulation.world.coverage).count(genesys_receipt(status));
        let mut body = notification(simulation, integration, place, own);
        body["type"] = json!("Receipt");
        body["status"] = json!(status);
        body["isFinalReceipt"] = json!(status != "Published");
        if simulation.scenario.setup.receipts_name_both {
            body["channel"]["messageId"] = json!(bridges);
        }
        let post = Post::genesys(integration, format!("{own}#{}", status.to_lowercase()), &body);
        callers::post_later(simulation, post, after);
    }
}

/// Lynn tells what became of an agent's message.
pub(crate) fn lynn_receipts(
    simulation: &Arc<Simulation>,
    integration: usize,
    contact: &str,
    id: &str,
) {
    let number = lock(&simulation.posts).len();
    let words = ["delivered", "delivered", "read", "read", "failed"];
    let status = simulation.world.random(|random| random.pick(&words)).unwrap_or_default();
    lock(&simulation.world.coverage).count(lynns_receipt(status));
    let mut body = json!({
        "type": "receipt", "id": format!("r-{number}-{id}"), "messageId": id, "status": status,
        "time": instant(simulation.world.now()), "contact": { "id": contact },
    });
    if status == "failed" {
        body["reason"] = json!({ "code": "unreachable", "message": "no such number" });
    }
    callers::post_later(
        simulation,
        Post::lynn(integration, format!("r-{number}-{id}"), &body),
        400,
    );
}
