//! The values that the texts of a template may use.

use std::sync::Arc;

use minijinja::value::Value;
use serde_json::{Value as Json, json};
use shared::wire::without_mark;

use crate::absences::Absences;
use crate::data;

/// The values by their names.
#[derive(Clone)]
pub struct Context {
    values: Vec<(&'static str, Value)>,
    absences: Arc<Absences>,
}

impl Context {
    /// An event, as the JSON of `POST {lynn.webhookUrl}`.
    pub fn event(event: &Json) -> Self {
        Self { values: Vec::new(), absences: Arc::default() }.with("event", event)
    }

    /// The campaign that is asked for.
    #[must_use]
    pub fn with_campaign(self, id: &Json) -> Self {
        self.with("campaign", &json!({ "id": id }))
    }

    /// An answer of Lynn's. A body that is not JSON is a text.
    #[must_use]
    pub fn with_answer(self, status: u16, headers: &http::HeaderMap, body: &[u8]) -> Self {
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: serde_json::Map<String, Json> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), Json::String(text(value))))
            .collect();
        let body = serde_json::from_slice(without_mark(body))
            .unwrap_or_else(|_| Json::String(String::from_utf8_lossy(body).into_owned()));
        self.with("answer", &json!({ "status": status, "headers": headers, "body": body }))
    }

    /// A value that the texts may use under a name.
    pub(crate) fn with(mut self, name: &'static str, json: &Json) -> Self {
        let value = data::value(json, name, &self.absences);
        self.values.push((name, value));
        self
    }

    pub(crate) fn none() -> Self {
        Self { values: Vec::new(), absences: Arc::default() }
    }

    pub(crate) fn value(&self) -> Value {
        Value::from_pairs(self.values.iter().map(|(name, value)| (*name, value.clone())))
    }

    pub(crate) fn absences(&self) -> &Absences {
        &self.absences
    }
}
