//! The dry run of a redrive: what would be sent, and what becomes of the first of them.
//!
//! Rule: what is started is exactly what a dry run showed: letters that came later are left out.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use delivery::redrive;
use serde_json::Value;
use shared::ids::IntegrationName;
use tokio::time::Instant;

use super::query::Refused;
use crate::operator::dead_letters::letters::{Letter, Letters};

/// How long a dry run may be followed by its start.
const VALID: Duration = Duration::from_mins(15);

/// The letters of a dry run.
pub struct Plan {
    pub id: String,
    /// The filter, without a contact's id.
    pub filter: Value,
    pub letters: HashSet<(IntegrationName, String)>,
    pub made: Instant,
}

/// The last plan; an earlier one is no longer valid.
#[derive(Default)]
pub struct Plans(Mutex<Option<Plan>>);

impl Plans {
    pub fn keep(&self, plan: Plan) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
    }

    /// Takes the plan, which can be started once.
    pub fn take(&self, id: &str) -> Result<Plan, Refused> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match last.take() {
            Some(plan) if plan.id == id && plan.made.elapsed() < VALID => Ok(plan),
            other => {
                *last = other;
                Err(Refused::new(
                    http::StatusCode::CONFLICT,
                    "No such dry run",
                    "This dry run was started already, is older than 15 minutes, or another one \
                     was made since. Make the dry run again",
                ))
            }
        }
    }
}

pub fn name(letter: &Letter) -> (IntegrationName, String) {
    (letter.kept.integration.clone(), letter.kept.sort().to_owned())
}

impl Plan {
    /// The letters that are still there, in the order in which they are sent again.
    pub fn in_order<'a>(&self, letters: &'a Letters) -> Vec<&'a Letter> {
        let planned = letters.all.iter().filter(|letter| self.letters.contains(&name(letter)));
        redrive::in_order(planned.collect(), |letter: &Letter| &letter.kept)
    }
}
