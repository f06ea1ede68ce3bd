//! The dry run of a redrive: what would be sent, and what becomes of the first of them.
//!
//! Rule: what is started is exactly what a dry run showed: letters that came later are left out.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clients::SystemClock;
use delivery::redrive::{self, Redrive};
use serde_json::{Value, json};
use shared::ids::IntegrationName;
use shared::ports::Clock as _;
use tokio::time::Instant;
use uuid::Uuid;

use super::choice::Choice;
use super::letters;
use super::query::{Answer, Refused};
use super::state::Console;
use crate::operator::dead_letters::letters::{Letter, Letters};
use crate::operator::dead_letters::redrive::{again, words};

/// How long a dry run may be followed by its start.
const VALID: Duration = Duration::from_mins(15);
/// How many of the letters are tried without sending them.
const SAMPLE: usize = 20;

/// The letters of a dry run.
pub struct Plan {
    pub id: String,
    /// The filter, without a contact's id.
    pub filter: Value,
    pub letters: HashSet<(IntegrationName, String)>,
    made: Instant,
}

/// The last plan; an earlier one is no longer valid.
#[derive(Default)]
pub struct Plans(Mutex<Option<Plan>>);

impl Plans {
    fn keep(&self, plan: Plan) {
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

fn name(letter: &Letter) -> (IntegrationName, String) {
    (letter.kept.integration.clone(), letter.kept.sort().to_owned())
}

impl Plan {
    /// The letters that are still there, in the order in which they are sent again.
    pub fn in_order<'a>(&self, letters: &'a Letters) -> Vec<&'a Letter> {
        let planned = letters.all.iter().filter(|letter| self.letters.contains(&name(letter)));
        redrive::in_order(planned.collect(), |letter: &Letter| &letter.kept)
    }
}

/// Makes a plan, and shows it. Changes nothing.
pub async fn make(console: &Console, choice: &Choice) -> Answer {
    let chosen = choice.read(SystemClock.now())?;
    let letters = console.letters_now().await?;
    let planned: Vec<&Letter> = letters.all.iter().filter(|letter| chosen.admits(letter)).collect();
    let planned = redrive::in_order(planned, |letter: &Letter| &letter.kept);
    let count = planned.len();
    let conversations: BTreeSet<_> = planned
        .iter()
        .filter_map(|letter| Some((letter.kept.integration.as_str(), letter.contact.as_ref()?)))
        .collect();
    let first = planned.iter().map(|letter| letter.kept.content.at).min();
    let last = planned.iter().map(|letter| letter.kept.content.at).max();
    let sample = sample(console, &letters, &planned).await?;
    let plan = Plan {
        id: Uuid::new_v4().simple().to_string(),
        filter: chosen.described,
        letters: planned.iter().map(|letter| name(letter)).collect(),
        made: Instant::now(),
    };
    let shown = json!({
        "plan": plan.id,
        "filter": plan.filter,
        "count": count,
        "conversations": conversations.len(),
        "first": first.map(shared::time::Timestamp::to_text),
        "last": last.map(shared::time::Timestamp::to_text),
        "sample": sample,
        "allowed": console.allow_redrive,
    });
    console.jobs.plans.keep(plan);
    Ok(shown)
}

/// What would become of the first letters.
async fn sample(
    console: &Console,
    letters: &Letters,
    planned: &[&Letter],
) -> Result<Vec<Value>, Refused> {
    let installation = &console.installation;
    let redrive =
        Redrive { store: installation.store(), queue: installation.queue(), clock: &SystemClock };
    let mut notices = letters.notices.clone();
    let first = planned.get(..SAMPLE).unwrap_or(planned);
    let mut shown = letters::described(console, first).await?;
    for (letter, shown) in first.iter().zip(&mut shown) {
        let became = again(&redrive, letter, &mut notices, true).await?;
        shown["would"] = json!(words(&became).1);
    }
    Ok(shown)
}
