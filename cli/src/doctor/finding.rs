//! What was found: a check's outcome, why, and what to do next.
//!
//! Rule: what could not be looked at is a warning, never well; a finding holds no secret and nothing personal.

use serde_json::{Value, json};
use shared::ids::IntegrationName;

use super::check::Check;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// Not known, or worth a look; messages get through as far as can be told.
    Warn,
    /// Messages are lost, refused or late until it is repaired.
    Fail,
}

impl Outcome {
    /// The word in a line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// Whose, when it is about one integration.
    pub integration: Option<IntegrationName>,
    /// Which one of several: an OAuth client, a permission, a queue.
    pub subject: Option<String>,
    /// How it came out.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// What to do next; none when it is well.
    pub action: Option<String>,
    /// How long it took, of a hop of the test message.
    pub milliseconds: Option<u64>,
}

impl Finding {
    /// It is as it should be.
    pub fn ok(check: Check, reason: impl Into<String>) -> Self {
        Self::new(check, Outcome::Ok, reason.into(), None)
    }

    /// It could not be looked at, or is worth a look.
    pub fn warn(check: Check, reason: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(check, Outcome::Warn, reason.into(), Some(action.into()))
    }

    /// It must be repaired.
    pub fn fail(check: Check, reason: impl Into<String>, action: impl Into<String>) -> Self {
        Self::new(check, Outcome::Fail, reason.into(), Some(action.into()))
    }

    fn new(check: Check, outcome: Outcome, reason: String, action: Option<String>) -> Self {
        Self {
            check,
            integration: None,
            subject: None,
            outcome,
            reason,
            action,
            milliseconds: None,
        }
    }

    /// Which one of several it is about.
    #[must_use]
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Whose it is.
    #[must_use]
    pub fn of(self, integration: &IntegrationName) -> Self {
        Self { integration: Some(integration.clone()), ..self }
    }

    /// How long it took.
    #[must_use]
    pub fn within(self, milliseconds: u64) -> Self {
        Self { milliseconds: Some(milliseconds), ..self }
    }

    /// For machines: the same keys always.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.check.id(),
            "integration": self.integration,
            "subject": self.subject,
            "outcome": self.outcome.word().to_ascii_lowercase(),
            "reason": self.reason,
            "action": self.action,
            "milliseconds": self.milliseconds,
        })
    }
}
