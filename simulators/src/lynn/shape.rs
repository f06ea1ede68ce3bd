//! Checks the shape of the bridge's posts: every event of the contract, field by field.

use serde_json::Value;

use crate::clock;

const ID_TYPES: [&str; 3] = ["phone", "email", "opaque"];
const MEDIA_TYPES: [&str; 5] = ["image", "video", "audio", "file", "link"];
const STATUSES: [&str; 4] = ["published", "delivered", "read", "failed"];
const END_REASONS: [&str; 4] = ["agent", "customer", "timeout", "system"];

/// Collects the problems of a body.
struct Check<'a> {
    body: &'a Value,
    problems: Vec<String>,
}

impl<'a> Check<'a> {
    fn new(body: &'a Value) -> Self {
        Self { body, problems: Vec::new() }
    }

    fn expect(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        if !holds {
            self.problems.push(problem());
        }
    }

    fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.body.pointer(pointer)
    }

    fn text(&mut self, pointer: &str) -> &'a str {
        let text = self.at(pointer).and_then(Value::as_str).unwrap_or_default();
        self.expect(!text.is_empty(), || format!("{pointer} must be a string that is not empty"));
        text
    }

    fn text_or_null(&mut self, pointer: &str) -> &'a str {
        let value = self.at(pointer).unwrap_or(&Value::Null);
        self.expect(value.is_null() || value.is_string(), || {
            format!("{pointer} must be a string or null")
        });
        value.as_str().unwrap_or_default()
    }

    fn word(&mut self, pointer: &str, allowed: &[&str]) {
        let word = self.text(pointer);
        self.expect(word.is_empty() || allowed.contains(&word), || {
            format!("{pointer} is {word:?}, not one of {allowed:?}")
        });
    }

    fn instant(&mut self, pointer: &str) {
        let text = self.text(pointer);
        self.expect(text.is_empty() || clock::parse_instant(text).is_some(), || {
            format!("{pointer} is {text:?}, not an instant in UTC")
        });
    }

    fn list(&mut self, pointer: &str) -> &'a [Value] {
        let list = self.at(pointer).and_then(Value::as_array);
        self.expect(list.is_some(), || format!("{pointer} must be an array"));
        list.map(Vec::as_slice).unwrap_or_default()
    }

    fn object_or_null(&mut self, pointer: &str) -> bool {
        let value = self.at(pointer).unwrap_or(&Value::Null);
        self.expect(value.is_null() || value.is_object(), || {
            format!("{pointer} must be an object or null")
        });
        value.is_object()
    }

    fn item(&mut self, list: &str, item: &Value, texts: &[&str]) {
        for key in texts {
            let is_text =
                item.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
            self.expect(is_text, || {
                format!("{list}: each needs {key:?} as a string that is not empty")
            });
        }
    }

    fn attachments(&mut self) -> bool {
        let attachments = self.list("/attachments");
        for attachment in attachments {
            self.item("/attachments", attachment, &["mediaType", "mime", "url"]);
            let media_type =
                attachment.get("mediaType").and_then(Value::as_str).unwrap_or_default();
            self.expect(media_type.is_empty() || MEDIA_TYPES.contains(&media_type), || {
                format!("/attachments: mediaType is {media_type:?}, not one of {MEDIA_TYPES:?}")
            });
        }
        !attachments.is_empty()
    }

    /// An agent or a queue: its id and its name, or null.
    fn named(&mut self, pointer: &str) {
        self.expect(self.at(pointer).is_some(), || format!("{pointer} is missing"));
        if self.object_or_null(pointer) {
            for key in ["id", "name"] {
                let pointer = format!("{pointer}/{key}");
                self.expect(self.at(&pointer).is_some(), || format!("{pointer} is missing"));
                self.text_or_null(&pointer);
            }
        }
    }

    fn message(&mut self) {
        self.word("/author", &["agent", "bot"]);
        self.named("/agent");
        let is_bot = self.at("/author").is_some_and(|author| author == "bot");
        self.expect(!is_bot || self.at("/agent").is_some_and(Value::is_null), || {
            "/agent of a bot must be null".to_owned()
        });
        let has_text = !self.text_or_null("/text").is_empty();
        let has_attachments = self.attachments();
        let quick_replies = self.list("/quickReplies");
        for reply in quick_replies {
            self.item("/quickReplies", reply, &["text", "payload"]);
        }
        let cards = self.list("/cards");
        for card in cards {
            self.expect(card.get("title").is_some(), || {
                "/cards: each needs a title, or null".to_owned()
            });
        }
        let has_date_picker = self.object_or_null("/datePicker");
        let has_template = self.object_or_null("/template");
        let unsupported = self.list("/unsupported");
        self.expect(unsupported.iter().all(Value::is_string), || {
            "/unsupported must name content kinds".to_owned()
        });
        let says = has_text
            || has_attachments
            || has_date_picker
            || has_template
            || !quick_replies.is_empty()
            || !cards.is_empty();
        self.expect(says || !unsupported.is_empty(), || "the message says nothing".to_owned());
        match self.at("/fallbackText") {
            Some(Value::String(text)) => {
                self.expect(!text.is_empty() || !says, || "/fallbackText says nothing".to_owned());
            }
            _ => self.problems.push("/fallbackText must be a string".to_owned()),
        }
    }

    fn receipt(&mut self) {
        self.text("/messageId");
        self.word("/status", &STATUSES);
        let is_final = self.at("/final");
        self.expect(is_final.is_some_and(Value::is_boolean), || {
            "/final must be true or false".to_owned()
        });
        for reason in self.list("/reasons") {
            let fits = reason.get("code").is_some_and(Value::is_string)
                && reason
                    .get("message")
                    .is_none_or(|message| message.is_string() || message.is_null());
            self.expect(fits, || {
                "/reasons: each needs a code, and a message that is a string".to_owned()
            });
        }
    }

    fn conversation_ended(&mut self) {
        self.word("/reason", &END_REASONS);
        if self.at("/resumableUntil").is_some_and(|value| !value.is_null()) {
            self.instant("/resumableUntil");
        }
    }

    fn envelope(&mut self) {
        self.text("/id");
        self.instant("/time");
        let sequence = self.at("/sequence").and_then(Value::as_u64);
        self.expect(sequence.is_some_and(|number| number > 0), || {
            "/sequence must be a whole number from 1".to_owned()
        });
        self.text("/integration");
        self.text_or_null("/conversationId");
        self.text("/contact/id");
        self.word("/contact/idType", &ID_TYPES);
        self.text_or_null("/session/id");
        self.text_or_null("/session/channel");
        let is_active = self.at("/session/active");
        self.expect(is_active.is_some_and(Value::is_boolean), || {
            "/session/active must be true or false".to_owned()
        });
    }
}

