//! What a customer does, in Lynn.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::ports::Clock as _;
use simulators::PostResult;
use uuid::Uuid;

use super::super::playground::Playground;
use super::Done;
use super::samples::{self, File};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerAct {
    pub contact: String,
    /// Lynn's word for the channel; `whatsapp` without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum What {
    Says {
        text: String,
    },
    Sends {
        file: File,
        #[serde(default)]
        text: Option<String>,
    },
    /// Chooses an option of a message.
    Chooses {
        to: String,
        /// `quickReply`, `button` or `datePicker`.
        kind: String,
        text: String,
        payload: String,
    },
    Types,
    /// Lynn reports what became of an agent's message.
    Reports {
        message_id: String,
        /// `delivered`, `read` or `failed`.
        status: String,
    },
    SessionEnds,
}

impl CustomerAct {
    pub async fn perform(mut self, playground: &Playground) -> Done {
        if self.contact.trim().is_empty() {
            return Done::refused("The customer has no id.");
        }
        let lynn = &playground.cast.vendors.lynn;
        let messages = lynn.messages_for(&self.contact);
        self.what.resolve(messages.last().and_then(|message| message["id"].as_str()));
        let event = self.event(&playground.clock.now().to_text(), |file| {
            lynn.put_file(file.name(), file.options())
        });
        of(&lynn.post(event).await)
    }

    /// The event that Lynn posts.
    fn event(&self, time: &str, link: impl Fn(File) -> String) -> Value {
        let mut event = json!({
            "type": self.what.kind(),
            "id": format!("m-{}", Uuid::now_v7().simple()),
            "time": time,
            "contact": { "id": self.contact, "nickname": self.contact },
            "session": {
                "id": format!("session-{}", self.contact),
                "channel": self.channel.as_deref().unwrap_or("whatsapp"),
            },
        });
        let fields = match &self.what {
            What::Says { text } => json!({ "text": text }),
            What::Sends { file, text } => {
                let attachments = [samples::of_lynn(*file, &link(*file))];
                match text {
                    Some(text) => json!({ "text": text, "attachments": attachments }),
                    None => json!({ "attachments": attachments }),
                }
            }
            What::Chooses { to, kind, text, payload } => {
                json!({ "reply": { "to": to, "kind": kind, "text": text, "payload": payload } })
            }
            What::Types => json!({}),
            What::Reports { message_id, status } if status == "failed" => json!({
                "messageId": message_id, "status": status,
                "reason": { "code": "undeliverable", "message": "The phone cannot be reached." } }),
            What::Reports { message_id, status } => {
                json!({ "messageId": message_id, "status": status })
            }
            What::SessionEnds => json!({ "reason": "timeout" }),
        };
        if let (Some(event), Value::Object(fields)) = (event.as_object_mut(), fields) {
            event.extend(fields);
        }
        event
    }
}

/// In place of a message's id: the last one that the customer got, whichever id it has.
const LAST: &str = "last";

impl What {
    /// Names the message that is meant.
    fn resolve(&mut self, last: Option<&str>) {
        let (Self::Chooses { to: id, .. } | Self::Reports { message_id: id, .. }) = self else {
            return;
        };
        if let Some(last) = last.filter(|_| id == LAST) {
            last.clone_into(id);
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Says { .. } | Self::Sends { .. } | Self::Chooses { .. } => "message",
            Self::Types => "typing",
            Self::Reports { .. } => "receipt",
            Self::SessionEnds => "session.ended",
        }
    }
}

fn of(result: &PostResult) -> Done {
    match result.status {
        200..300 => Done::accepted(),
        0 => Done::refused(format!(
            "Lynn got no answer from the bridge in {} attempts.",
            result.attempts
        )),
        status => {
            let detail = result.body["detail"].as_str().unwrap_or_default();
            Done::refused(format!("The bridge answered {status}. {detail}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_is_an_event_of_the_contract() {
        for (act, expected) in [
            (json!({ "act": "says", "text": "Hi" }), json!({ "type": "message", "text": "Hi" })),
            (json!({ "act": "types" }), json!({ "type": "typing" })),
            (
                json!({ "act": "reports", "messageId": "g-1", "status": "read" }),
                json!({ "type": "receipt", "messageId": "g-1", "status": "read" }),
            ),
            (
                json!({ "act": "chooses", "to": "g-1", "kind": "button", "text": "A", "payload": "a" }),
                json!({ "type": "message", "reply": { "to": "g-1", "kind": "button", "text": "A", "payload": "a" } }),
            ),
            (
                json!({ "act": "sessionEnds" }),
                json!({ "type": "session.ended", "reason": "timeout" }),
            ),
        ] {
            let mut given = act.clone();
            given["contact"] = json!("ana");
            let act: CustomerAct = serde_json::from_value(given).unwrap();
            let event = act.event("2026-01-01T00:00:00.000Z", |_| String::new());
            for (key, value) in expected.as_object().unwrap() {
                assert_eq!(&event[key], value, "{event}");
            }
            assert_eq!(event["contact"]["id"], "ana");
        }
    }

    #[test]
    fn the_last_message_need_not_be_known() {
        let reports = |id: &str| What::Reports { message_id: id.to_owned(), status: "read".into() };
        for (given, last, expected) in
            [("last", Some("g-9"), "g-9"), ("g-1", Some("g-9"), "g-1"), ("last", None, "last")]
        {
            let mut what = reports(given);
            what.resolve(last);
            let What::Reports { message_id, .. } = what else { panic!("it is the same act") };
            assert_eq!(message_id, expected);
        }
    }

    #[test]
    fn a_refusal_says_what_the_bridge_answered() {
        let result = |status, body| PostResult { status, body, attempts: 6 };
        assert!(of(&result(202, Value::Null)).accepted);
        let refused = of(&result(400, json!({ "detail": "text: too long" })));
        assert_eq!(refused.words, "The bridge answered 400. text: too long");
        assert!(of(&result(0, Value::Null)).words.contains("6 attempts"));
    }
}
