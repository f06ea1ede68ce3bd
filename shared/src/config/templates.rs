//! The configuration's templates, before they are compiled: the crate `templates` does that.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use http::{HeaderName, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::error::ConfigError;
use super::lynn_authentication::{LynnAuthentication, is_taken};
use super::values::{filled, text};
use crate::event_type::OutboundType;

/// The entries that `lynn.templates` may have: the types of events to Lynn, a campaign, and the
/// rest of the types.
pub(super) const ENTRIES: [&str; 9] = {
    let [message, typing, receipt, connected, ended, queued, disconnected] = OutboundType::WORDS;
    [message, typing, receipt, connected, ended, queued, disconnected, "proactive", "*"]
};
/// The methods of a request by a template.
pub(super) const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The entries by their names.
pub type TemplateEntries = BTreeMap<String, TemplateEntry>;

/// The request for the events of one type. Parts that are left out are as without an entry.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct TemplateEntry {
    /// Whether an event is posted.
    pub when: Option<String>,
    pub method: Option<TemplateMethod>,
    pub url: Option<String>,
    pub headers: BTreeMap<String, String>,
    pub body: Option<Value>,
    /// Whether an answer says that there is no live session.
    pub session_ended: Option<String>,
}

impl fmt::Debug for TemplateEntry {
    /// Shows no text, because it may hold a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TemplateEntry")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TemplateMethod {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl TemplateMethod {
    pub fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// A header that goes with every call to Lynn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LynnHeader {
    #[serde(deserialize_with = "text")]
    pub name: String,
    #[serde(deserialize_with = "filled")]
    pub value: SecretString,
}

/// A value that is computed from a configuration once and kept with it. A copy of the configuration
/// computes its own.
#[derive(Default)]
pub struct Compiled(OnceLock<Box<dyn Any + Send + Sync>>);

impl Compiled {
    /// The value, which the first caller makes. Each place has one type; another type gets `None`.
    pub fn get<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.0.get_or_init(|| Box::new(make())).downcast_ref()
    }
}

impl Clone for Compiled {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Compiled")
    }
}

pub(super) const TAKEN: &str = "the bridge or HTTP itself sets this header; take another";
pub(super) const TWICE: &str = "another header of this list has the same name";
pub(super) const AUTHENTICATES: &str = "lynn.auth sets this header; give it in one place";

/// The name of the header by which `lynn.auth` authenticates.
pub(super) fn header_of<'a>(kind: &str, name: Option<&'a str>) -> Option<&'a str> {
    match kind {
        "bearer" | "basic" | "lynnToken" => Some("authorization"),
        "header" => name,
        _ => None,
    }
}

/// Checks what the types cannot express.
pub(super) fn check(
    headers: &[LynnHeader],
    entries: &TemplateEntries,
    auth: &LynnAuthentication,
) -> Result<(), ConfigError> {
    let auth = match auth {
        LynnAuthentication::None {} => None,
        LynnAuthentication::Header { name, .. } => Some(name.as_str()),
        _ => Some("authorization"),
    };
    for (position, header) in headers.iter().enumerate() {
        let wrong = |key: &str, problem: &str| {
            Err(ConfigError::new(format!("lynn.headers[{position}].{key}"), problem))
        };
        if is_taken(&header.name) {
            return wrong("name", TAKEN);
        }
        if HeaderName::from_bytes(header.name.as_bytes()).is_err() {
            return wrong("name", "this is not the name of a header");
        }
        if http::HeaderValue::from_str(header.value.expose_secret()).is_err() {
            return wrong("value", "this cannot be sent as the value of a header");
        }
        let same = |other: &LynnHeader| other.name.eq_ignore_ascii_case(&header.name);
        if headers.iter().take(position).any(same) {
            return wrong("name", TWICE);
        }
        if auth.is_some_and(|auth| auth.eq_ignore_ascii_case(&header.name)) {
            return wrong("name", AUTHENTICATES);
        }
    }
    for (entry, template) in entries {
        if !ENTRIES.contains(&entry.as_str()) {
            let expected = super::shape::one_of(&ENTRIES);
            let problem = format!("unknown key; {expected}");
            return Err(ConfigError::new(format!("lynn.templates.{entry}"), problem));
        }
        for name in template.headers.keys() {
            let key = format!("lynn.templates.{entry}.headers.{name}");
            if is_taken(name) {
                return Err(ConfigError::new(key, TAKEN));
            }
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                return Err(ConfigError::new(key, "this is not the name of a header"));
            }
        }
    }
    Ok(())
}