/// The problems of an event for the webhook; empty if there are none.
pub(super) fn event_problems(body: &Value) -> Vec<String> {
    let mut check = Check::new(body);
    check.envelope();
    match check.text("/type") {
        "message" => check.message(),
        "typing" => {
            let duration = check.at("/durationMs");
            check.expect(duration.is_some_and(Value::is_u64), || {
                "/durationMs must be a whole number".to_owned()
            });
        }
        "receipt" => check.receipt(),
        "conversation.agentConnected" | "conversation.agentDisconnected" => check.named("/agent"),
        "conversation.queued" => check.named("/queue"),
        "conversation.ended" => check.conversation_ended(),
        other => check.problems.push(format!("/type {other:?} is unknown")),
    }
    check.problems
}

/// The problems of a post for the proactive campaign; empty if there are none.
pub(super) fn proactive_problems(body: &Value) -> Vec<String> {
    let mut check = Check::new(body);
    check.text("/campaignId");
    check.text("/contactId");
    check.text_or_null("/lynnContactId");
    check.text_or_null("/channel");
    check.text_or_null("/text");
    check.attachments();
    let message = check.at("/message");
    check.expect(message.is_some_and(Value::is_object), || "/message must be an object".to_owned());
    check.problems
}

/// The problems of a probe. A probe names no contact and has no other fields.
pub(super) fn probe_problems(body: &Value) -> Vec<String> {
    const KEYS: [&str; 4] = ["type", "id", "time", "integration"];
    let mut check = Check::new(body);
    check.text("/id");
    check.instant("/time");
    check.text("/integration");
    let others = body.as_object().into_iter().flatten().map(|(key, _)| key);
    for key in others.filter(|key| !KEYS.contains(&key.as_str())) {
        check.problems.push(format!("/{key} has no place in a probe"));
    }
    check.problems
}

