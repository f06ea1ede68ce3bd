//! The integration's entry in the bridge's configuration: setup writes what it knows, and keeps
//! what was written by hand.

use genesys_admin::organization::Hosts;
use serde_json::{Map, Value, json};
use shared::config::BaseUrl;
use shared::ids::IntegrationName;

/// The placeholder of a value that Genesys Cloud, or setup itself, gives only later.
const LATER: &str = "not-known-yet-but-long-enough";

#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub name: &'a str,
    pub domain: &'a str,
    /// Used instead of the region's API host.
    pub api_base_url: Option<&'a str>,
    /// Used instead of the region's login host.
    pub login_base_url: Option<&'a str>,
    /// The id of the Open Messaging integration.
    pub integration_id: &'a str,
    /// The id of the queue in which customers wait, once known.
    pub queue_id: Option<&'a str>,
    /// The secret that signs webhooks, if it is to be written.
    pub webhook_secret: Option<&'a str>,
    /// The OAuth client's id, and its secret if that is to be written.
    pub client: (&'a str, Option<&'a str>),
    /// The organisation's threading timeline, in minutes.
    pub timeline_minutes: u64,
    /// The section `lynn`: URL, authentication and so on; null changes nothing.
    pub lynn: Value,
    /// The key with which workflows post events, if it is to be written.
    pub events_key: Option<&'a str>,
    /// A key with which Lynn posts, used if there is none yet.
    pub inbound_key: &'a str,
}

impl<'a> Facts<'a> {
    /// The facts of the arguments; the others are placeholders that are long enough for the check.
    pub fn told(name: &'a IntegrationName, hosts: &'a Hosts, lynn: Value) -> Self {
        Self {
            name: name.as_str(),
            domain: hosts.domain.as_str(),
            api_base_url: hosts.api_base_url.as_ref().map(BaseUrl::as_str),
            login_base_url: hosts.login_base_url.as_ref().map(BaseUrl::as_str),
            integration_id: LATER,
            queue_id: None,
            webhook_secret: Some(LATER),
            client: (LATER, Some(LATER)),
            timeline_minutes: 0,
            lynn,
            events_key: None,
            inbound_key: LATER,
        }
    }
}

pub fn entry(existing: Option<&Value>, facts: &Facts<'_>) -> Value {
    let before = existing.cloned().unwrap_or_else(|| json!({}));
    let was_same = before.pointer("/genesys/integrationId") == Some(&json!(facts.integration_id));
    let mut genesys = section(&before, "genesys");
    let mut set = |key: &str, value: Value| genesys.insert(key.to_owned(), value);
    set("domain", json!(facts.domain));
    set("integrationId", json!(facts.integration_id));
    for (key, url) in [("apiBaseUrl", facts.api_base_url), ("loginBaseUrl", facts.login_base_url)] {
        if let Some(url) = url {
            set(key, json!(url));
        }
    }
    set("oauthClients", clients(&before, facts, was_same));
    set("webhookSecrets", secrets(&before, facts, was_same));
    if let Some(queue) = facts.queue_id {
        set("queueId", json!(queue));
    }
    if let Some(key) = facts.events_key {
        set("eventsApiKey", json!(key));
    }
    set("threadingTimelineMinutes", json!(facts.timeline_minutes));
    let mut lynn = section(&before, "lynn");
    if let Some(fields) = facts.lynn.as_object() {
        lynn.extend(fields.clone());
    }
    if lynn.get("inboundAuth").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        let key = json!([ { "type": "apiKey", "key": facts.inbound_key } ]);
        lynn.insert("inboundAuth".to_owned(), key);
    }
    let mut entry = before.as_object().cloned().unwrap_or_default();
    entry.insert("name".to_owned(), json!(facts.name));
    entry.insert("genesys".to_owned(), Value::Object(genesys));
    entry.insert("lynn".to_owned(), Value::Object(lynn));
    Value::Object(entry)
}

