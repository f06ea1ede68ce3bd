//! A word that must not show: it replaces every value of an input that can contain a person's
//! words.

use std::fmt::Debug;

use serde_json::Value;

const WORD: &str = "planted-word-4711";

/// Fields with a vendor's own words or ids, which a log may show.
const SHOWN: [&str; 26] = [
    "contentType",
    "conversationId",
    "direction",
    "eventType",
    "id",
    "idType",
    "integration",
    "kind",
    "mediaType",
    "messageId",
    "mime",
    "originatingEntity",
    "status",
    "to",
    "type",
    "code",
    "channel",
    "confirmed",
    "sessionId",
    "participantId",
    "language",
    "dateTime",
    "contextId",
    "key",
    "namespace",
    "value",
];

/// The same JSON with the word in place of every text that is not one of the vendor's own; `None`
/// if the input is not JSON.
pub(crate) fn with_canary(json: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(json).ok()?;
    insert_canary(&mut value);
    serde_json::to_vec(&value).ok()
}

fn insert_canary(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if !SHOWN.contains(&key.as_str()) && !text.is_empty() => {
                        *text = format!("https://example.com/{WORD}");
                    }
                    Value::String(_) => {}
                    other => insert_canary(other),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(insert_canary),
        _ => {}
    }
}

/// Panics when `Debug` shows the word.
pub(crate) fn hides(what: &impl Debug) {
    let shown = format!("{what:?}{what:#?}");
    assert!(!shown.contains(WORD), "Debug shows a person's words: {shown}");
}
