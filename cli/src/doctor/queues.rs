//! The events that wait in the queues.
//!
//! Rule: waiting entries are normal, since the events of a conversation follow one another; only a
//! long wait is reported.

use std::time::Duration;

use shared::ports::Direction;

use super::{Check, Finding, Observation, Unavailable};

/// From this age of the oldest entry, the finding is a warning.
const LONG: Duration = Duration::from_secs(60);
/// From this age it is a failure: the first retries are over then.
const TOO_LONG: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub entries: u64,
    /// How many of them a sender is working on; `None` if that is not known.
    pub in_hand: Option<u64>,
    /// How long the oldest has waited; `None` if that is not known.
    pub oldest: Option<Duration>,
}

pub fn check(direction: Direction) -> Check {
    match direction {
        Direction::Inbound => Check::InboundQueue,
        Direction::Outbound => Check::OutboundQueue,
    }
}

pub fn assess(direction: Direction, seen: Observation<Waiting>) -> Finding {
    let check = check(direction);
    let waiting = match seen {
        Ok(waiting) => waiting,
        Err(unavailable) => return unavailable.finding(check),
    };
    let action = match direction {
        Direction::Inbound => {
            "look for `retried` with direction inbound in the log, and at the findings genesys-login and genesys-rate-limit"
        }
        Direction::Outbound => {
            "look for `retried` with direction outbound in the log, and at the finding lynn-webhook"
        }
    };
    let reason = describe(&waiting);
    match (waiting.entries, waiting.oldest, waiting.in_hand) {
        (0, ..) => check.ok(reason),
        (_, Some(oldest), _) if oldest > TOO_LONG => check.fail(reason, action),
        (_, Some(oldest), _) if oldest > LONG => check.warn(reason, action),
        (_, Some(_), _) => check.ok(reason),
        (_, None, Some(0)) => {
            check.warn(format!("{reason}; no function is working on them"), action)
        }
        (_, None, _) => {
            let look = "run this again in a minute: fewer events must wait then";
            check.warn(format!("{reason}; how long is not known"), look)
        }
    }
}

fn describe(waiting: &Waiting) -> String {
    let entries = match waiting.entries {
        0 => return "empty".to_owned(),
        1 => "1 event waits".to_owned(),
        several => format!("{several} events wait"),
    };
    match waiting.oldest {
        Some(oldest) => format!("{entries}, the oldest for {} s", oldest.as_secs()),
        None => entries,
    }
}

/// The queues in the data directory of `bridge serve`.
pub async fn of_directory(visitor: &sqlite::Visitor) -> Vec<Finding> {
    let status = visitor.queue_status().await.map_err(|error| {
        Unavailable::new(shared::error::chain(&error), "check the disk of dataDir")
    });
    [Direction::Inbound, Direction::Outbound]
        .into_iter()
        .map(|direction| {
            let seen = status.clone().map(|status| {
                let of = match direction {
                    Direction::Inbound => status.inbound,
                    Direction::Outbound => status.outbound,
                };
                Waiting { entries: of.pending, in_hand: None, oldest: of.oldest }
            });
            assess(direction, seen)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    fn outcome(entries: u64, in_hand: Option<u64>, seconds: Option<u64>) -> Outcome {
        let oldest = seconds.map(Duration::from_secs);
        assess(Direction::Inbound, Ok(Waiting { entries, in_hand, oldest })).outcome
    }

    #[test]
    fn what_waits_long_is_trouble() {
        assert_eq!(outcome(0, Some(0), None), Outcome::Ok);
        assert_eq!(outcome(500, None, Some(3)), Outcome::Ok);
        assert_eq!(outcome(1, None, Some(120)), Outcome::Warn);
        assert_eq!(outcome(1, None, Some(3600)), Outcome::Fail);
        assert_eq!(outcome(7, Some(0), None), Outcome::Warn);
        assert_eq!(outcome(7, Some(7), None), Outcome::Warn);
    }
}
