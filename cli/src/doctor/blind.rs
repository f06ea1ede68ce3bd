//! Why something could not be looked at, and what to do so that it can.
//!
//! Rule: it becomes a warning wherever it is met, never silence.

use genesys_admin::organization::CallError;
use shared::error::chain;

use super::check::Check;
use super::finding::Finding;

/// Something that was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    reason: String,
    action: String,
}

/// What was seen, or why not.
pub type Seen<T> = Result<T, Blind>;

impl Blind {
    /// Says why, and what to do.
    pub fn new(reason: impl Into<String>, action: impl Into<String>) -> Self {
        Self { reason: reason.into(), action: action.into() }
    }

    /// Because of a check that is reported by itself.
    pub fn after(check: Check) -> Self {
        Self::new(
            format!("not looked at, because of {}", check.id()),
            format!("see {}", check.id()),
        )
    }

    /// The line of a check that it made fail.
    pub fn failure(&self, check: Check) -> Finding {
        Finding::fail(check, &self.reason, &self.action)
    }

    /// The line of a check that needed it.
    pub fn finding(&self, check: Check) -> Finding {
        Finding::warn(check, &self.reason, &self.action)
    }
}

impl From<&CallError> for Blind {
    fn from(error: &CallError) -> Self {
        let missing = error.missing_permissions();
        if missing.is_empty() {
            return Self::new(chain(error), "mend that, then run it again");
        }
        let missing = missing.join(", ");
        Self::new(
            format!("the administrator's OAuth client lacks {missing}"),
            format!("add {missing} to a role of that client, or look in Genesys Cloud yourself"),
        )
    }
}

impl From<CallError> for Blind {
    fn from(error: CallError) -> Self {
        Self::from(&error)
    }
}