/// The identity by which two events are the same, whatever their webhook id.
pub(super) fn identity(body: &Value) -> String {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("/type");
    match kind {
        "receipt" => format!("{kind} {} {}", text("/messageId"), text("/status")),
        "typing" => format!("{kind} {} {}", text("/id"), text("/time")),
        "message" => format!("{kind} {}", text("/id")),
        _ => format!("{kind} {} {}", text("/conversationId"), text("/time")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{event_problems, proactive_problems, probe_problems};

    fn message() -> Value {
        json!({
            "type": "message", "id": "g-1", "time": "2026-11-22T10:00:00.000Z", "sequence": 12, "integration": "support",
            "conversationId": null,
            "contact": { "id": "5215512345678", "idType": "phone" },
            "session": { "id": "3f0c", "channel": "whatsapp", "active": true },
            "author": "agent", "agent": null, "text": "Proceed?", "fallbackText": "Proceed?\n1. Yes\n2. No",
            "attachments": [], "quickReplies": [ { "text": "Yes", "payload": "yes", "imageUrl": null } ],
            "cards": [], "datePicker": null, "template": null, "unsupported": []
        })
    }

    #[test]
    fn the_example_of_the_contract_fits() {
        assert_eq!(event_problems(&message()), Vec::<String>::new());
    }

    #[test]
    fn each_wrong_field_is_named() {
        let cases = [
            ("type", json!("presence"), "/type"),
            ("id", json!(""), "/id"),
            ("time", json!("yesterday"), "/time"),
            ("sequence", json!(0), "/sequence"),
            ("sequence", json!("1"), "/sequence"),
            ("integration", Value::Null, "/integration"),
            ("conversationId", json!(7), "/conversationId"),
            ("contact", json!({ "id": "x" }), "/contact/idType"),
            ("contact", json!({ "id": "x", "idType": "Phone" }), "/contact/idType"),
            ("session", Value::Null, "/session/active"),
            ("author", json!("Human"), "/author"),
            ("fallbackText", Value::Null, "/fallbackText"),
            ("fallbackText", json!(""), "/fallbackText"),
            (
                "attachments",
                json!([ { "mediaType": "Image", "mime": "image/png", "url": "https://x" } ]),
                "/attachments",
            ),
            ("attachments", Value::Null, "/attachments"),
            ("quickReplies", json!([ { "text": "Yes" } ]), "/quickReplies"),
            ("cards", json!([{}]), "/cards"),
            ("datePicker", json!("soon"), "/datePicker"),
            ("unsupported", json!([1]), "/unsupported"),
        ];
        for (key, value, named) in cases {
            let mut body = message();
            body[key] = value.clone();
            let problems = event_problems(&body);
            assert!(
                problems.iter().any(|problem| problem.starts_with(named)),
                "{key} = {value}: {problems:?}"
            );
        }
    }

    #[test]
    fn the_other_events_have_their_own_fields() {
        let of_type = |kind: &str, fields: Value| {
            let mut body = message();
            body["type"] = json!(kind);
            for key in [
                "author",
                "text",
                "fallbackText",
                "attachments",
                "quickReplies",
                "cards",
                "unsupported",
            ] {
                body.as_object_mut().expect("an object").remove(key);
            }
            for (key, value) in fields.as_object().expect("an object") {
                body[key] = value.clone();
            }
            event_problems(&body)
        };
        assert!(of_type("typing", json!({ "durationMs": 5000 })).is_empty());
        assert!(!of_type("typing", json!({})).is_empty());
        let receipt = json!({ "messageId": "m-1", "status": "failed", "final": true, "reasons": [ { "code": "GeneralError", "message": "x" } ] });
        assert!(of_type("receipt", receipt).is_empty());
        assert!(
            !of_type(
                "receipt",
                json!({ "messageId": "m-1", "status": "Failed", "final": true, "reasons": [] })
            )
            .is_empty()
        );
        assert!(of_type("conversation.agentConnected", json!({ "agent": null })).is_empty());
        assert!(
            of_type("conversation.ended", json!({ "reason": "agent", "resumableUntil": null }))
                .is_empty()
        );
        assert!(!of_type("conversation.ended", json!({ "reason": "left" })).is_empty());
    }

    #[test]
    fn a_probe_is_about_nobody() {
        let probe = json!({ "type": "probe", "id": "p-1", "time": "2026-11-22T10:00:00.000Z", "integration": "support" });
        assert!(probe_problems(&probe).is_empty());
        let mut about_somebody = probe.clone();
        about_somebody["contact"] = json!({ "id": "x" });
        assert!(!probe_problems(&about_somebody).is_empty());
        assert!(!probe_problems(&json!({ "type": "probe" })).is_empty());
    }

    #[test]
    fn a_campaign_needs_its_fields() {
        let body = json!({
            "campaignId": "c", "contactId": "x", "lynnContactId": null, "channel": "whatsapp", "text": "Hi",
            "attachments": [], "message": message()
        });
        assert!(proactive_problems(&body).is_empty());
        assert!(!proactive_problems(&json!({ "campaignId": "c" })).is_empty());
    }
}
