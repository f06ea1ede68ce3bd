//! Reading a JSON document into a type with errors that name the key, and splitting one into its two halves.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use zeroize::Zeroize;

use crate::media::LinkKey;

/// A configuration that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", prefix(key))]
pub struct ConfigError {
    /// The path of the key, such as `genesys.domain`; empty for the document as a whole.
    pub key: String,
    /// What is wrong and what is wanted.
    pub problem: String,
}

impl ConfigError {
    /// Names a key and what is wrong with it.
    pub fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), problem: problem.into() }
    }

    /// The same error seen from a document that contains this one.
    #[must_use]
    pub fn inside(self, prefix: &str) -> Self {
        let key =
            if self.key.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.key) };
        Self { key, problem: self.problem }
    }
}

fn prefix(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

/// A JSON value whose texts are overwritten when it is dropped: a document holds secrets.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Wiped(pub(super) Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// No deeper than the parser goes, 128 levels.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(elements) => elements.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        _ => {}
    }
}

/// Where the keys of the receiving half live; everything else belongs to the sending half.
const RECEIVE_KEYS: [(&str, &[&str]); 2] =
    [("genesys", &["integrationId", "webhookSecrets", "eventsApiKey"]), ("lynn", &["inboundAuth"])];
/// Keys that both halves need and that are no secret.
const SHARED_KEYS: [(&str, &[&str]); 1] = [("genesys", &["integrationId"])];

/// The key of `media` that signs links.
const LINK_KEY: &str = "linkKey";

/// Splits an integration's document into the half that verifies callers and the half that acts. A key that nobody knows
/// stays in the second half, whose reader refuses it.
pub fn split(document: &Value) -> Result<(Value, Value), ConfigError> {
    let Some(whole) = document.as_object() else {
        return Err(ConfigError::new("", "an integration is a JSON object"));
    };
    let (mut receive, mut send) = (Map::new(), whole.clone());
    if let Some(name) = whole.get("name") {
        receive.insert("name".to_owned(), name.clone());
    }
    for (section, keys) in RECEIVE_KEYS {
        let Some(Value::Object(rest)) = send.get_mut(section) else { continue };
        let mut taken = Map::new();
        for key in keys {
            let Some(value) = rest.get(*key).cloned() else { continue };
            taken.insert((*key).to_owned(), value);
            if !SHARED_KEYS.iter().any(|(shared, names)| *shared == section && names.contains(key))
            {
                rest.remove(*key);
            }
        }
        receive.insert(section.to_owned(), Value::Object(taken));
    }
    add_link_key(whole, &mut send)?;
    Ok((Value::Object(receive), Value::Object(send)))
}

/// The half that acts signs links to files, the other half checks them: with a key that both make out of a webhook secret.
fn add_link_key(
    whole: &Map<String, Value>,
    send: &mut Map<String, Value>,
) -> Result<(), ConfigError> {
    let Some(Value::Object(media)) = send.get_mut("media") else { return Ok(()) };
    if media.contains_key(LINK_KEY) {
        let problem = "unknown key; it is made out of genesys.webhookSecrets";
        return Err(ConfigError::new(format!("media.{LINK_KEY}"), problem));
    }
    let secret = whole.get("genesys").and_then(|genesys| genesys["webhookSecrets"][0].as_str());
    if let (Some("relay"), Some(secret)) = (media.get("mode").and_then(Value::as_str), secret) {
        let key = LinkKey::derive(&SecretString::from(secret));
        media.insert(LINK_KEY.to_owned(), Value::from(key.text().expose_secret()));
    }
    Ok(())
}

/// Takes out what [`split`] put in.
pub fn without_link_key(mut document: Value) -> Value {
    if let Some(media) = document.get_mut("media").and_then(Value::as_object_mut) {
        media.remove(LINK_KEY);
    }
    document
}

/// Reads a JSON text into a configuration type.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ConfigError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| named(&error))?;
    deserializer
        .end()
        .map_err(|_| ConfigError::new("", "there is something after the JSON document"))?;
    Ok(value)
}

/// The key and the problem of a parser's error, without the value that it may quote.
fn named(error: &serde_path_to_error::Error<serde_json::Error>) -> ConfigError {
    let path = error.path().to_string();
    let path = if path == "." { String::new() } else { path };
    let whole = error.inner().to_string();
    if error.inner().is_syntax() || error.inner().is_eof() {
        return ConfigError::new(path, format!("this is not JSON: {whole}"));
    }
    let text = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(before, _)| before);
    if let Some(rest) = text.strip_prefix("unknown field `") {
        // The key may hold the parser's own words: what is expected comes after the last of them.
        let (key, expected) = rest.rsplit_once("`, expected ").unwrap_or((rest, "another"));
        // The path ends either at the unknown key or at the object that holds it.
        let key =
            if path == key || path.ends_with(&format!(".{key}")) { path } else { join(&path, key) };
        return ConfigError::new(key, format!("unknown key; expected {expected}"));
    }
    if let Some((key, _)) = quoted_after(text, "missing field `") {
        return ConfigError::new(join(&path, key), "this key is required");
    }
    ConfigError::new(path, unquoted(text))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn quoted_after<'a>(text: &'a str, start: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(start)?.split_once('`')
}

/// A parser quotes the value it did not like; it may be a secret in the wrong place, and it may hold the parser's own words: what
/// is expected comes after the last of them.
fn unquoted(text: &str) -> String {
    if text.starts_with("unknown variant `") {
        let expected = text.rsplit_once("`, expected ").map_or("", |(_, expected)| expected);
        return format!("this value is not known, expected {expected}");
    }
    let quoting = ["invalid type: ", "invalid value: "];
    let Some((before, rest)) = quoting.iter().find_map(|words| text.split_once(words)) else {
        return text.to_owned();
    };
    match rest.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{before}expected {expected}"),
        None => format!("{before}this value is not of the right kind"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_wiped_to_its_last_text() {
        let mut value = json!({ "a": "secret", "b": ["secret", { "c": "secret" }], "d": 1 });
        wipe(&mut value);
        assert_eq!(value, json!({ "a": "", "b": ["", { "c": "" }], "d": 1 }));
    }
}
