//! `bridge dead-letters redrive`: events are sent again.
//!
//! Rule: an event is in its queue before its dead letter is taken away. A death in between leaves both, and the same event sent
//! twice has one effect: the queue and its record know it by its number of redrives.

use anyhow::{Context, anyhow, bail};
use serde_json::{Value, json};
use shared::delivery::event::QueuedEvent;
use shared::ports::Clock;
use shared::system_clock::SystemClock;
use shared::time::Timestamp;

use super::super::place::Place;
use super::letters::{Letter, Letters};

/// Which events.
#[derive(Debug, clap::Args)]
#[group(id = "which", required = true, multiple = false)]
pub struct Arguments {
    /// Their ids, or the beginnings of them.
    ids: Vec<String>,
    /// All that can be sent again.
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
        self.queues
    }
}

/// What became of one.
enum Outcome {
    Sent,
    Refused(&'static str),
}

/// Sends them again, those given up first before the others.
pub async fn run(
    place: &Place,
    letters: Letters,
    arguments: &Arguments,
    as_json: bool,
) -> anyhow::Result<()> {
    let chosen = choose(&letters, arguments)?;
    let mut sent: Vec<Value> = Vec::new();
    let mut refused = 0;
    for letter in chosen {
        let outcome = again(place, letter)
            .await
            .with_context(|| format!("{} was not sent again; run it once more", letter.id))?;
        match outcome {
            Outcome::Sent if as_json => sent.push(json!(letter.id)),
            Outcome::Sent => println!("{}: sent again", letter.id),
            Outcome::Refused(reason) => {
                refused += 1;
                eprintln!("{}: {reason}", letter.id);
            }
        }
    }
    if as_json {
        println!("{:#}", json!({ "sent": sent }));
    }
    if refused > 0 {
        bail!("{refused} dead letters stay as they are");
    }
    Ok(())
}

/// In the order in which they were given up, which is that of each conversation; each once.
fn choose<'a>(letters: &'a Letters, arguments: &Arguments) -> anyhow::Result<Vec<&'a Letter>> {
    let mut chosen: Vec<&Letter> = if arguments.all {
        letters.all().iter().collect()
    } else {
        arguments.ids.iter().map(|id| letters.one(id)).collect::<Result<_, _>>()?
    };
    chosen.sort_by_key(|letter| (letter.content.at, accepted_at(letter)));
    chosen.dedup_by(|one, other| one.id == other.id);
    Ok(chosen)
}

/// Two of one conversation may have been given up in the same millisecond.
fn accepted_at(letter: &Letter) -> Option<Timestamp> {
    serde_json::from_str::<QueuedEvent>(&letter.content.body.0).ok().map(|event| event.accepted_at)
}

async fn again(place: &Place, letter: &Letter) -> anyhow::Result<Outcome> {
    let Some(body) = letter.body(place.store()).await? else {
        return Ok(Outcome::Refused("a part of its event is missing"));
    };
    let Ok(event) = renewed(&body, SystemClock.now()) else {
        return Ok(Outcome::Refused(
            "its event cannot be read by this version, so it cannot be sent again; `show --show-body` prints it",
        ));
    };
    let direction = letter.content.direction;
    let message =
        event.to_message(direction).map_err(|_| anyhow!("the event cannot be written"))?;
    place.queue().send(direction, message).await?;
    place.store().write(&letter.removal()).await?;
    Ok(Outcome::Sent)
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
    use shared::ports::Direction;

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
