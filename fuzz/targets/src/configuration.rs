//! The configuration document: either it is parsed, or the refusal names the key and not the value.

use std::path::Path;

use serde_json::Value;
use shared::config::{ConfigFile, ReceiveConfig, SendConfig};

/// A value in the place of a secret, or put by mistake in another place. The corpus and the
/// fuzzer's dictionary contain it.
const SECRET: &str = "planted-secret";

/// The text of a configuration file.
pub fn configuration(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match ConfigFile::parse(text, Path::new("/etc/bridge")) {
        Ok(file) => {
            assert!(!file.integrations.is_empty());
            hides(&format!("{file:?}"));
            for (name, (receive, send)) in &file.integrations {
                let receive = ReceiveConfig::parse(receive).expect("it was checked");
                let send = SendConfig::parse(send).expect("it was checked");
                assert_eq!((&receive.name, &send.name), (name, name));
                // These names are not secrets and may be shown.
                if !is_shown(text) {
                    hides(&format!("{receive:?}{send:?}"));
                }
                assert!((1..=10_000).contains(&send.text.max_length));
            }
        }
        // The error names any key, but does not quote a value where no key belongs.
        Err(error) => hides(&error.problem),
    }
}

fn hides(shown: &str) {
    assert!(!shown.contains(SECRET), "a secret shows: {shown}");
}

/// Whether a key of the document contains the canary.
fn is_key(text: &str) -> bool {
    fn holds(value: &Value) -> bool {
        match value {
            Value::Object(fields) => {
                fields.iter().any(|(key, value)| key.contains(SECRET) || holds(value))
            }
            Value::Array(elements) => elements.iter().any(holds),
            _ => false,
        }
    }
    serde_json::from_str(text).is_ok_and(|value| holds(&value))
}

/// Whether a field that is a name contains the word: `Debug` shows names.
fn is_shown(text: &str) -> bool {
    const NAMES: [&str; 9] = [
        "name",
        "domain",
        "integrationId",
        "clientId",
        "username",
        "campaignId",
        "tenant",
        "webhookUrl",
        "url",
    ];
    fn holds(value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.iter().any(|(key, value)| {
                let named =
                    NAMES.contains(&key.as_str()) || key.ends_with("Url") || key == "endpoint";
                // A host is shown in small letters.
                named && value.to_string().to_ascii_lowercase().contains(SECRET) || holds(value)
            }),
            Value::Array(elements) => elements.iter().any(holds),
            _ => false,
        }
    }
    is_key(text) || serde_json::from_str(text).is_ok_and(|value| holds(&value))
}
