//! `bridge dead-letters redrive`: events are sent again.
//!
//! Rules: an event is in its queue before its dead letter is taken away. A death in between leaves both, and the same event sent
//! twice has one effect: the queue and its record know it by its number of redrives. It goes to the end of its conversation's
//! queue: what waits there holds its place, and several of one conversation keep the order of its events.

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use shared::delivery::event::QueuedEvent;
use shared::delivery::record::Record;
use shared::ports::{Clock, Direction};
use shared::system_clock::SystemClock;
use shared::time::Timestamp;

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

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is in its queue, and its letter is gone.
    Sent,
    /// It would be sent.
    WouldBeSent,
    /// Only its letter was left: an earlier run had sent it and was ended before it took the letter away.
    Known,
    /// It stays.
    Refused(&'static str),
}

impl Outcome {
    fn words(self) -> &'static str {
        match self {
            Self::Sent => "sent again",
            Self::WouldBeSent => "would be sent again",
            Self::Known => "had been sent again before, and is not sent twice",
            Self::Refused(reason) => reason,
        }
    }

    fn list(self) -> &'static str {
        match self {
            Self::Sent | Self::WouldBeSent => "sent",
            Self::Known => "known",
            Self::Refused(_) => "refused",
        }
    }
}

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
    for letter in choose(letters, arguments)? {
        let outcome = match again(place, letter, arguments.dry_run).await {
            Ok(outcome) => outcome,
            Err(error) => {
                failed = Some(
                    error.context(format!("{} was not sent again; run it once more", letter.id)),
                );
                break;
            }
        };
        refused += usize::from(matches!(outcome, Outcome::Refused(_)));
        if as_json {
            done[outcome.list()].as_array_mut().into_iter().for_each(|list| {
                list.push(Value::String(letter.id.clone()));
            });
        } else if let Outcome::Refused(reason) = outcome {
            eprintln!("{}: {reason}", letter.id);
        } else {
            println!("{}: {}", letter.id, outcome.words());
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
    let mut chosen: Vec<&Letter> = if arguments.which.all {
        letters.all().iter().collect()
    } else {
        arguments.which.ids.iter().map(|id| letters.one(id)).collect::<Result<_, _>>()?
    };
    chosen.sort_by_key(|letter| (letter.order(), letter.id.clone()));
    chosen.dedup_by(|one, other| one.id == other.id);
    Ok(chosen)
}

async fn again(place: &Place, letter: &Letter, dry_run: bool) -> anyhow::Result<Outcome> {
    let Some(body) = letter.body(place.store()).await? else {
        return Ok(Outcome::Refused("its event, or a part of it, is gone"));
    };
    let Ok(event) = renewed(&body, SystemClock.now()) else {
        return Ok(Outcome::Refused(
            "its event cannot be read by this version, so it cannot be sent again; `show --show-body` prints it",
        ));
    };
    let direction = letter.content.direction;
    let known = is_known(place, &event, direction).await?;
    if dry_run {
        return Ok(if known { Outcome::Known } else { Outcome::WouldBeSent });
    }
    if !known {
        let message =
            event.to_message(direction).map_err(|_| anyhow!("the event cannot be written"))?;
        place.queue().send(direction, message).await?;
    }
    place.store().write(&letter.removal()).await?;
    Ok(if known { Outcome::Known } else { Outcome::Sent })
}

/// Whether this very redrive, or a later one, has ended already.
async fn is_known(
    place: &Place,
    event: &QueuedEvent,
    direction: Direction,
) -> anyhow::Result<bool> {
    let found = place.store().load(&[event.record_key(direction)]).await?.pop().flatten();
    let Some(item) = found else { return Ok(false) };
    let record: Record =
        serde_json::from_str(&item.body).context("read what became of the event")?;
    Ok(record.is_finished(event.redrive))
}

/// The event with a new number, by which its record lets it through, and a new beginning of its time.
fn renewed(body: &str, now: Timestamp) -> Result<QueuedEvent, serde_json::Error> {
    let mut event: QueuedEvent = serde_json::from_str(body)?;
    event.redrive = event.redrive.saturating_add(1);
    event.accepted_at = now;
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_renewed_and_recognised_as_the_same_redrive() {
        let body = json!({ "integration": "support", "contact": "ana", "identity": { "message": "m-1" },
                           "accepted_at": 5, "trace": "t", "payload": { "kind": "genesys", "data": "{}" } });
        let renewed = |now| renewed(&body.to_string(), Timestamp::from_milliseconds(now)).unwrap();
        let (first, second) = (renewed(1000), renewed(2000));
        assert_eq!((first.redrive, first.accepted_at.milliseconds()), (1, 1000));
        let id = |event: &QueuedEvent| event.to_message(Direction::Outbound).unwrap().deduplication;
        assert_eq!(id(&first), id(&second));
        let original: QueuedEvent = serde_json::from_value(body.clone()).unwrap();
        assert_ne!(id(&first), id(&original));
        assert!(super::renewed("{}", Timestamp::from_milliseconds(0)).is_err());
    }
}
