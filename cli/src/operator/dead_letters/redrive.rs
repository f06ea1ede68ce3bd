//! `bridge dead-letters redrive`: which events are sent again, and what is said of it.

use anyhow::{anyhow, bail};
use serde_json::{Value, json};
use shared::delivery::redrive::{self, Outcome, Redrive};
use shared::system_clock::SystemClock;

use super::super::place::Place;
use super::letters::{Letter, Letters};

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

/// What is said of one, and in which list it is for machines.
fn words(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Sent => ("sent", "sent again"),
        Outcome::WouldBeSent => ("sent", "would be sent again"),
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
    let mut done = json!({ "dryRun": arguments.dry_run, "sent": [], "known": [], "refused": [] });
    let mut refused = 0;
    let mut failed = None;
    let redrive = Redrive { store: place.store(), queue: place.queue(), clock: &SystemClock };
    for letter in choose(letters, arguments)? {
        let outcome = match redrive.again(&letter.kept, arguments.dry_run).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let advice = format!("{} was not sent again; run it once more", letter.id);
                failed = Some(anyhow!(error).context(advice));
                break;
            }
        };
        let (list, words) = words(outcome);
        refused += usize::from(list == REFUSED);
        if as_json {
            done[list].as_array_mut().into_iter().for_each(|list| {
                list.push(Value::String(letter.id.clone()));
            });
        } else if list == REFUSED {
            eprintln!("{}: {words}", letter.id);
        } else {
            println!("{}: {words}", letter.id);
        }
    }
    if as_json {
        println!("{done:#}");
    }
    match failed {
        Some(error) => Err(error),
        None if refused > 0 => bail!("{refused} dead letters stay as they are"),
        None => Ok(()),
    }
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
