//! Reading a JSON document into a type with errors that name the key.

use serde::de::DeserializeOwned;

use super::{json, shape};

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
        Self { key: join(prefix, &self.key), problem: self.problem }
    }
}

fn prefix(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

/// The path of a key in the object at `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    match (path.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}.{key}"),
    }
}

/// A parser's path; empty for the document as a whole.
pub(super) fn path_of(path: &serde_path_to_error::Path) -> String {
    let path = path.to_string();
    if path == "." { String::new() } else { path }
}

/// Reads a JSON text into a configuration type: first whether it is JSON at all, then its shape.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ConfigError> {
    shape::read(&json::parse(text)?.0)
}
