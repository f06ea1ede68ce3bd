//! `bridge dead-letters redrive`: selects the events to send again, and reports the results.

use std::collections::HashSet;

use anyhow::{anyhow, bail};
use clients::SystemClock;
use delivery::redrive::{self, NoticeValidity, Redrive, RedriveOutcome};
use serde_json::{Value, json};
use shared::ports::{Clock, ItemKey, PortError};

use super::super::installation::Installation;
use super::letters::{Letter, Letters};
use crate::count::counted;
use crate::output;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    pub which: Which,
    /// Shows what would be sent, in which order, and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// The ids, or the beginnings of them.
    ids: Vec<String>,
    /// All that the filters select.
    #[arg(long)]
    all: bool,
    /// Moves the messages in the stack's dead-letter queues back to their source queues, in order.
    /// Events older than `delivery.maxAgeMinutes` are then given up in order: the other side gets a
    /// notice, and each is kept as a dead letter.
    #[arg(long)]
    pub queues: bool,
}

/// The result for one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// Its event was to be sent again.
    Redriven(RedriveOutcome),
    /// It is kept: it is a notice, and its event is being sent again.
    Waits,
    /// It is deleted: it is a notice, and its event has arrived.
    Settled,
}

/// The words for a person, and the list of the JSON in which the letter appears.
pub fn words(became: &Became) -> (&'static str, &'static str) {
    match became {
        Became::Redriven(outcome) => outcome_words(*outcome),
        Became::Waits => (
            "waiting",
            "kept: it reports the failure of an event that is being sent again; run this again when that has ended",
        ),
        Became::Settled => (
            "settled",
            "not sent and deleted: it reports the failure of an event that has arrived since",
        ),
    }
}

fn outcome_words(outcome: RedriveOutcome) -> (&'static str, &'static str) {
    match outcome {
        RedriveOutcome::Sent => ("sent", "queued to be sent again"),
        RedriveOutcome::WouldBeSent => ("sent", "would be queued to be sent again"),
        RedriveOutcome::AlreadySent => ("known", "not sent: it was sent again before"),
        RedriveOutcome::Gone => {
            (REFUSED, "not sent: its event, or a part of it, is no longer stored")
        }
        RedriveOutcome::Unreadable => {
            (REFUSED, "not sent: this version cannot read its event; `show --show-body` prints it")
        }
    }
}

/// The list of the letters that are kept unchanged.
pub const REFUSED: &str = "refused";

pub async fn run(
    installation: &Installation,
    letters: &Letters,
    arguments: &Arguments,
    as_json: bool,
) -> anyhow::Result<()> {
    let mut done = json!({ "dryRun": arguments.dry_run, "sent": [], "known": [], "refused": [],
                           "waiting": [], "settled": [] });
    let mut refused = 0;
    let mut failed = None;
    let redrive =
        Redrive { store: installation.store(), queue: installation.queue(), clock: &SystemClock };
    let chosen = choose(letters, arguments)?;
    if chosen.is_empty() {
        output::note("there is no such dead letter, so nothing is sent again");
    }
    let mut notices = letters.notices.clone();
    for letter in chosen {
        let became = match again(&redrive, letter, &mut notices, arguments.dry_run).await {
            Ok(became) => became,
            Err(error) => {
                let advice = format!("{} was not sent again; run this once more", letter.id);
                failed = Some(anyhow!(error).context(advice));
                break;
            }
        };
        let (list, words) = words(&became);
        refused += usize::from(list == REFUSED);
        if as_json {
            done[list].as_array_mut().into_iter().for_each(|list| {
                list.push(Value::String(letter.id.clone()));
            });
        } else if list == REFUSED {
            output::note(format_args!("{}: {words}", letter.id));
        } else {
            output::line(format_args!("{}: {words}", letter.id));
        }
    }
    if as_json {
        output::line(format_args!("{done:#}"));
    }
    match failed {
        Some(error) => Err(error),
        None if refused > 0 => bail!("{} left as before", counted(refused, "dead letter")),
        None => Ok(()),
    }
}

/// Sends one letter again, or all, and returns what became of each as JSON.
pub async fn each(
    installation: &Installation,
    letters: &Letters,
    id: Option<&str>,
    clock: &dyn Clock,
) -> anyhow::Result<Vec<Value>> {
    let redrive = Redrive { store: installation.store(), queue: installation.queue(), clock };
    let chosen = match id {
        Some(id) => vec![letters.one(id)?],
        None => redrive::in_order(letters.all.iter().collect(), |letter: &Letter| &letter.kept),
    };
    let (mut notices, mut done) = (letters.notices.clone(), Vec::new());
    for letter in chosen {
        let (list, words) = words(&again(&redrive, letter, &mut notices, false).await?);
        done.push(json!({ "id": letter.id, "became": list, "words": words }));
    }
    Ok(done)
}

/// Sends one event again, unless it is a notice about a failure that no longer exists. `notices`:
/// the records of the notices of all letters.
pub async fn again(
    redrive: &Redrive<'_>,
    letter: &Letter,
    notices: &mut HashSet<ItemKey>,
    dry_run: bool,
) -> Result<Became, PortError> {
    if !letter.about.is_empty() {
        let has_letter = letter.record.as_ref().is_some_and(|record| notices.contains(record));
        match redrive.notice_validity(&letter.about, has_letter).await? {
            NoticeValidity::Holds => {}
            NoticeValidity::Open => return Ok(Became::Waits),
            NoticeValidity::Untrue => {
                if !dry_run {
                    redrive.discard(&letter.kept).await?;
                }
                return Ok(Became::Settled);
            }
        }
    }
    let outcome = redrive.again(&letter.kept, dry_run).await?;
    if let (
        RedriveOutcome::Sent | RedriveOutcome::WouldBeSent | RedriveOutcome::AlreadySent,
        Some(notice),
    ) = (outcome, &letter.notice)
    {
        notices.remove(notice);
    }
    Ok(Became::Redriven(outcome))
}

/// In the order of each conversation's events, each once.
fn choose<'a>(letters: &'a Letters, arguments: &Arguments) -> anyhow::Result<Vec<&'a Letter>> {
    let chosen: Vec<&Letter> = if arguments.which.all {
        letters.all.iter().collect()
    } else {
        arguments.which.ids.iter().map(|id| letters.one(id)).collect::<Result<_, _>>()?
    };
    Ok(redrive::in_order(chosen, |letter| &letter.kept))
}
