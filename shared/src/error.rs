//! Why a delivery failed, and how the engine continues.
//!
//! Rule: the class alone decides what the engine does. Words that may be personal go into
//! [`UserReason`], which logs never show.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::file_refusal::RefusedFile;

/// How the engine continues after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Not delivered, but may succeed later: retry after a pause.
    Retry,
    /// The credential is refused: retry once with a new one, then treat as permanent.
    Refresh,
    /// May have been delivered: retry with the same id and time, so that the receiver can recognise
    /// a repeat.
    Uncertain,
    /// Nothing was sent, because the event must wait for its turn. Does not count as an attempt.
    #[serde(rename = "heldback")]
    Throttled,
    /// Nothing was sent and nothing will be, because more important work needs the rate budget.
    #[serde(rename = "leftout")]
    Shed,
    /// Will never succeed: tell the originating side, keep a dead letter, continue.
    Permanent,
}

/// Words for the originating side. They may quote a message, so `Debug` hides them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserReason(pub String);

crate::debug_writes!(UserReason: |reason| "{} characters", reason.0.chars().count());

/// A failed delivery.
#[derive(Debug, thiserror::Error)]
#[error("{summary}")]
pub struct Failure {
    pub class: Class,
    /// A short code: the vendor's if it gave one, otherwise the bridge's own.
    pub code: String,
    /// The attempted action and its result; safe to log.
    pub summary: String,
    /// The words for the originating side if the event is given up.
    pub user_reason: UserReason,
    /// The pause that the other side asked for.
    pub retry_after: Option<Duration>,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Whether a login failed, so that the configured credential may be wrong.
    pub login_refused: bool,
    /// Whether the configuration is at fault, so that a newer version of it may help.
    pub misconfigured: bool,
    /// False if nothing was sent; a call held back by a known pause is not an attempt.
    pub attempted: bool,
    /// The media relay's findings. Boxed, because most failures have none.
    pub relay: Option<Box<RelayFindings>>,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The facts that the media relay learned before it failed.
#[derive(Debug, Default)]
pub struct RelayFindings {
    /// Files that will not be passed on; the event is delivered without them.
    pub refused_files: Vec<RefusedFile>,
    /// Whether our own file store did not answer. This time does not count against the files.
    pub own_trouble: bool,
}

impl Failure {
    /// A failure with the same words for the log and for the originating side.
    pub fn new(class: Class, code: impl Into<String>, summary: impl Into<String>) -> Self {
        let summary = summary.into();
        Self {
            class,
            code: code.into(),
            user_reason: UserReason(summary.clone()),
            summary,
            retry_after: None,
            status: None,
            login_refused: false,
            misconfigured: false,
            attempted: true,
            relay: None,
            source: None,
        }
    }

    pub fn login(summary: impl Into<String>) -> Self {
        Self { login_refused: true, ..Self::new(Class::Retry, "login", summary) }
    }

    /// A mistake of the operator: nothing was sent, and the event waits until it is repaired.
    pub fn misconfigured(code: impl Into<String>, summary: impl Into<String>) -> Self {
        /// The pause before the next try, as for a configuration that cannot be read.
        const PAUSE: Duration = Duration::from_secs(2);
        let failure = Self::new(Class::Retry, code, summary).after(Some(PAUSE)).not_attempted();
        Self { misconfigured: true, ..failure.with_user_reason("It could not be delivered.") }
    }

    /// An event in the queue of the wrong direction.
    pub fn misrouted() -> Self {
        Self::new(Class::Permanent, "misrouted", "deliver an event of the other direction")
    }

    /// A call that was not made because it would no longer be useful.
    pub fn too_late(call: &str) -> Self {
        Self::new(Class::Retry, "too_late", format!("{call}: of no use any more")).not_attempted()
    }

    /// Sets the words for the originating side.
    #[must_use]
    pub fn with_user_reason(mut self, user_reason: impl Into<String>) -> Self {
        self.user_reason = UserReason(user_reason.into());
        self
    }

    /// Sets the pause that the other side asked for.
    #[must_use]
    pub fn after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Sets the HTTP status of the answer.
    #[must_use]
    pub fn answered(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Records that nothing was sent.
    #[must_use]
    pub fn not_attempted(mut self) -> Self {
        self.attempted = false;
        self
    }

    /// Sets the underlying error.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// An error and all its sources, as one line. Words that an error repeats of its source appear
/// once.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut line = error.to_string();
    // Where the words of the last error begin.
    let mut last = 0;
    let mut beneath = error.source();
    while let Some(source) = beneath {
        let text = source.to_string();
        if !line.contains(&text) {
            if text.ends_with(&format!(": {}", &line[last..])) {
                line.truncate(last);
            } else {
                line.push_str(": ");
                last = line.len();
            }
            line.push_str(&text);
        }
        beneath = source.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{words}")]
    struct Link {
        words: &'static str,
        #[source]
        beneath: Option<Box<Link>>,
    }

    fn linked(words: &[&'static str]) -> Option<Box<Link>> {
        let (words, beneath) = words.split_first()?;
        Some(Box::new(Link { words, beneath: linked(beneath) }))
    }

    #[test]
    fn nothing_is_said_twice() {
        for (words, line) in [
            (&["open", "no file"][..], "open: no file"),
            (&["POST /p: it answered 401", "it answered 401"], "POST /p: it answered 401"),
            (
                &["open", "no database", "Error code 26: no database"],
                "open: Error code 26: no database",
            ),
            (
                &["no database", "Error code 26: no database", "why"],
                "Error code 26: no database: why",
            ),
        ] {
            assert_eq!(chain(&*linked(words).unwrap()), line);
        }
    }
}
