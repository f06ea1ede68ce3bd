//! The scripted answers of the vendors, and the integration that calls them.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Value, json};
use shared::ports::VendorRequest;
use testing::{Reaction, answer};

pub const INTEGRATION: &str = "support";

/// The send configuration, with `changes` merged into it.
pub fn config(changes: &Value) -> String {
    let mut document = json!({
        "name": INTEGRATION,
        "genesys": {
            "domain": "genesys.test",
            "integrationId": "integration",
            "oauthClients": [{ "clientId": "client", "clientSecret": "secret" }],
        },
        "lynn": { "webhookUrl": "https://lynn.test/hook" },
        "text": { "maxLength": 12 },
    });
    merge(&mut document, changes);
    document.to_string()
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// The vendors' answers to the coming calls. After these answers, the vendors accept everything.
#[derive(Default)]
pub struct Script {
    pub genesys: VecDeque<Reaction>,
    pub lynn: VecDeque<Reaction>,
    pub logins: VecDeque<Reaction>,
    pub contacts: HashMap<String, VecDeque<Reaction>>,
    /// Whether a message that was accepted before is answered 409.
    pub conflicts: bool,
    /// The message that Genesys never accepts.
    pub refuses: Option<String>,
    taken: HashSet<String>,
    tokens: u32,
}

impl Script {
    /// Returns the reaction to a call.
    pub fn react(&mut self, request: &VendorRequest) -> Reaction {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if request.url.contains("/oauth/token") {
            self.tokens += 1;
            let token =
                json!({ "access_token": format!("t-{}", self.tokens), "expires_in": 86_400 })
                    .to_string();
            return filled(self.logins.pop_front(), &token);
        }
        let id = body
            .pointer("/channel/messageId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        if self.conflicts && self.taken.contains(&id) {
            return Reaction::status(409);
        }
        if !id.is_empty() && self.refuses.as_ref() == Some(&id) {
            let words = json!({ "code": "bad.request", "message": "No." }).to_string();
            return Reaction::body(400, words);
        }
        let to_genesys = request.url.contains("/api/v2/");
        let contact = ["/channel/from/id", "/contact/id", "/contactId", "/channel/to/id"];
        let contact = contact
            .iter()
            .find_map(|path| body.pointer(path).and_then(Value::as_str))
            .unwrap_or_default();
        let own = self.contacts.get_mut(contact).and_then(VecDeque::pop_front);
        let common = if to_genesys { &mut self.genesys } else { &mut self.lynn };
        let accepted = json!({ "id": format!("g-{id}"), "conversationId": "c-1" }).to_string();
        let reaction = filled(own.or_else(|| common.pop_front()), &accepted);
        let taken = match &reaction {
            Reaction::Answer(response) | Reaction::Slow(response) => {
                (200..300).contains(&response.status)
            }
            Reaction::Dropped { taken } | Reaction::Late { taken } => *taken,
            Reaction::Unreachable => false,
        };
        if taken && to_genesys && !id.is_empty() {
            self.taken.insert(id);
        }
        reaction
    }
}

/// Gives the usual body to a 2xx answer without one.
fn filled(reaction: Option<Reaction>, usual: &str) -> Reaction {
    match reaction.unwrap_or(Reaction::status(200)) {
        Reaction::Answer(response) if response.status < 300 && response.body.is_empty() => {
            Reaction::Answer(answer(response.status, usual.to_owned()))
        }
        other => other,
    }
}
