//! Decides the answer to SQS about each record of a batch.

use std::collections::HashMap;
use std::time::Duration;

use aws_lambda_events::event::sqs::SqsMessage;
use delivery::batch::{Outcome, QueueRecord};
use shared::packed;

/// In seconds. SQS hides a record for at most 12 hours after its receipt; one hour less, because
/// some of that time has already passed.
const LONGEST_PAUSE: u64 = 11 * 60 * 60;
/// How a record that returns often is slowed down: from this number of receipts, at least this
/// pause in seconds. SQS moves a record to its dead-letter queue after 1,000 receipts. The pauses
/// of all 1,000 together are longer than the longest `delivery.maxAgeMinutes`, so that every event
/// first reaches its own limit and the other side gets a notice.
const SLOWER: [(u32, u64); 5] = [(600, 1200), (400, 600), (300, 180), (100, 60), (20, 10)];

pub(super) struct Received {
    pub(super) record: QueueRecord,
    receipt_handle: String,
}

/// A record without an id cannot even be reported as failed, so its whole batch fails.
#[derive(Debug, thiserror::Error)]
#[error("an SQS record without {0}")]
pub(super) struct Incomplete(&'static str);

impl Received {
    pub(super) fn read(message: SqsMessage) -> Result<Self, Incomplete> {
        let attribute = |name: &str| message.attributes.get(name);
        let id = message.message_id.clone().ok_or(Incomplete("message id"))?;
        // Without a group id the record is a group of its own. Without a receipt count, assume that
        // it was delivered before.
        let group = attribute("MessageGroupId").cloned().unwrap_or_else(|| id.clone());
        let attempt =
            attribute("ApproximateReceiveCount").and_then(|text| text.parse().ok()).unwrap_or(2);
        let body = packed::unpack(message.body.unwrap_or_default());
        Ok(Self {
            record: QueueRecord { id, group, body, attempt },
            receipt_handle: message.receipt_handle.unwrap_or_default(),
        })
    }
}

/// A record that SQS must hide for `seconds` before it hands the record out again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pause {
    pub(super) receipt_handle: String,
    pub(super) seconds: i32,
}

/// The answer to SQS about a batch.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// The ids of the records that are not done.
    pub(super) again: Vec<String>,
    /// How long each of these records waits.
    pub(super) pauses: Vec<Pause>,
}

impl Verdict {
    pub(super) fn of(received: &[Received], outcomes: &[Outcome]) -> Self {
        let mut verdict = Self::default();
        let mut waiting: HashMap<&str, u64> = HashMap::new();
        for (place, received) in received.iter().enumerate() {
            let record = &received.record;
            // A record without an outcome was not delivered.
            let seconds = match outcomes.get(place).copied().unwrap_or(Outcome::Blocked) {
                Outcome::Done => continue,
                Outcome::Retry { after } => seconds(after).max(slower(record.attempt)),
                Outcome::Blocked => {
                    let ahead = waiting.get(record.group.as_str()).copied().unwrap_or(0);
                    ahead.max(slower(record.attempt))
                }
            };
            waiting.entry(&record.group).or_insert(seconds);
            verdict.again.push(record.id.clone());
            verdict.pauses.push(Pause {
                receipt_handle: received.receipt_handle.clone(),
                seconds: i32::try_from(seconds.min(LONGEST_PAUSE)).unwrap_or(i32::MAX),
            });
        }
        verdict
    }
}

/// Rounds up to whole seconds, so that a pause is never shorter than asked.
fn seconds(pause: Duration) -> u64 {
    pause.as_secs() + u64::from(pause.subsec_nanos() > 0)
}

