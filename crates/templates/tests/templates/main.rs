//! Tests what templates make of events and of requests.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "this is a test: a broken expectation ends it"
)]

mod gallery;
mod inbound;
mod outbound;
mod shape;

use secrecy::SecretString;
use serde_json::{Value, json};
use shared::config::{ReceiveConfig, SendConfig};
use templates::{Context, Request, samples};

/// A send configuration with these templates.
fn sending(templates: Value) -> SendConfig {
    let document = json!({
        "name": "support",
        "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1",
                     "oauthClients": [ { "clientId": "c", "clientSecret": "s" } ] },
        "lynn": { "webhookUrl": "https://lynn.example.com/hook", "templates": templates } });
    SendConfig::parse(&SecretString::from(document.to_string())).unwrap()
}

/// A receive configuration with this template.
fn receiving(template: Value) -> ReceiveConfig {
    let document = json!({
        "name": "support",
        "genesys": { "integrationId": "i-1", "webhookSecrets": [ "0123456789abcdef" ] },
        "lynn": { "inboundAuth": [ { "type": "apiKey", "key": "k" } ], "inboundTemplate": template } });
    ReceiveConfig::parse(&SecretString::from(document.to_string())).unwrap()
}

/// The first sample of a type, with changes.
fn sample(kind: &str, changes: Value) -> Value {
    let sample = samples("support").into_iter().find(|sample| sample.kind == kind).unwrap();
    let mut event = sample.event;
    for (key, value) in changes.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

/// The result of an entry for messages.
fn rendered(entry: Value, changes: Value) -> Result<Option<Request>, String> {
    let config = sending(json!({ "message": entry }));
    let entry = templates::outbound(&config).unwrap().of_type("message").unwrap();
    entry.request(&Context::event(&sample("message", changes))).map_err(|faults| faults.to_string())
}

/// The body that a template makes of a message.
fn body(body: Value, changes: Value) -> Result<Value, String> {
    let request = rendered(json!({ "body": body }), changes)?.unwrap();
    Ok(serde_json::from_str(&request.body.unwrap()).unwrap())
}
