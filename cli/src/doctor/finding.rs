//! A finding: the outcome of a check, why, and what to do next.
//!
//! Rule: what could not be checked is a warning, never OK. A finding contains no secret and no
//! personal data.

use serde_json::{Value, json};
use shared::ids::IntegrationName;

use super::Check;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// It could not be checked, or needs attention; messages get through as far as can be seen.
    Warn,
    /// Messages are lost, refused or late until it is repaired.
    Fail,
}

impl Outcome {
    /// The first word of the line.
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
    pub check: Check,
    /// The integration, if the finding is about one.
    pub integration: Option<IntegrationName>,
    /// Which one of several: an OAuth client, a permission, a queue.
    pub subject: Option<String>,
    pub outcome: Outcome,
    pub reason: String,
    /// The next step; `None` if the outcome is OK.
    pub action: Option<String>,
    /// The duration, for a hop of the test message.
    pub milliseconds: Option<u64>,
}

impl Check {
    pub fn ok(self, reason: impl Into<String>) -> Finding {
        self.finding(Outcome::Ok, reason.into(), None)
    }

    pub fn warn(self, reason: impl Into<String>, action: impl Into<String>) -> Finding {
        self.finding(Outcome::Warn, reason.into(), Some(action.into()))
    }

    pub fn fail(self, reason: impl Into<String>, action: impl Into<String>) -> Finding {
        self.finding(Outcome::Fail, reason.into(), Some(action.into()))
    }

    fn finding(self, outcome: Outcome, reason: String, action: Option<String>) -> Finding {
        Finding {
            check: self,
            integration: None,
            subject: None,
            outcome,
            reason,
            action,
            milliseconds: None,
        }
    }
}

impl Finding {
    /// Adds which one of several it is about.
    #[must_use]
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    #[must_use]
    pub fn of(self, integration: &IntegrationName) -> Self {
        Self { integration: Some(integration.clone()), ..self }
    }

    #[must_use]
    pub fn within(self, milliseconds: u64) -> Self {
        Self { milliseconds: Some(milliseconds), ..self }
    }

    /// For machines: always the same keys.
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
