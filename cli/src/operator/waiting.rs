//! The events that wait for one conversation: the next one, and those behind it.

use delivery::event::{QueuedEvent, unplaced_group};
use serde_json::{Value, json};
use shared::ids::{ContactId, ConversationKey};
use shared::ports::Direction;
use shared::time::Timestamp;

use super::installation::Installation;

/// The most entries that are shown.
const SHOWN: usize = 200;

pub struct Waiting {
    pub direction: Direction,
    /// The number of events before it in its direction.
    pub installation: usize,
    pub attempts: u32,
    pub not_before: Option<Timestamp>,
    /// `None`: another version wrote it.
    pub event: Option<QueuedEvent>,
}

/// The waiting events in the order of their delivery; `None` for a stack, whose queues cannot be
/// read. The events of a contact wait in one order, whatever their session, also those whose
/// session is not known yet.
pub async fn of(
    installation: &Installation,
    key: &ConversationKey,
    contact: &ContactId,
) -> anyhow::Result<Option<Vec<Waiting>>> {
    let Installation::Directory(visitor) = installation else { return Ok(None) };
    let (mut all, mut before) = (Vec::new(), None);
    let of_contact = ConversationKey::new(key.integration.clone(), contact.clone());
    let mut groups = vec![key.group(), of_contact.group(), unplaced_group(&of_contact)];
    groups.dedup();
    let mut entries = Vec::new();
    for group in groups {
        entries.extend(visitor.waiting(&group, SHOWN).await?);
    }
    entries.sort_by_key(|entry| entry.direction);
    for entry in entries {
        let installation = match before {
            Some((direction, installation)) if direction == entry.direction => installation + 1,
            _ => 0,
        };
        before = Some((entry.direction, installation));
        all.push(Waiting {
            direction: entry.direction,
            installation,
            attempts: entry.attempts,
            not_before: entry.not_before,
            event: serde_json::from_str(&entry.body).ok(),
        });
    }
    Ok(Some(all))
}

impl Waiting {
    pub const TITLES: [&str; 7] =
        ["DIRECTION", "KIND", "WAITS", "ACCEPTED", "ATTEMPTS", "NEXT ATTEMPT", "EVENT"];

    pub fn row(&self, now: Timestamp) -> [String; 7] {
        let event = self.event.as_ref();
        let moment = |time: Option<Timestamp>| time.map(Timestamp::to_text).unwrap_or_default();
        [
            self.direction.name().to_owned(),
            event.map_or("of another version", |event| event.dedup_key.kind()).to_owned(),
            match (self.installation, self.not_before) {
                (0, Some(at)) if at > now => "next, at NEXT ATTEMPT".to_owned(),
                (0, _) => "next, now".to_owned(),
                (installation, _) => format!("behind {installation}"),
            },
            moment(event.map(|event| event.accepted_at)),
            self.attempts.to_string(),
            moment(self.not_before),
            event.map(|event| event.dedup_key.logged()).unwrap_or_default(),
        ]
    }

    pub fn to_json(&self) -> Value {
        let event = self.event.as_ref();
        json!({
            "direction": self.direction,
            "behind": self.installation,
            "kind": event.map(|event| event.dedup_key.kind()),
            "id": event.map(|event| event.dedup_key.logged()),
            "acceptedAt": event.map(|event| event.accepted_at.to_text()),
            "attempts": self.attempts,
            "nextAttemptAt": self.not_before.map(Timestamp::to_text),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use clients::SystemClock;
    use delivery::accept;
    use delivery::event::{DedupKey, Payload};
    use shared::ids::{IntegrationName, TraceId};
    use shared::ports::Clock;
    use sqlite::{Database, Visitor};

    use super::*;
    use crate::operator::installation::Directory;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_events_of_a_contact_whose_session_is_not_known_yet_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let database = Database::open(folder.path(), Arc::clone(&clock)).unwrap();
        let visitor = Visitor::open(folder.path(), Arc::clone(&clock)).unwrap();
        let (support, ana) = (IntegrationName::new("support"), ContactId::new("ana"));
        let of = |session: &str| ConversationKey::new(support.clone(), ContactId::new(session));
        for (contact, unplaced) in [("ana", true), ("session-1", false), ("bo", true)] {
            let contact = Some(ContactId::new(contact));
            let (key, now) = (DedupKey::Deadline(1), clock.now());
            let trace = TraceId::new("00000000000000000000000000000001");
            let event =
                QueuedEvent::accepted(support.clone(), contact, key, Payload::Deadline, trace, now);
            let event = QueuedEvent { unplaced, ..event };
            accept::put(&visitor, Direction::Inbound, &event).await.unwrap();
        }
        let installation = Installation::Directory(Directory::new(visitor, clock));
        let waiting = super::of(&installation, &of("session-1"), &ana).await.unwrap().unwrap();
        let unplaced = waiting.iter().map(|it| it.event.as_ref().unwrap().unplaced);
        assert_eq!(unplaced.collect::<Vec<_>>(), [false, true]);
        database.close().await;
    }

    #[test]
    fn an_event_that_waits_for_its_time_is_not_said_to_be_tried() {
        let now = Timestamp::from_milliseconds(1_000);
        let waits = |installation, not_before: Option<i64>| {
            let not_before = not_before.map(Timestamp::from_milliseconds);
            let direction = Direction::Inbound;
            Waiting { direction, installation, attempts: 5, not_before, event: None }.row(now)[2]
                .clone()
        };
        assert_eq!(waits(0, Some(2_000)), "next, at NEXT ATTEMPT");
        assert_eq!([waits(0, None), waits(0, Some(1_000))], ["next, now"; 2]);
        assert_eq!(waits(2, None), "behind 2");
    }
}
