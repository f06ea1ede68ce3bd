//! What stands for a secret where a configuration is shown: a document that still holds it cannot be used.

use serde_json::Value;

use super::document::{ConfigError, join};

/// What `bridge config pull` writes in place of a secret.
pub const MASK: &str = "(masked)";

/// Refuses a document with a mask in it.
pub(super) fn refuse(document: &Value) -> Result<(), ConfigError> {
    match first_masked(document, "") {
        None => Ok(()),
        Some(key) => Err(ConfigError::new(
            key,
            format!(
                "{MASK} is what `bridge config pull` writes for a secret; put the secret itself in"
            ),
        )),
    }
}

fn first_masked(value: &Value, path: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains(MASK).then(|| path.to_owned()),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(position, element)| first_masked(element, &format!("{path}[{position}]"))),
        Value::Object(fields) => {
            fields.iter().find_map(|(key, value)| first_masked(value, &join(path, key)))
        }
        _ => None,
    }
}
