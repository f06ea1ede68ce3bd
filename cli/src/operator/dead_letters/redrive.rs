//! `bridge dead-letters redrive`: which events are sent again, and what is said of it.

use std::collections::HashSet;

use anyhow::{anyhow, bail};
use clients::SystemClock;
use delivery::redrive::{self, Outcome, Redrive, Standing};
use serde_json::{Value, json};
use shared::ports::{ItemKey, PortError};

use super::super::place::Place;
use super::letters::{Letter, Letters};
use crate::count::counted;
use crate::output;

/// What is to be done.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Says what would be sent, in which order, and changes nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Which events.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Their ids, or the beginnings of them.
    ids: Vec<String>,
    /// All that the filters admit.
    #[arg(long)]
    all: bool,
    /// The messages in the stack's dead-letter queues: back into the queues that they came from, in their order. What is older
    /// than `delivery.maxAgeMinutes` is then given up in order: told, and kept as a dead letter.
    #[arg(long)]
    queues: bool,
}

impl Arguments {
    /// Whether the stack's dead-letter queues are meant.
    pub fn queues(&self) -> bool {
        self.which.queues
    }

    /// Whether nothing is to be changed.
    pub fn dry_run(&self) -> bool {
        self.dry_run
    }
}

/// What became of one letter.
enum Became {
    /// Its event was to be sent again.
    Redriven(Outcome),
    /// It stays: it is a notice, and its event is on its way once more.
    Waits,
    /// It is taken away: it is a notice, and its event has arrived.
    Settled,
}

/// What is said of one, and in which list it is for machines.
fn words(became: &Became) -> (&'static str, &'static str) {
    match became {
        Became::Redriven(outcome) => outcome_words(*outcome),
        Became::Waits => (
            "waiting",
            "stays: it tells of a failure of what is on its way once more; run it again when that has ended",
        ),
        Became::Settled => (
            "settled",
            "not sent: it tells of a failure of what has arrived since; no dead letter any more",
        ),
    }
}

fn outcome_words(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Sent => ("sent", "queued to be sent again"),
        Outcome::WouldBeSent => ("sent", "would be queued to be sent again"),
        Outcome::Known => ("known", "had been sent again before, and is not sent twice"),
        Outcome::Gone => (REFUSED, "its event, or a part of it, is gone"),
        Outcome::Unreadable => (
            REFUSED,
            "its event cannot be read by this version, so it cannot be sent again; `show --show-body` prints it",
        ),
    }
}

/// The list of those that stay as they are.
const REFUSED: &str = "refused";

/// Sends them again.
pub async fn run(
    place: &Place,
    letters: &Letters,
    arguments: &Arguments,
    as_json: bool,
) -> anyhow::Result<()> {
    let mut done = json!({ "dryRun": arguments.dry_run, "sent": [], "known": [], "refused": [],
                           "waiting": [], "settled": [] });
    let mut refused = 0;
    let mut failed = None;
    let redrive = Redrive { store: place.store(), queue: place.queue(), clock: &SystemClock };
    let chosen = choose(letters, arguments)?;
    if chosen.is_empty() {
        output::note("there is no such dead letter, so nothing is sent again");
    }
    let mut notices = letters.notices().clone();
    for letter in chosen {
        let became = match again(&redrive, letter, &mut notices, arguments.dry_run).await {
            Ok(became) => became,
            Err(error) => {
                let advice = format!("{} was not sent again; run it once more", letter.id);
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

/// Sends one again, unless it tells of a failure that is none any more. `notices`: those of the letters that are left.
async fn again(
    redrive: &Redrive<'_>,
    letter: &Letter,
    notices: &mut HashSet<ItemKey>,
    dry_run: bool,
) -> Result<Became, PortError> {
    if !letter.about.is_empty() {
        let has_letter = letter.record.as_ref().is_some_and(|record| notices.contains(record));
        match redrive.standing(&letter.about, has_letter).await? {
            Standing::Holds => {}
            Standing::Open => return Ok(Became::Waits),
            Standing::Untrue => {
                if !dry_run {
                    redrive.discard(&letter.kept).await?;
                }
                return Ok(Became::Settled);
            }
        }
    }
    let outcome = redrive.again(&letter.kept, dry_run).await?;
    if let (Outcome::Sent | Outcome::WouldBeSent | Outcome::Known, Some(notice)) =
        (outcome, &letter.notice)
    {
        notices.remove(notice);
    }
    Ok(Became::Redriven(outcome))
}

/// In the order of each conversation's events; each once.
fn choose<'a>(letters: &'a Letters, arguments: &Arguments) -> anyhow::Result<Vec<&'a Letter>> {
    let chosen: Vec<&Letter> = if arguments.which.all {
        letters.all().iter().collect()
    } else {
        arguments.which.ids.iter().map(|id| letters.one(id)).collect::<Result<_, _>>()?
    };
    Ok(redrive::in_order(chosen, |letter| &letter.kept))
}
