//! Makes a dry run of a redrive.

use std::collections::BTreeSet;

use clients::SystemClock;
use delivery::redrive::{self, Redrive};
use serde_json::{Value, json};
use shared::ports::Clock as _;
use tokio::time::Instant;
use uuid::Uuid;

use super::choice::Choice;
use super::letters;
use super::plan::{Plan, name};
use super::query::{Answer, Refused};
use super::state::Console;
use crate::operator::dead_letters::letters::{Letter, Letters};
use crate::operator::dead_letters::redrive::{again, words};

/// How many of the letters are tried without sending them.
const SAMPLE: usize = 20;

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

/// The expected outcome of the first letters.
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
