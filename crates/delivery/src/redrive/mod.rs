//! Redriving: sends events again that were given up.
//!
//! Rules: An event is put in its queue before its dead letter is removed. If the process dies in
//! between, both exist; the same event sent twice has one effect, because the queue and the record
//! recognise it by its number of redrives. The event goes to the end of its conversation's queue:
//! waiting events keep their place, and several letters of one conversation keep the order of their
//! events.

mod letter;
mod notice;

use shared::ports::{Clock, Direction, Item, PortError, Queue, Store};
use shared::time::Timestamp;

use super::event::QueuedEvent;
use super::record::EventRecord;

pub use letter::{Letter, LetterItem, Subject, read};
pub use notice::{NoticeValidity, about};

/// The result for one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedriveOutcome {
    /// The event is in its queue, and the letter is removed.
    Sent,
    /// The event would be sent.
    WouldBeSent,
    /// Only the letter was left: an earlier run sent the event and ended before it removed the
    /// letter.
    AlreadySent,
    /// The letter stays, or is already removed: it contains no event.
    Gone,
    /// The letter stays: this version cannot read its event.
    Unreadable,
}

/// The services that a redrive needs.
pub struct Redrive<'a> {
    /// The store of the letters.
    pub store: &'a dyn Store,
    /// The queue for the events.
    pub queue: &'a dyn Queue,
    /// Gives the event a new acceptance time, so that it has its full time again.
    pub clock: &'a dyn Clock,
}

impl Redrive<'_> {
    /// Sends the event of a letter again and removes the letter. With `dry_run` it changes nothing.
    ///
    /// # Errors
    /// The store or the queue did not answer, or the stored data cannot be read. A second call
    /// continues where the first one stopped.
    pub async fn again(&self, letter: &Letter, dry_run: bool) -> Result<RedriveOutcome, PortError> {
        let Some(body) = letter.body(self.store).await? else { return Ok(RedriveOutcome::Gone) };
        let Ok(event) = renewed(&body, self.clock.now()) else {
            return Ok(RedriveOutcome::Unreadable);
        };
        let direction = letter.content.direction;
        let known = self.is_known(&event, direction).await?;
        if dry_run {
            return Ok(if known {
                RedriveOutcome::AlreadySent
            } else {
                RedriveOutcome::WouldBeSent
            });
        }
        if !known {
            let message = event.to_message(direction).map_err(corrupt("write an event"))?;
            self.queue.send(direction, message).await?;
        }
        self.store.write(&letter.removal()).await?;
        Ok(if known { RedriveOutcome::AlreadySent } else { RedriveOutcome::Sent })
    }

    /// Whether this redrive, or a later one, has already ended. If another event took the id
    /// meanwhile, this event has a derived id, and the record of the derived id answers.
    async fn is_known(&self, event: &QueuedEvent, direction: Direction) -> Result<bool, PortError> {
        let Some(record) = self.record(event, direction).await? else { return Ok(false) };
        let is_of_another = |content: &String| record.is_of_another(content, event.redrive);
        let Some(content) = event.content().filter(is_of_another) else {
            return Ok(record.is_finished(event));
        };
        let event = event.clone().derived(&content);
        let record = self.record(&event, direction).await?;
        Ok(record.is_some_and(|record| record.is_finished(&event)))
    }

    async fn record(
        &self,
        event: &QueuedEvent,
        direction: Direction,
    ) -> Result<Option<EventRecord>, PortError> {
        let found = self.store.load(&[event.record_key(direction)]).await?.pop().flatten();
        let read = |item: Item| serde_json::from_str(&item.body);
        found.map(read).transpose().map_err(corrupt("read what became of an event"))
    }
}

/// Sorts the letters into the order in which they must be sent again, which is the order of the
/// events of each conversation; removes duplicates.
pub fn in_order<T>(mut letters: Vec<&T>, of: impl Fn(&T) -> &Letter) -> Vec<&T> {
    letters.sort_by(|one, other| {
        let (one, other) = (of(one), of(other));
        (one.order(), one.sort()).cmp(&(other.order(), other.sort()))
    });
    letters.dedup_by(|one, other| of(one).sort() == of(other).sort());
    letters
}

/// Returns the event with the next redrive number, by which its record accepts it, and with its
/// full time.
fn renewed(body: &str, now: Timestamp) -> Result<QueuedEvent, serde_json::Error> {
    let mut event: QueuedEvent = serde_json::from_str(body)?;
    event.redrive = event.redrive.saturating_add(1);
    event.first_accepted_at = Some(event.time());
    event.accepted_at = now;
    Ok(event)
}

fn corrupt(operation: &'static str) -> impl Fn(serde_json::Error) -> PortError {
    move |source| PortError::Corrupt { operation, source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_renewed_and_recognised_as_the_same_redrive() {
        let body = json!({ "integration": "support", "contact": "ana", "identity": { "message": "m-1" },
                           "accepted_at": 5, "trace": "t", "payload": { "kind": "genesys", "data": "{}" } });
        let renewed = |now| renewed(&body.to_string(), Timestamp::from_milliseconds(now)).unwrap();
        let (first, second) = (renewed(1000), renewed(2000));
        assert_eq!((first.redrive, first.accepted_at.milliseconds()), (1, 1000));
        // If the event carries no time itself, a repeat must carry the time of its first attempt.
        let again = serde_json::to_string(&first).unwrap();
        let again = super::renewed(&again, Timestamp::from_milliseconds(3000)).unwrap();
        assert_eq!((again.redrive, again.time().milliseconds()), (2, 5));
        let id = |event: &QueuedEvent| event.to_message(Direction::Outbound).unwrap().deduplication;
        assert_eq!(id(&first), id(&second));
        let original: QueuedEvent = serde_json::from_value(body.clone()).unwrap();
        assert_ne!(id(&first), id(&original));
        assert!(super::renewed("{}", Timestamp::from_milliseconds(0)).is_err());
    }
}
