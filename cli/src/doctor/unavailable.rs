//! Why something could not be checked, and what makes it possible.
//!
//! Rule: it is always reported as a warning, never left out.

use aws::operator::OperatorError;
use genesys_admin::organization::CallError;
use shared::error::chain;

use super::{Check, Finding};
use crate::failure;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    reason: String,
    action: String,
}

/// The value that was read, or the reason why it could not be read.
pub type Observation<T> = Result<T, Unavailable>;

impl Unavailable {
    pub fn new(reason: impl Into<String>, action: impl Into<String>) -> Self {
        Self { reason: reason.into(), action: action.into() }
    }

    /// The cause is reported by another check.
    pub fn after(check: Check) -> Self {
        Self::new(format!("not checked, because of {}", check.id()), format!("see {}", check.id()))
    }

    /// The finding of the check that fails because of it.
    pub fn failure(&self, check: Check) -> Finding {
        check.fail(&self.reason, &self.action)
    }

    /// The finding of a check that needs what could not be read.
    pub fn finding(&self, check: Check) -> Finding {
        check.warn(&self.reason, &self.action)
    }
}

impl From<&CallError> for Unavailable {
    fn from(error: &CallError) -> Self {
        let missing = error.missing_permissions();
        if missing.is_empty() {
            return Self::new(chain(error), "repair that, then run this again");
        }
        let missing = missing.join(", ");
        Self::new(
            format!("the administrator's OAuth client lacks {missing}"),
            format!(
                "add {missing} to a role of that client, or check it in Genesys Cloud yourself"
            ),
        )
    }
}

/// The message of a failed call to AWS says what to do.
impl From<anyhow::Error> for Unavailable {
    fn from(error: anyhow::Error) -> Self {
        Self::new(failure::words(&error), "follow the message, then run this again")
    }
}

impl From<CallError> for Unavailable {
    fn from(error: CallError) -> Self {
        Self::from(&error)
    }
}

impl From<OperatorError> for Unavailable {
    /// The message of a failed AWS call says what to do.
    fn from(error: OperatorError) -> Self {
        Self::new(chain(&error), "follow the message, then run this again")
    }
}
