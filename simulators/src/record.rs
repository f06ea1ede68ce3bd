//! The records of a simulator for the tests and for a web page.

use std::time::Duration;

use serde_json::Value;

use crate::clock;

#[derive(Clone, Debug)]
pub struct RecordedRequest {
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The unchanged query, without the question mark.
    pub query: Option<String>,
    /// The headers in order of arrival, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; `Null` if it was empty or not JSON.
    pub body: Value,
    /// The status of the answer; `None` while in progress, and if the connection was dropped.
    pub status: Option<u16>,
    /// The time of arrival, counted from the start of the simulator.
    pub at: Duration,
}

impl RecordedRequest {
    /// The first header with this name, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// One line of the conversation as a person on this side sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptLine {
    /// Wall-clock time, ISO 8601 in UTC with milliseconds.
    pub time: String,
    /// The contact of the conversation.
    pub contact: String,
    /// `customer`, `agent`, `bot` or `system`.
    pub author: &'static str,
    /// The message, or a description of the event.
    pub text: String,
}

impl TranscriptLine {
    /// A line with the current time.
    pub(crate) fn now(contact: &str, author: &'static str, text: impl Into<String>) -> Self {
        Self { time: clock::now(), contact: contact.to_owned(), author, text: text.into() }
    }
}
