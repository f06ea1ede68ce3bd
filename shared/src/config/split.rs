//! Splits an integration's entry into its two documents.
//!
//! Rule: the receive configuration contains what verifies callers, and no credential that can call
//! a vendor.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::error::{ConfigError, join};
use super::keys::{INTEGRATION, Key, NeededBy};
use super::shape::one_of;
use crate::config::LinkKey;

/// The sections to split; neither document has all of their keys.
const SECTIONS: [&str; 4] = ["", "genesys", "lynn", "media"];

/// The key of `media` that signs links.
const LINK_KEY: &str = "linkKey";

/// Splits an integration's entry into the receive configuration and the send configuration.
///
/// # Errors
/// The document is not an object, or has an unknown key; the error lists all known keys.
pub fn split(document: &Value) -> Result<(Value, Value), ConfigError> {
    let Some(whole) = document.as_object() else {
        return Err(ConfigError::new("", "expected an object: an integration"));
    };
    check_keys(document)?;
    let (mut receive, mut send) = (Map::new(), whole.clone());
    if let Some(name) = whole.get("name") {
        receive.insert("name".to_owned(), name.clone());
    }
    for section in SECTIONS {
        let Some(Value::Object(rest)) = send.get_mut(section) else { continue };
        let keys = keys_of(section);
        let mut taken = Map::new();
        for key in keys.iter().filter(|key| key.needed_by != NeededBy::Send) {
            let Some(value) = rest.get(key.name) else { continue };
            taken.insert(key.name.to_owned(), value.clone());
            if key.needed_by == NeededBy::Receive {
                rest.remove(key.name);
            }
        }
        if keys.iter().any(|key| key.needed_by != NeededBy::Send) {
            receive.insert(section.to_owned(), Value::Object(taken));
        }
    }
    add_link_key(whole, &mut send);
    Ok((Value::Object(receive), Value::Object(send)))
}

/// The keys of a section; an empty name means the integration itself.
fn keys_of(section: &str) -> &'static [Key] {
    if section.is_empty() {
        return INTEGRATION;
    }
    INTEGRATION.iter().find(|key| key.name == section).map_or(&[], |key| key.kind.keys())
}

/// Reports unknown keys before the split, because each document knows only its own keys.
fn check_keys(document: &Value) -> Result<(), ConfigError> {
    for section in SECTIONS {
        let keys = keys_of(section);
        let fields = if section.is_empty() { Some(document) } else { document.get(section) };
        let known = |name: &String| keys.iter().any(|key| key.name == name);
        let unknown = fields
            .and_then(Value::as_object)
            .and_then(|fields| fields.keys().find(|key| !known(key)));
        if let Some(key) = unknown {
            let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
            let expected = one_of(&names);
            return Err(ConfigError::new(join(section, key), format!("unknown key; {expected}")));
        }
    }
    Ok(())
}

/// The send configuration signs links to files, the receive configuration checks them. Both derive
/// the key from the first webhook secret.
fn add_link_key(whole: &Map<String, Value>, send: &mut Map<String, Value>) {
    let Some(Value::Object(media)) = send.get_mut("media") else { return };
    let secret = whole.get("genesys").and_then(|genesys| genesys["webhookSecrets"][0].as_str());
    if let (Some("relay"), Some(secret)) = (media.get("mode").and_then(Value::as_str), secret) {
        let key = LinkKey::derive(&SecretString::from(secret));
        media.insert(LINK_KEY.to_owned(), Value::from(key.text().expose_secret()));
    }
}

/// Removes the key that [`split`] added.
pub fn without_link_key(mut document: Value) -> Value {
    if let Some(media) = document.get_mut("media").and_then(Value::as_object_mut) {
        media.remove(LINK_KEY);
    }
    document
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::config::{ReceiveConfig, SendConfig};

    /// The keys of a section that a document accepts: the error for an unknown key lists them.
    fn known(section: &str, parse: fn(&SecretString) -> Option<ConfigError>) -> BTreeSet<String> {
        let unknown = json!({ "no-such-key": 1 });
        let document = if section.is_empty() { unknown } else { json!({ section: unknown }) };
        let problem = parse(&SecretString::from(document.to_string())).unwrap().problem;
        let names = problem.strip_prefix("unknown key; expected ").unwrap();
        names.trim_start_matches("one of ").split(", ").map(str::to_owned).collect()
    }

    #[test]
    fn the_table_of_keys_is_what_the_two_documents_read() {
        for section in SECTIONS {
            let table = |wanted: NeededBy| -> BTreeSet<String> {
                let of = |needed_by: NeededBy| needed_by == wanted || needed_by == NeededBy::Both;
                let keys = keys_of(section).iter().filter(|key| of(key.needed_by));
                keys.map(|key| key.name.to_owned()).collect()
            };
            let mut send = known(section, |document| SendConfig::parse(document).err());
            // `split` adds this key; a file does not contain it.
            send.remove(LINK_KEY);
            assert_eq!(send, table(NeededBy::Send), "{section}");
            if section != "media" {
                let receive = known(section, |document| ReceiveConfig::parse(document).err());
                assert_eq!(receive, table(NeededBy::Receive), "{section}");
            }
        }
    }
}
