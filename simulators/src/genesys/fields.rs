//! Reads fields from untyped JSON and refuses values that Genesys refuses.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::refusal::{Checked, Refusal};
use crate::clock;

/// An object of a request with its name, which a refusal shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    name: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(name: &'a str, value: &'a Value) -> Checked<Self> {
        match value {
            Value::Object(map) => Ok(Self { name, map }),
            _ => Err(Refusal::bad_request(format!("'{name}' should be object"))),
        }
    }

    pub(super) fn object(self, key: &'a str) -> Checked<Self> {
        Self::of(key, self.required(key)?)
    }

    pub(super) fn optional_object(self, key: &'a str) -> Checked<Option<Self>> {
        self.get(key).map(|value| Self::of(key, value)).transpose()
    }

    pub(super) fn only(self, allowed: &[&str]) -> Checked<Self> {
        match self.map.keys().find(|key| !allowed.contains(&key.as_str())) {
            Some(key) => {
                Err(Refusal::bad_request(format!("Unrecognized field '{key}' in '{}'", self.name)))
            }
            None => Ok(self),
        }
    }

    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    pub(super) fn required(self, key: &str) -> Checked<&'a Value> {
        self.get(key).filter(|value| !value.is_null()).ok_or_else(|| {
            Refusal::bad_request(format!("'{}' should have required property '.{key}'", self.name))
        })
    }

    /// A required string that is not empty.
    pub(super) fn text(self, key: &str) -> Checked<&'a str> {
        match self.required(key)? {
            Value::String(text) if !text.is_empty() => Ok(text),
            _ => Err(Refusal::bad_request(format!(
                "'{}.{key}' should be a string that is not empty",
                self.name
            ))),
        }
    }

    pub(super) fn optional_text(self, key: &str) -> Checked<Option<&'a str>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::bad_request(format!("'{}.{key}' should be string", self.name))),
        }
    }

    pub(super) fn optional_flag(self, key: &str) -> Checked<Option<bool>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => {
                Err(Refusal::bad_request(format!("'{}.{key}' should be boolean", self.name)))
            }
        }
    }

    /// A whole number between two bounds, both included.
    pub(super) fn optional_number(self, key: &str, bounds: (u64, u64)) -> Checked<Option<u64>> {
        let (least, most) = bounds;
        match self.get(key) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
                _ => Err(Refusal::bad_request(format!(
                    "'{}.{key}' should be between {least} and {most}",
                    self.name
                ))),
            },
        }
    }

    /// A required word from a list, in exactly this spelling.
    pub(super) fn word(self, key: &str, allowed: &[&str]) -> Checked<&'a str> {
        let word = self.text(key)?;
        if allowed.contains(&word) {
            Ok(word)
        } else {
            Err(Refusal::invalid_value(key, word, allowed))
        }
    }

    /// A required word from a list in any case. Returns the spelling of the list.
    pub(super) fn word_in_any_case(
        self,
        key: &str,
        allowed: &[&'static str],
    ) -> Checked<&'static str> {
        let word = self.text(key)?;
        allowed
            .iter()
            .find(|known| known.eq_ignore_ascii_case(word))
            .copied()
            .ok_or_else(|| Refusal::invalid_value(key, word, allowed))
    }

    /// A required instant in UTC.
    pub(super) fn instant(self, key: &str) -> Checked<OffsetDateTime> {
        let text = match self.required(key)? {
            Value::String(text) => text,
            other => return Err(Refusal::invalid_date(key, &other.to_string())),
        };
        clock::parse_instant(text).ok_or_else(|| Refusal::invalid_date(key, text))
    }

    /// A list; empty if the field is absent.
    pub(super) fn list(self, key: &str) -> Checked<&'a [Value]> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(Refusal::bad_request(format!("'{}.{key}' should be array", self.name))),
        }
    }

    /// An optional map of strings to strings, without nesting.
    pub(super) fn string_map(self, key: &'a str) -> Checked<()> {
        let Some(fields) = self.optional_object(key)? else {
            return Ok(());
        };
        match fields.map.iter().find(|(_, value)| !value.is_string()) {
            Some((inner, _)) => {
                Err(Refusal::bad_request(format!("'{key}.{inner}' should be string")))
            }
            None => Ok(()),
        }
    }
}
