//! The ways in which a Lynn speaks: the bridge's own JSON, a contract of its own for which the
//! integration has templates, and Genesys' Open Messaging.
//!
//! Rule: the checks know one form of an event only, the bridge's own JSON. A post is
//! written in another form here, and each arrival is read back.

use serde_json::{Value, json};
use shared::ids::IntegrationName;

use crate::canaries::SECRET;
use crate::genesys::text;
use crate::scenario::Speech;

/// A post of Lynn's, as this Lynn writes it.
pub(crate) struct Written {
    /// The last part of a path of Open Messaging; `None` for the bridge's own route.
    pub(crate) resource: Option<&'static str>,
    pub(crate) body: Value,
}

pub(crate) fn client_id(integration: usize) -> String {
    format!("engine-{integration}")
}

/// The secret with which the webhooks to an Open Messaging engine are signed.
pub(crate) fn hub_secret(integration: usize) -> String {
    format!("{SECRET}-hub-{integration}")
}

/// The part of `lynn` in the document of the configuration that verifies callers.
pub(crate) fn receive(speech: Speech, lynn: &mut Value, integration: usize, secret: &str) {
    match speech {
        Speech::Bridge => {}
        Speech::Templates => lynn["inboundTemplate"] = json!("{{ body.Event }}"),
        Speech::Dialect => {
            let client = json!({
                "type": "oauthClient", "clientId": client_id(integration), "clientSecret": secret,
            });
            lynn["inboundAuth"]
                .as_array_mut()
                .into_iter()
                .for_each(|ways| ways.push(client.clone()));
        }
    }
}

/// The part of `lynn` in the document of the configuration that acts.
pub(crate) fn send(speech: Speech, lynn: &mut Value, integration: usize, name: &IntegrationName) {
    match speech {
        Speech::Bridge => {}
        Speech::Templates => {
            let body = json!({ "Kind": "{{ event.type }}", "Event": "{{ event }}" });
            let closed = "{{ answer.body.State == 'closed' }}";
            lynn["headers"] =
                json!([{ "name": "x-gateway", "value": format!("{SECRET}-gateway") }]);
            lynn["templates"] = json!({
                "typing": { "when": "{{ false }}" },
                "proactive": {
                    "body": { "Campaign": "{{ campaign.id }}", "Event": "{{ event }}" },
                    "sessionEnded": closed,
                },
                "*": {
                    "url": format!("https://lynn.test/hook/{name}/{{{{ event.contact.id }}}}"),
                    "headers": { "x-kind": "{{ event.type }}" },
                    "body": body,
                    "sessionEnded": closed,
                },
            });
        }
        Speech::Dialect => {
            lynn["dialect"] = json!("genesys");
            lynn["hubSecret"] = json!(hub_secret(integration));
            lynn["eventsUrl"] = json!(format!("https://lynn.test/events/{name}"));
        }
    }
}

/// Writes a post of Lynn's. Events without a form in Open Messaging go to the bridge's own route.
pub(crate) fn written(speech: Speech, event: Value) -> Written {
    match speech {
        Speech::Bridge => Written { resource: None, body: event },
        Speech::Templates => Written { resource: None, body: json!({ "Event": event }) },
        Speech::Dialect => open_messaging(event),
    }
}

