//! Reads a JSON document into a type; an error names the key.

use serde::de::DeserializeOwned;

use super::error::ConfigError;
use super::{json, shape};

/// The address of `bridge serve` without the key `listen`.
pub(super) const DEFAULT_LISTEN: &str = "127.0.0.1:8787";

/// Reads a JSON text into a configuration type: first the syntax, then the shape.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ConfigError> {
    shape::read(&json::parse(text)?.0)
}
