//! What a simulator remembers for the tests and for a web page.

use std::time::Duration;

use serde_json::Value;

use crate::clock;

/// One request that reached a simulator.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query as it came, without the question mark.
    pub query: Option<String>,
    /// The headers in order of arrival, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; `Null` when there was none or when it was not JSON.
    pub body: Value,
    /// The status answered; none while in progress and when the connection was dropped.
    pub status: Option<u16>,
    /// When it arrived, counted from the start of the simulator.
    pub at: Duration,
}

impl RecordedRequest {
    /// The first header of this name (given in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// One line of the conversation as a person on this side sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptLine {
    /// Wall-clock time, ISO 8601 in UTC with milliseconds.
    pub time: String,
    /// The contact whose conversation it is.
    pub contact: String,
    /// `customer`, `agent`, `bot` or `system`.
    pub author: &'static str,
    /// What was said or what happened.
    pub text: String,
}

impl TranscriptLine {
    /// What was just said or has just happened.
    pub(crate) fn now(contact: &str, author: &'static str, text: impl Into<String>) -> Self {
        Self { time: clock::now(), contact: contact.to_owned(), author, text: text.into() }
    }
}
