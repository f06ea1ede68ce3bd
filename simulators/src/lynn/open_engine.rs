//! A Lynn that speaks Open Messaging: it takes Genesys' webhooks, and verifies them as Genesys
//! documents it.

use serde_json::{Value, json};

use super::Inner;
use super::state::State;
use crate::http::{Answer, Call};
use crate::signature;

/// An accepted webhook.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenWebhook {
    /// The customer.
    pub contact: String,
    /// As it came.
    pub bytes: Vec<u8>,
    pub body: Value,
    /// The header `webhook-id`.
    pub key: String,
}

impl Inner {
    /// Whether the post is signed as Genesys signs.
    pub(super) fn is_hub_signed(&self, call: &Call) -> Result<(), String> {
        let Some(secret) = &self.options.hub_secret else { return Ok(()) };
        match call.header("x-hub-signature-256") {
            None => Err("X-Hub-Signature-256 is missing".to_owned()),
            Some(given) if given == signature::hub_signature(secret, &call.body) => Ok(()),
            Some(_) => Err("X-Hub-Signature-256 does not match".to_owned()),
        }
    }

    pub(super) fn receive_webhook(&self, call: &Call) -> Answer {
        let text = call.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&call.body);
        let body: Value = serde_json::from_slice(text).unwrap_or(Value::Null);
        let contact = contact(&body).to_owned();
        let mut state = self.state();
        if let Some(status) = state.refusals.get(&contact) {
            return Answer::json(*status, json!({ "error": "refused" }));
        }
        if state.sessions_over.contains(&contact) {
            return Answer::json(410, json!({ "error": "the session is over" }));
        }
        let key = call.header("webhook-id").unwrap_or_default().to_owned();
        keep(&mut state, OpenWebhook { contact, bytes: call.body.to_vec(), body, key });
        Answer::json(200, json!({}))
    }

    /// An event without a form in Open Messaging, in the bridge's own JSON.
    pub(super) fn receive_life(&self, call: &Call) -> Answer {
        let body: Value = serde_json::from_slice(&call.body).unwrap_or(Value::Null);
        let mut state = self.state();
        for problem in super::shape::event_problems(&body) {
            state.violations.push(format!("POST {}: {problem}", call.path));
        }
        state.lives.push(body);
        Answer::json(200, json!({}))
    }
}

fn keep(state: &mut State, webhook: OpenWebhook) {
    let same = |known: &&OpenWebhook| known.key == webhook.key && known.contact == webhook.contact;
    match state.webhooks.iter().find(same) {
        None => {
            let text = webhook.body.get("text").and_then(Value::as_str);
            if let Some(text) = text.map(str::to_owned) {
                state.say(&webhook.contact, "agent", text);
            }
            state.webhooks.push(webhook);
        }
        Some(known) => {
            if known.bytes != webhook.bytes {
                let problem = format!("webhook-id {} came again with another body", webhook.key);
                state.violations.push(problem);
            }
            state.duplicates += 1;
        }
    }
}

/// The end of the channel that is not the integration.
fn contact(body: &Value) -> &str {
    let end = |name: &str| body.pointer(&format!("/channel/{name}/id")).and_then(Value::as_str);
    let integration = body.pointer("/channel/id").and_then(Value::as_str);
    let ends = [end("to"), end("from")];
    ends.into_iter().find(|end| end.is_some() && *end != integration).flatten().unwrap_or_default()
}
