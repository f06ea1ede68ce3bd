//! A configuration that may be shown: the values known to be harmless, and a mask for everything
//! else.
//!
//! Rule: a key that is not listed here is masked, so that a new key stays hidden until it is
//! listed.

use serde_json::Value;
use shared::config::MASK;

/// The paths of the texts that are shown, without the positions in lists. Numbers, booleans and
/// nulls are always shown.
const SHOWN: [&str; 20] = [
    "name",
    "genesys.domain",
    "genesys.integrationId",
    "genesys.apiBaseUrl",
    "genesys.loginBaseUrl",
    "genesys.oauthClients.clientId",
    "genesys.receipts",
    "lynn.webhookUrl",
    "lynn.auth.type",
    "lynn.auth.name",
    "lynn.auth.username",
    "lynn.auth.endpoint",
    "lynn.auth.tenant",
    "lynn.inboundAuth.type",
    "lynn.quietSession",
    "lynn.proactive.url",
    "lynn.proactive.campaignId",
    "lynn.onSessionEnded",
    "media.mode",
    "media.publicBaseUrl",
];

pub fn masked(document: &Value) -> Value {
    mask(document, "")
}

pub fn masked_at(value: &Value, path: &str) -> Value {
    mask(value, path)
}

fn mask(value: &Value, path: &str) -> Value {
    match value {
        Value::String(text) if SHOWN.contains(&path) => Value::String(without_secrets(text)),
        Value::String(_) => Value::String(MASK.to_owned()),
        Value::Array(values) => values.iter().map(|value| mask(value, path)).collect(),
        Value::Object(entries) => {
            let inside = |key: &str| {
                if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
            };
            entries.iter().map(|(key, value)| (key.clone(), mask(value, &inside(key)))).collect()
        }
        other => other.clone(),
    }
}

/// A URL may contain a key after its question mark or before its host.
pub fn without_secrets(text: &str) -> String {
    let (url, query) = match text.split_once(['?', '#']) {
        Some((url, _)) => (url, format!("?{MASK}")),
        None => (text, String::new()),
    };
    let Some((scheme, rest)) = url.split_once("://") else { return format!("{url}{query}") };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = match host.rsplit_once('@') {
        Some((_, host)) => format!("{MASK}@{host}"),
        None => host.to_owned(),
    };
    format!("{scheme}://{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;
    use shared::config::ConfigFile;

    use super::*;

    #[test]
    fn only_what_is_known_to_be_harmless_is_shown() {
        let masked = masked(&json!({
            "name": "support",
            "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1", "eventsApiKey": null,
                         "oauthClients": [ { "clientId": "c", "clientSecret": "hidden" } ],
                         "webhookSecrets": [ "hidden" ], "threadingTimelineMinutes": 5 },
            "lynn": { "webhookUrl": "https://u:hidden@lynn.example.com/hook?key=hidden",
                      "auth": { "type": "lynnToken", "endpoint": "https://lynn.example.com", "accessToken": "hidden",
                                "accessTokenSecret": "hidden", "tenant": 7 },
                      "signingSecret": "hidden", "newKey": "hidden",
                      "inboundAuth": [ { "type": "apiKey", "key": "hidden" } ] },
            "text": { "stripHtml": true } }));
        assert!(!masked.to_string().contains("hidden"), "{masked}");
        assert_eq!(masked["genesys"]["oauthClients"][0]["clientId"], "c");
        assert_eq!(masked["genesys"]["eventsApiKey"], Value::Null);
        assert_eq!(masked["genesys"]["threadingTimelineMinutes"], 5);
        assert_eq!(masked["lynn"]["webhookUrl"], "https://(masked)@lynn.example.com/hook?(masked)");
        assert_eq!(masked["lynn"]["auth"]["endpoint"], "https://lynn.example.com");
        assert_eq!(masked["lynn"]["newKey"], MASK);
        // A masked value cannot be used as a configuration.
        let file = json!({ "integrations": [masked] }).to_string();
        let error = ConfigFile::parse(&file, Path::new("")).unwrap_err().to_string();
        assert!(error.contains("put the secret itself in"), "{error}");
    }
}
