//! Checks `conversation.ended` over time: an ended conversation does not end again before another
//! event, and it cannot be resumable until a time before its end.

use std::collections::HashMap;

use serde_json::Value;

use crate::clock;

/// By contact: integration and conversation of the last end. Any other event of the contact removes
/// the entry.
#[derive(Debug, Default)]
pub(super) struct Ends(HashMap<String, (Value, Value)>);

impl Ends {
    /// Checks an event that is accepted for the first time. Returns the problems.
    pub(super) fn accept(&mut self, contact: &str, body: &Value) -> Vec<String> {
        if body["type"] != "conversation.ended" {
            self.note_other(contact);
            return Vec::new();
        }
        let (integration, conversation) = (&body["integration"], &body["conversationId"]);
        let ended = (integration.clone(), conversation.clone());
        let mut problems = Vec::new();
        if self.0.insert(contact.to_owned(), ended.clone()).as_ref() == Some(&ended) {
            problems.push(format!(
                "conversation {conversation} of {contact} has ended twice with nothing in between"
            ));
        }
        let instant = |key: &str| body[key].as_str().and_then(clock::parse_instant);
        if let (Some(until), Some(time)) = (instant("resumableUntil"), instant("time"))
            && until < time
        {
            problems.push(format!(
                "conversation {conversation} of {contact} is resumable until {}, before its end at {}",
                body["resumableUntil"], body["time"]
            ));
        }
        problems
    }

    /// Records another event of a contact: a message of either side, or any other event.
    pub(super) fn note_other(&mut self, contact: &str) {
        self.0.remove(contact);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Ends;

    fn end(conversation: &str) -> Value {
        json!({
            "type": "conversation.ended", "integration": "support", "conversationId": conversation,
            "time": "2026-11-22T10:00:00.000Z", "resumableUntil": null,
        })
    }

    #[test]
    fn a_second_end_needs_something_before_it() {
        let mut ends = Ends::default();
        assert!(ends.accept("x", &end("c")).is_empty());
        assert!(ends.accept("y", &end("c")).is_empty(), "another contact");
        assert_eq!(ends.accept("x", &end("c")).len(), 1);
        assert_eq!(ends.accept("x", &end("c")).len(), 1);
        assert!(ends.accept("x", &end("d")).is_empty(), "another conversation");
        ends.note_other("x");
        assert!(ends.accept("x", &end("d")).is_empty());
        assert!(ends.accept("x", &json!({ "type": "message" })).is_empty());
        assert!(ends.accept("x", &end("d")).is_empty());
        assert_eq!(ends.accept("y", &end("c")).len(), 1, "others do not count");
    }

    #[test]
    fn nothing_is_resumable_until_before_its_end() {
        for (until, problems) in [
            (json!("2026-11-22T09:59:59.999Z"), 1),
            (json!("2026-11-22T10:00:00.000Z"), 0),
            (json!("2026-11-25T10:00:00.000Z"), 0),
            (Value::Null, 0),
        ] {
            let mut body = end("c");
            body["resumableUntil"] = until.clone();
            assert_eq!(Ends::default().accept("x", &body).len(), problems, "{until}");
        }
    }
}
