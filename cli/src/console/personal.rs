//! Ids of contacts and texts, when the operator asks for them.
//!
//! Rule: each look is recorded before it is answered.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::history::Stored;
use super::letters;
use super::query::{Answer, Refused};
use super::state::Console;
use crate::operator::dead_letters::letters::Letter;

/// The most contacts of one look: those of one piece of a list.
const CONTACTS: usize = 100;

/// What is to be shown.
#[derive(Debug, Deserialize)]
#[serde(
    tag = "what",
    deny_unknown_fields,
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Show {
    /// The ids of these contacts.
    Contacts { contacts: Vec<Known> },
    /// The contact of a conversation, and the texts that are still kept.
    Conversation(Known),
    /// The event of a dead letter.
    DeadLetter { integration: String, sort: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Known {
    integration: String,
    contact_fingerprint: String,
}

pub async fn show(console: &Console, wanted: Show) -> Answer {
    match wanted {
        Show::Contacts { contacts } => list(console, &contacts).await,
        Show::Conversation(known) => conversation(console, &known).await,
        Show::DeadLetter { integration, sort } => letter(console, &integration, &sort).await,
    }
}

async fn list(console: &Console, contacts: &[Known]) -> Answer {
    if contacts.len() > CONTACTS {
        return Err(Refused::wrong(format!("contacts: at most {CONTACTS}")));
    }
    let (mut shown, mut fingerprints) = (Vec::new(), Vec::new());
    for Known { integration, contact_fingerprint } in contacts {
        let Ok(key) = console.conversation(integration, contact_fingerprint).await else {
            continue;
        };
        fingerprints.push(contact_fingerprint);
        shown.push(json!({ "integration": integration, "contactFingerprint": contact_fingerprint,
                           "contact": key.contact }));
    }
    let line =
        json!({ "what": "contacts", "count": shown.len(), "contactFingerprints": fingerprints });
    console.audit.add("shown", &line)?;
    Ok(json!({ "contacts": shown }))
}

async fn conversation(console: &Console, known: &Known) -> Answer {
    let Known { integration, contact_fingerprint } = known;
    let key = console.conversation(integration, contact_fingerprint).await?;
    let stored = Stored::read(console, key).await?;
    let reading = console.letters().await?;
    let mut texts = Map::new();
    for letter in stored.letters(&reading.value) {
        if let Some(record) = &letter.record {
            texts.insert(record.sort.clone(), body(console, letter).await?);
        }
    }
    for one in stored.waiting.iter().flatten() {
        if let Some(event) = &one.event {
            let whole = serde_json::to_value(event).unwrap_or_default();
            texts.insert(event.dedup_key.record(one.direction), told(whole));
        }
    }
    let line = json!({ "what": "conversation", "integration": integration,
                       "contactFingerprint": contact_fingerprint, "texts": texts.len() });
    console.audit.add("shown", &line)?;
    Ok(json!({
        "contact": stored.key.contact,
        "conversation": stored.entry.as_ref().map(|entry| entry.to_json(true)),
        "texts": texts,
    }))
}

async fn letter(console: &Console, integration: &str, sort: &str) -> Answer {
    let reading = console.letters().await?;
    let letter = letters::find(&reading.value, integration, sort)?;
    let shown = body(console, letter).await?;
    let fingerprint = letter.kept.subject.as_ref().map(|subject| &subject.fingerprint);
    let line = json!({ "what": "deadLetter", "integration": integration, "deadLetter": letter.id,
                       "contactFingerprint": fingerprint });
    console.audit.add("shown", &line)?;
    Ok(json!({ "contact": letter.contact, "event": shown }))
}

/// The event of a letter, with its text in front.
async fn body(console: &Console, letter: &Letter) -> anyhow::Result<Value> {
    let body = letter.kept.body(console.installation.store()).await?;
    Ok(match body {
        Some(body) => told(serde_json::from_str(&body).unwrap_or(Value::String(body))),
        None => json!({ "text": null, "event": null }),
    })
}

fn told(mut event: Value) -> Value {
    // The webhook of Genesys Cloud is kept as it came: a text.
    for pointer in ["/payload/data", "/payload/data/receipt"] {
        if let Some(data) = event.pointer_mut(pointer)
            && let Some(parsed) = data.as_str().and_then(|text| serde_json::from_str(text).ok())
        {
            *data = parsed;
        }
    }
    json!({ "text": event.pointer("/payload/data").and_then(text), "event": event })
}

/// The first text of a message, at any depth.
fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Object(fields) => {
            fields.get("text").and_then(Value::as_str).or_else(|| fields.values().find_map(text))
        }
        Value::Array(items) => items.iter().find_map(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_both_vendors_is_found() {
        let lynn = json!({ "payload": { "kind": "lynn", "data": { "id": "m-1",
            "kind": { "message": { "text": "Hello" } } } } });
        assert_eq!(told(lynn)["text"], "Hello");
        let webhook = json!({ "id": "g-1", "text": "Good morning" }).to_string();
        let genesys = json!({ "payload": { "kind": "genesys", "data": webhook } });
        let told_of = told(genesys);
        assert_eq!(told_of["text"], "Good morning");
        assert_eq!(told_of["event"]["payload"]["data"]["id"], "g-1");
        assert_eq!(told(json!({ "payload": { "kind": "deadline" } }))["text"], Value::Null);
    }
}