fn section(entry: &Value, key: &str) -> Map<String, Value> {
    entry.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn list(entry: &Value, pointer: &str) -> Vec<Value> {
    entry.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Other clients of the same integration stay, because they share the load.
fn clients(before: &Value, facts: &Facts<'_>, was_same: bool) -> Value {
    let mut clients = list(before, "/genesys/oauthClients");
    clients.retain(|_| was_same);
    let (id, secret) = facts.client;
    let known = clients.iter().position(|client| client["clientId"].as_str() == Some(id));
    if let Some(secret) = secret {
        let client = json!({ "clientId": id, "clientSecret": secret });
        match known.and_then(|place| clients.get_mut(place)) {
            Some(place) => *place = client,
            None => clients.push(client),
        }
    }
    Value::Array(clients)
}

/// The new secret comes first, and the others stay: webhooks signed with them may be on their way.
fn secrets(before: &Value, facts: &Facts<'_>, was_same: bool) -> Value {
    let mut secrets = list(before, "/genesys/webhookSecrets");
    secrets.retain(|_| was_same);
    if let Some(secret) = facts.webhook_secret {
        let secret = json!(secret);
        if !secrets.contains(&secret) {
            secrets.insert(0, secret);
        }
    }
    Value::Array(secrets)
}

/// Joins the two documents of a stack's secrets into one entry.
pub fn joined(send: &Value, receive: &Value) -> Value {
    match (send, receive) {
        (Value::Object(send), Value::Object(receive)) => {
            let mut whole = send.clone();
            for (key, value) in receive {
                let joined =
                    whole.get(key).map_or_else(|| value.clone(), |known| joined(known, value));
                whole.insert(key.clone(), joined);
            }
            Value::Object(whole)
        }
        (_, receive) => receive.clone(),
    }
}

/// A file without integrations. If `webhook_url` is on this machine, the bridge is to listen there.
pub fn new_file(webhook_url: &str) -> Value {
    let url = webhook_url.parse::<http::Uri>().ok();
    let here = url.filter(|url| url.scheme_str() == Some("http"));
    let listen = here.as_ref().and_then(|url| url.authority());
    let listen = listen.map_or("127.0.0.1:8787", |authority| authority.as_str());
    json!({ "listen": listen.replace("localhost", "127.0.0.1"), "dataDir": "./data", "integrations": [] })
}

/// A configuration file in which the entry replaces the one with its name, or is added; without an
/// entry, that one is removed.
pub fn file(existing: Option<&Value>, name: &str, entry: Option<Value>) -> Value {
    let mut file = existing.cloned().unwrap_or_else(|| json!({ "integrations": [] }));
    let mut entries = list(&file, "/integrations");
    let place = entries.iter().position(|known| known["name"].as_str() == Some(name));
    match (place, entry) {
        (Some(place), Some(entry)) => {
            if let Some(known) = entries.get_mut(place) {
                *known = entry;
            }
        }
        (None, Some(entry)) => entries.push(entry),
        (Some(place), None) => drop(entries.remove(place)),
        (None, None) => {}
    }
    if let Some(fields) = file.as_object_mut() {
        fields.insert("integrations".to_owned(), Value::Array(entries));
    }
    file
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use shared::config::{ConfigFile, split};

    use super::*;

    fn facts() -> Facts<'static> {
        Facts {
            name: "support",
            domain: "mypurecloud.com",
            api_base_url: None,
            login_base_url: None,
            integration_id: "i-1",
            queue_id: None,
            webhook_secret: Some("0123456789abcdef"),
            client: ("c-1", Some("hidden")),
            timeline_minutes: 4320,
            lynn: json!({ "webhookUrl": "https://lynn.example.com/hook" }),
            events_key: None,
            inbound_key: "k-1",
        }
    }

    #[test]
    fn a_new_entry_is_a_whole_configuration() {
        let entry = entry(None, &facts());
        let file = file(None, "support", Some(entry.clone()));
        ConfigFile::parse(&file.to_string(), Path::new("")).unwrap();
        assert_eq!(new_file("https://b.example.com/genesys/s")["listen"], "127.0.0.1:8787");
        assert_eq!(new_file("http://127.0.0.1:9/genesys/s")["listen"], "127.0.0.1:9");
        let with_key = super::entry(Some(&entry), &Facts { events_key: Some("e-1"), ..facts() });
        assert_eq!(with_key["genesys"]["eventsApiKey"], "e-1");
        let queue = super::entry(Some(&entry), &Facts { queue_id: Some("q-1"), ..facts() });
        assert_eq!(queue["genesys"]["queueId"], "q-1");
        assert_eq!(super::entry(Some(&queue), &facts()), queue);
        let documents = split(&queue).unwrap();
        assert_eq!(documents.0["genesys"]["queueId"], documents.1["genesys"]["queueId"]);
        assert_eq!(super::entry(Some(&with_key), &facts()), with_key);
        let (receive, send) = split(&entry).unwrap();
        assert_eq!(joined(&send, &receive), entry);
    }

    #[test]
    fn what_was_written_by_hand_stays() {
        let mut before = entry(None, &facts());
        before["lynn"]["quietSession"] = json!("fail");
        before["delivery"] = json!({ "maxAgeMinutes": 60 });
        before["genesys"]["oauthClients"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "clientId": "c-2", "clientSecret": "s" }));
        let again = Facts {
            webhook_secret: None,
            client: ("c-1", None),
            lynn: Value::Null,
            inbound_key: "k-2",
            ..facts()
        };
        assert_eq!(entry(Some(&before), &again), before);
        let renewed = Facts { webhook_secret: Some("fedcba9876543210"), ..facts() };
        let secrets = entry(Some(&before), &renewed)["genesys"]["webhookSecrets"].clone();
        assert_eq!(secrets, json!(["fedcba9876543210", "0123456789abcdef"]));
    }

    #[test]
    fn the_secrets_of_another_integration_are_dropped() {
        let before = entry(None, &facts());
        let other = Facts {
            integration_id: "i-2",
            webhook_secret: Some("fedcba9876543210"),
            client: ("c-9", Some("s")),
            ..facts()
        };
        let after = entry(Some(&before), &other);
        assert_eq!(after["genesys"]["webhookSecrets"], json!(["fedcba9876543210"]));
        assert_eq!(
            after["genesys"]["oauthClients"],
            json!([{ "clientId": "c-9", "clientSecret": "s" }])
        );
    }

    #[test]
    fn other_integrations_of_a_file_stay() {
        let others = json!({ "listen": "0.0.0.0:1", "integrations": [ { "name": "sales" } ] });
        let two = file(Some(&others), "support", Some(entry(None, &facts())));
        assert_eq!(two["listen"], "0.0.0.0:1");
        assert_eq!(two["integrations"][0], others["integrations"][0]);
        assert_eq!(two["integrations"][1]["name"], "support");
        assert_eq!(file(Some(&two), "support", None), others);
    }
}