fn open_messaging(event: Value) -> Written {
    let customer = json!({
        "id": text(&event, "/contact/id"), "idType": "Opaque", "nickname": event["contact"]["nickname"],
    });
    let channel = json!({ "messageId": event["id"], "time": event["time"], "from": customer });
    match text(&event, "/type") {
        "message" if event.get("history").is_some() => Written { resource: None, body: event },
        "message" => match event.get("reply") {
            Some(reply) => {
                let kind = match text(reply, "/kind") {
                    "button" => "Button",
                    "datePicker" => "DatePicker",
                    _ => "QuickReply",
                };
                let button =
                    json!({ "type": kind, "text": reply["text"], "payload": reply["payload"] });
                let body = json!({
                    "channel": channel, "originatingMessageId": reply["to"], "buttonResponse": button,
                });
                Written { resource: Some("structured/response"), body }
            }
            None => {
                let mut body = json!({ "channel": channel, "text": event["text"] });
                let files = event["attachments"].as_array().into_iter().flatten();
                let files: Vec<Value> = files.map(attachment).collect();
                if !files.is_empty() {
                    body["content"] = json!(files);
                }
                Written { resource: Some("message"), body }
            }
        },
        "typing" => {
            let body = json!({ "channel": channel, "events": [{ "eventType": "Typing" }] });
            Written { resource: Some("event"), body }
        }
        "receipt" => {
            let failed = text(&event, "/status") == "failed";
            let mut body = json!({
                "id": event["messageId"],
                "status": if failed { "Failed" } else { "Delivered" },
                "channel": { "messageId": event["id"], "time": event["time"], "to": customer },
            });
            if failed {
                let reason =
                    json!({ "code": "GeneralError", "message": event["reason"]["message"] });
                body["reasons"] = json!([reason]);
            }
            Written { resource: Some("receipt"), body }
        }
        _ => Written { resource: None, body: event },
    }
}

fn attachment(file: &Value) -> Value {
    let attachment = json!({ "mediaType": "Image", "url": file["url"], "mime": file["mime"] });
    json!({ "contentType": "Attachment", "attachment": attachment })
}

/// Reads what the bridge posted, as the bridge's own JSON. `campaign`: it asks for a campaign.
pub(crate) fn read(speech: Speech, service: &str, body: &Value, campaign: bool) -> Value {
    match speech {
        Speech::Templates => body.get("Event").cloned().unwrap_or_default(),
        Speech::Dialect if service == "hook" => webhook(body),
        Speech::Bridge | Speech::Dialect if campaign => {
            body.get("message").cloned().unwrap_or_default()
        }
        Speech::Bridge | Speech::Dialect => body.clone(),
    }
}

/// Genesys' webhook as the bridge's own JSON. It has no sequence.
fn webhook(body: &Value) -> Value {
    let channel = &body["channel"];
    let (kind, contact) = match text(body, "/type") {
        "Event" => ("typing", &channel["to"]["id"]),
        "Receipt" => ("receipt", &channel["to"]["id"]),
        _ => ("message", &channel["to"]["id"]),
    };
    let mut event = json!({
        "type": kind, "id": body["id"], "time": channel["time"], "contact": { "id": contact },
        "session": { "active": true }, "conversationId": body["conversationId"],
    });
    match kind {
        "typing" => {
            let time = shared::time::Timestamp::parse(text(channel, "/time"));
            let time = time.map_or(0, shared::time::Timestamp::milliseconds);
            event["id"] = json!(format!("{}#{time}", text(body, "/id")));
        }
        "receipt" => {
            let (message, status) = (text(body, "/id"), text(body, "/status").to_lowercase());
            // The bridge's own receipt comes from the customer; Genesys' names them in `to`.
            let customer = channel["from"]["id"].clone();
            let is_own = channel["to"]["id"] == channel["id"];
            event["messageId"] = json!(message);
            event["status"] = json!(status);
            if is_own {
                event["contact"]["id"] = customer;
            }
            // Genesys may have taken a message twice, and then reports on both; a message may fail
            // in each of its lives; and the bridge and Genesys may report on the same message.
            let whose = if is_own { "lynn" } else { "genesys" };
            let at = text(channel, "/time");
            event["id"] = json!(format!("receipt-{whose}/{message}#{status}#{at}"));
        }
        _ => {}
    }
    event
}

/// Lynn's answer, as this Lynn writes it.
pub(crate) fn answer(speech: Speech, ended: bool) -> Value {
    match speech {
        Speech::Templates => json!({ "State": if ended { "closed" } else { "open" } }),
        Speech::Bridge | Speech::Dialect if ended => json!({ "session": "ended" }),
        Speech::Bridge | Speech::Dialect => Value::Null,
    }
}
