//! Parses a notification with wrong values as far as possible: an object where text is expected, a
//! duplicate key.
//!
//! Rule: a wrong value is removed, and its key at the top level is noted. A message that lacks text
//! or content because of it is marked as damaged, not shown as complete.

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::OutboundNotification;

/// The most values removed; a notification with more is refused.
const MOST: usize = 16;
/// The keys of a message's text and content.
const SAYING: [&str; 2] = ["text", "content"];

/// The notification without the wrong values; `None` when nothing readable is left.
pub(super) fn salvaged(bytes: &[u8]) -> Option<OutboundNotification> {
    let mut value: Value = serde_json::from_slice(bytes).ok().filter(Value::is_object)?;
    let mut is_damaged = false;
    for _ in 0..MOST {
        match serde_path_to_error::deserialize::<_, OutboundNotification>(&value) {
            Ok(notification) => return Some(OutboundNotification { is_damaged, ..notification }),
            Err(error) => {
                let key = remove(&mut value, error.path())?;
                is_damaged |= SAYING.contains(&key.as_str());
            }
        }
    }
    None
}

/// Removes the value at a path, or the nearest existing object around it; returns its key at the
/// top level.
fn remove(value: &mut Value, path: &Path) -> Option<String> {
    let keys: Vec<&str> = path
        .iter()
        .map_while(|segment| match segment {
            Segment::Map { key } => Some(key.as_str()),
            _ => None,
        })
        .collect();
    let top = keys.first()?;
    for depth in (1..=keys.len()).rev() {
        let (last, around) = keys.get(..depth)?.split_last()?;
        let place = around.iter().try_fold(&mut *value, |place, key| place.get_mut(*key));
        let object = place.and_then(Value::as_object_mut);
        if object.and_then(|object| object.remove(*last)).is_some() {
            return Some((*top).to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn whole() -> Value {
        json!({
            "id": "g-1", "type": "Text", "direction": "Outbound", "originatingEntity": "Human", "conversationId": "c-1",
            "channel": { "id": "i-1", "messageId": "g-1", "to": { "id": "ana", "idType": "Opaque" },
                         "from": { "id": "i-1" }, "time": "2026-03-04T05:06:09.427Z" },
            "text": "Hi", "content": [], "reasons": [],
        })
    }

    fn read(body: &Value) -> OutboundNotification {
        OutboundNotification::parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_does_not_matter_to_the_text_costs_nothing() {
        for (place, wrong) in [
            ("/channel/from", json!("x")),
            ("/channel/time", json!([])),
            ("/channel/id", json!({})),
            ("/channel/to/idType", json!([1])),
            ("/reasons", json!("x")),
            ("/reasons", json!([1])),
            ("/conversationId", json!({})),
            ("/originatingEntity", json!([])),
            ("/direction", json!({})),
        ] {
            let mut body = whole();
            *body.pointer_mut(place).unwrap() = wrong;
            let read = read(&body);
            assert_eq!(read.text.as_deref(), Some("Hi"), "{place}");
            assert_eq!(read.channel.to.id.unwrap().as_str(), "ana", "{place}");
            assert!(!read.is_damaged, "{place}");
        }
    }

    #[test]
    fn a_message_that_lacks_what_it_says_is_damaged() {
        for (key, wrong) in [("text", json!({})), ("text", json!(["x"])), ("content", json!("x"))] {
            let mut body = whole();
            body[key] = wrong;
            let read = read(&body);
            assert!(read.is_damaged, "{key}");
            assert_eq!(read.id.unwrap().as_str(), "g-1");
        }
    }

    #[test]
    fn a_key_that_comes_twice_and_a_mark_at_the_start_are_read() {
        let body = whole().to_string().replacen('{', "\u{feff}{\"text\":\"before\",", 1);
        let read = OutboundNotification::parse(body.as_bytes()).unwrap();
        assert_eq!(read.text.as_deref(), Some("Hi"));
    }
}
