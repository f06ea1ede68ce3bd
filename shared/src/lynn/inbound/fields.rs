//! Reads the fields of a JSON object and notes everything that is wrong with them.
//!
//! Rule: a note names the place and what is expected there, never the value.

use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use crate::time::Timestamp;

/// One thing that is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: `contact.id`, `attachments[0].url`; empty for the whole body.
    pub field: String,
    /// What is expected there.
    pub message: String,
}

/// So many problems are named; who repairs them all is told of the next. A body of the largest size could hold a hundred thousand.
const NAMED: usize = 100;

/// Everything that is wrong so far.
#[derive(Default)]
pub(super) struct Problems(Vec<FieldError>);

impl Problems {
    pub(super) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < NAMED {
            self.0.push(FieldError { field: field.into(), message: message.into() });
        }
    }

    /// The value, if nothing is wrong.
    pub(super) fn unless_any<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

/// An object and where it stands.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// Notes when the value is no object.
    pub(super) fn of(value: &'a Value, path: String, problems: &mut Problems) -> Option<Self> {
        match value {
            Value::Object(object) => Some(Self { object, path }),
            _ => {
                problems.add(path, "must be an object");
                None
            }
        }
    }

    /// Where a field stands.
    pub(super) fn place(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a field, unless it is missing or `null`.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// An optional text; a blank one is missing.
    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        match self.value(key)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
            _ => {
                problems.add(self.place(key), "must be a string");
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let wrong_kind = self.value(key).is_some_and(|value| !value.is_string());
        let text = self.text(key, problems);
        if text.is_none() && !wrong_kind {
            problems.add(self.place(key), "is required");
        }
        text
    }

    /// An id that must be there, of 1 to `longest` characters.
    pub(super) fn id(&self, key: &str, longest: usize, problems: &mut Problems) -> Option<String> {
        let id = self.required_text(key, problems)?;
        if id.chars().count() > longest {
            problems.add(self.place(key), format!("must have 1 to {longest} characters"));
            return None;
        }
        Some(id)
    }

    /// An optional instant.
    pub(super) fn time(&self, key: &str, problems: &mut Problems) -> Option<Timestamp> {
        let text = self.text(key, problems)?;
        let time = Timestamp::parse(&text);
        if time.is_none() {
            problems.add(self.place(key), "must be an RFC 3339 time such as 2026-11-22T10:00:00Z");
        }
        time
    }

    /// A URL that must be there, of the web.
    pub(super) fn url(&self, key: &str, problems: &mut Problems) -> Option<String> {
        let text = self.required_text(key, problems)?;
        let is_web = Url::parse(&text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_web {
            problems.add(self.place(key), "must be an http or https URL");
            return None;
        }
        Some(text)
    }

    /// One of several words, whatever its case, that must be there; anything else is noted with all of them.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let text = self.value(key).and_then(Value::as_str).map_or("", str::trim);
        let found = words.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
        if found.is_none() {
            let is_missing = self.value(key).is_none();
            let expected = if is_missing { "is required: one of" } else { "must be one of" };
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            problems.add(self.place(key), format!("{expected} {}", allowed.join(", ")));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// An optional object.
    pub(super) fn object(&self, key: &str, problems: &mut Problems) -> Option<Fields<'a>> {
        Fields::of(self.value(key)?, self.place(key), problems)
    }

    /// The objects of an optional array.
    pub(super) fn objects(&self, key: &str, problems: &mut Problems) -> Vec<Fields<'a>> {
        match self.value(key) {
            None => Vec::new(),
            Some(Value::Array(elements)) => elements
                .iter()
                .enumerate()
                .filter_map(|(index, element)| {
                    Fields::of(element, format!("{}[{index}]", self.place(key)), problems)
                })
                .collect(),
            Some(_) => {
                problems.add(self.place(key), "must be an array");
                Vec::new()
            }
        }
    }

    /// The fields in their order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.object.iter()
    }
}
