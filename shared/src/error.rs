//! Why a delivery did not happen, and what that means for what happens next.
//!
//! Rule: the class alone decides what the engine does. Words that may be personal go into [`Told`], which no log shows.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::file_refusal::RefusedFile;

/// What a failure means for the event that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// It did not happen and may later: again after a pause.
    Retry,
    /// The credential is no longer taken: once more with a new one, then permanent.
    Refresh,
    /// It may have happened: again with the same id and time, so that the receiver can recognise it.
    Uncertain,
    /// Nothing was sent, since it has to wait for its turn: again then, and no attempt.
    HeldBack,
    /// Nothing was sent, and nothing is to be, since there is more important work.
    LeftOut,
    /// It will never happen: tell the originating side, dead letter, go on.
    Permanent,
}

/// Words for the originating side. They may quote a message, so `Debug` hides them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(pub String);

impl fmt::Debug for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Told({} characters)", self.0.chars().count())
    }
}

/// A delivery that failed.
#[derive(Debug, thiserror::Error)]
#[error("{summary}")]
pub struct Failure {
    /// What it means.
    pub class: Class,
    /// A short code: the vendor's own when it gave one, else ours.
    pub code: String,
    /// What was tried and how it ended; safe to log.
    pub summary: String,
    /// What the originating side is told if this is the end.
    pub told: Told,
    /// How long the other side asked to be left alone.
    pub retry_after: Option<Duration>,
    /// The HTTP status that the other side answered, if it answered.
    pub status: Option<u16>,
    /// Whether a login failed, so that the credential in the configuration may be wrong.
    pub login_refused: bool,
    /// Whether anything was sent at all: a call held back by a known pause is no attempt.
    pub attempted: bool,
    /// What the relay of files found out. In a box, since most failures have none of it.
    pub relay: Option<Box<RelayFindings>>,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the relay of files found out while it failed.
#[derive(Debug, Default)]
pub struct RelayFindings {
    /// Files that are not passed on from now on: the event goes without them.
    pub refused_files: Vec<RefusedFile>,
    /// Whether it is our own store of files that did not answer, so that no file is lost over the time that it takes.
    pub own_trouble: bool,
}

impl Failure {
    /// A failure whose words for the originating side are those of the log.
    pub fn new(class: Class, code: impl Into<String>, summary: impl Into<String>) -> Self {
        let summary = summary.into();
        Self {
            class,
            code: code.into(),
            told: Told(summary.clone()),
            summary,
            retry_after: None,
            status: None,
            login_refused: false,
            attempted: true,
            relay: None,
            source: None,
        }
    }

    /// A login that failed.
    pub fn login(summary: impl Into<String>) -> Self {
        Self { login_refused: true, ..Self::new(Class::Retry, "login", summary) }
    }

    /// An event that was put in the queue of the other direction.
    pub fn misrouted() -> Self {
        Self::new(Class::Permanent, "misrouted", "deliver an event of the other direction")
    }

    /// A call that is of no use any more, and was not made.
    pub fn too_late(call: &str) -> Self {
        Self::new(Class::Retry, "too_late", format!("{call}: of no use any more")).not_attempted()
    }

    /// Adds words for the originating side.
    #[must_use]
    pub fn telling(mut self, told: impl Into<String>) -> Self {
        self.told = Told(told.into());
        self
    }

    /// Adds the pause that the other side asked for.
    #[must_use]
    pub fn after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Adds the status that the other side answered.
    #[must_use]
    pub fn answered(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Says that nothing was sent.
    #[must_use]
    pub fn not_attempted(mut self) -> Self {
        self.attempted = false;
        self
    }

    /// Adds what lies beneath.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// An error and everything beneath it, as one line. What an error says of the one beneath it is not said twice.
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