fn slower(attempt: u32) -> u64 {
    SLOWER.iter().find(|(from, _)| attempt >= *from).map_or(0, |(_, seconds)| *seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use shared::config::LONGEST_MAX_AGE_MINUTES;

    use super::*;

    fn received(id: &str, group: &str, attempt: &str) -> Received {
        let message = json!({
            "messageId": id,
            "receiptHandle": format!("handle-{id}"),
            "body": "{}",
            "attributes": { "ApproximateReceiveCount": attempt, "MessageGroupId": group },
        });
        Received::read(serde_json::from_value(message).unwrap()).unwrap()
    }

    fn pauses(verdict: &Verdict) -> Vec<i32> {
        verdict.pauses.iter().map(|pause| pause.seconds).collect()
    }

    #[test]
    fn what_is_held_back_waits_with_what_it_waits_for() {
        let batch = [("1", "a"), ("2", "b"), ("3", "a"), ("4", "b"), ("5", "c")];
        let batch = batch.map(|(id, group)| received(id, group, "1"));
        let after = Duration::from_millis(4_001);
        let outcomes = [
            Outcome::Retry { after },
            Outcome::Done,
            Outcome::Blocked,
            Outcome::Blocked,
            Outcome::Done,
        ];
        let verdict = Verdict::of(&batch, &outcomes);
        assert_eq!(verdict.again, ["1", "3", "4"]);
        assert_eq!(pauses(&verdict), [5, 5, 0]);
        assert_eq!(verdict.pauses[1].receipt_handle, "handle-3");
    }

    #[test]
    fn no_pause_is_longer_than_sqs_takes_nor_too_short_for_what_comes_back_often() {
        let batch = [received("1", "a", "19"), received("2", "b", "20"), received("3", "c", "100")];
        let retry = |seconds| Outcome::Retry { after: Duration::from_secs(seconds) };
        assert_eq!(pauses(&Verdict::of(&batch, &[retry(2), retry(2), retry(2)])), [2, 10, 60]);
        let blocked = [Outcome::Done, Outcome::Done, Outcome::Blocked];
        assert_eq!(pauses(&Verdict::of(&batch, &blocked)), [60]);
        assert_eq!(pauses(&Verdict::of(&batch[..1], &[retry(1_000_000)])), [39_600]);
    }

    /// How often a record that is never delivered is handed out before its maximum age. `wish` is
    /// the pause that each attempt asks for; `None` means that the attempt is held back behind
    /// another record.
    fn receipts(max_age_minutes: u32, wish: impl Fn(u32) -> Option<Duration>) -> u32 {
        let end = u64::from(max_age_minutes) * 60;
        let (mut now, mut attempt) = (0, 0);
        while now < end && attempt <= MOST_RECEIPTS {
            attempt += 1;
            let batch = [received("1", "a", &attempt.to_string())];
            let outcome = wish(attempt).map_or(Outcome::Blocked, |after| Outcome::Retry { after });
            let pause = pauses(&Verdict::of(&batch, &[outcome]))[0];
            now += u64::try_from(pause).unwrap();
        }
        // At the last receipt the engine sees that the event is too old.
        attempt + 1
    }

    /// As `maxReceiveCount` of the queues.
    const MOST_RECEIPTS: u32 = 1000;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_event_reaches_its_own_end_before_sqs_puts_it_aside(
            max_age in 1..=LONGEST_MAX_AGE_MINUTES, seconds in prop::option::of(0_u64..600),
        ) {
            let wish = |_| seconds.map(Duration::from_secs);
            prop_assert!(receipts(max_age, wish) < MOST_RECEIPTS);
            prop_assert!(receipts(LONGEST_MAX_AGE_MINUTES, wish) < MOST_RECEIPTS);
        }
    }

    #[test]
    fn a_record_without_an_outcome_comes_again() {
        assert_eq!(Verdict::of(&[received("1", "a", "1")], &[]).again, ["1"]);
    }

    #[test]
    fn what_is_missing_is_taken_as_the_worst() {
        let bare = serde_json::from_value(json!({ "messageId": "1" })).unwrap();
        let received = Received::read(bare).unwrap().record;
        assert_eq!((received.group.as_str(), received.attempt), ("1", 2));
        assert!(Received::read(SqsMessage::default()).is_err());
    }
}
