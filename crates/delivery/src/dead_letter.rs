//! A dead letter: an event that was given up, with the reason and the history.

use serde::{Deserialize, Serialize};
use shared::error::{Class, Failure, UserReason};
use shared::ids::{IntegrationName, digest};
use shared::packed::{compress, unpack};
use shared::ports::{Direction, Item, ItemKey, Write};
use shared::time::Timestamp;

use super::raw::Raw;
use super::record::{Attempt, EventRecord};
pub use super::retention::LETTER as KEPT;

/// The code of an event that was given up because its time had passed.
pub(crate) const EXPIRED: &str = "expired";

/// Replaces the integration's name when the queue entry cannot be read.
pub const UNREADABLE: &str = "unreadable";

/// A body up to this size is stored in its letter. An item of DynamoDB holds at most 400 KB, and
/// quotes grow when they are escaped.
const INLINE_BYTES: usize = 128 * 1024;
/// The size of each part of a longer body.
const PART_BYTES: usize = 256 * 1024;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// The direction of the queue that the event came from.
    pub direction: Direction,
    /// When the event was given up.
    pub at: Timestamp,
    /// The class of the last failure.
    pub class: Class,
    /// The code of the last failure.
    pub code: String,
    /// The attempted action and its result.
    pub summary: String,
    /// The notice to the originating side when the event was first given up. `None` if there was
    /// nothing to tell.
    #[serde(rename = "told")]
    pub user_reason: Option<UserReason>,
    /// The sort key, in the conversation's partition, of the record of the notice. That record says
    /// whether the notice arrived.
    #[serde(default)]
    pub notice: Option<String>,
    /// Whether the other side may have accepted the event although the bridge got no answer.
    pub uncertain: bool,
    /// The number of failed attempts, including those of earlier redrives.
    #[serde(default)]
    pub attempts: u32,
    /// When the first attempt failed.
    #[serde(default)]
    pub first_attempt: Option<Timestamp>,
    /// When the event was given up for the first time. It differs from `at` if an earlier redrive
    /// failed too.
    #[serde(default)]
    pub first_given_up: Option<Timestamp>,
    /// The latest failed attempts.
    pub history: Vec<Attempt>,
    /// The body of the queue entry, which a redrive sends again. Empty if the body is long and
    /// stored in parts beside the letter.
    pub body: Raw,
    /// The number of parts of the body that are stored beside the letter.
    #[serde(default)]
    pub parts: u32,
}

impl DeadLetter {
    pub fn new(direction: Direction, at: Timestamp, failure: &Failure, body: &str) -> Self {
        Self {
            direction,
            at,
            class: failure.class,
            code: failure.code.clone(),
            summary: shared::error::chain(failure),
            user_reason: None,
            notice: None,
            uncertain: failure.class == Class::Uncertain,
            attempts: 0,
            first_attempt: None,
            first_given_up: None,
            history: Vec::new(),
            body: Raw(body.to_owned()),
            parts: 0,
        }
    }

    /// Returns the letter with the attempts and the text of the notice from the event's record.
    pub(super) fn remembering(&self, record: &EventRecord) -> Self {
        Self {
            user_reason: record.user_reason.clone(),
            attempts: record.tried,
            first_attempt: record.tried_since,
            first_given_up: record.given_up_since,
            history: record.history.clone(),
            ..self.clone()
        }
    }

    /// Returns why the event did not arrive. An expired event keeps the cause of its last
    /// attempt.
    pub fn cause(&self) -> String {
        if self.code != EXPIRED {
            return self.summary.clone();
        }
        match self.history.last() {
            Some(attempt) => format!("{}; {}", attempt.summary, self.summary),
            None => format!("never tried, since it waited; {}", self.summary),
        }
    }

    pub fn last_attempt(&self) -> Option<Timestamp> {
        self.history.last().map(|attempt| attempt.at)
    }

    /// The sort value that keeps the letters of one conversation in the order of their events, even
    /// if some of them were redriven before.
    pub fn order_time(&self) -> Timestamp {
        self.first_given_up.unwrap_or(self.at)
    }

    /// The partition of the dead letters of an integration.
    pub fn partition(integration: &IntegrationName) -> String {
        format!("dead#{integration}")
    }

    /// Returns the writes that store the letter. The sort key is the time and a digest, so that the
    /// same event has one place. A long body is compressed and stored beside the letter in parts.
    pub fn writes(&self, integration: &IntegrationName) -> Result<Vec<Write>, serde_json::Error> {
        let digest = digest(&[self.direction.name(), &self.body.0]);
        let sort = format!("{}#{digest}", self.at.to_text());
        let partition = Self::partition(integration);
        if self.body.0.len() <= INLINE_BYTES {
            let letter = serde_json::to_string(self)?;
            return Ok(vec![self.put(ItemKey::new(partition, sort), letter)]);
        }
        let packed = compress(&self.body.0).map_err(serde_json::Error::io)?;
        // The compressed text is printable ASCII, so no character is cut.
        let parts = packed.as_bytes().chunks(PART_BYTES).map(String::from_utf8_lossy);
        let mut writes = Vec::new();
        for part in parts {
            let key = part_key(&partition, &sort, writes.len());
            writes.push(self.put(key, serde_json::to_string(&part)?));
        }
        let count = u32::try_from(writes.len()).unwrap_or(u32::MAX);
        let letter = Self { body: Raw(String::new()), parts: count, ..self.clone() };
        writes.push(self.put(ItemKey::new(partition, sort), serde_json::to_string(&letter)?));
        Ok(writes)
    }

    fn put(&self, key: ItemKey, body: String) -> Write {
        Write::anyway(key, body, Some(self.at + KEPT))
    }

    /// Returns the keys of the parts of the body, if the letter is stored at `letter`. Empty if the
    /// body is in the letter.
    pub(crate) fn part_keys(&self, letter: &ItemKey) -> Vec<ItemKey> {
        let parts = usize::try_from(self.parts).unwrap_or_default();
        (0..parts).map(|part| part_key(&letter.partition, &letter.sort, part)).collect()
    }

    /// Joins the body from the items that were read at [`Self::part_keys`]. `None` if a part is
    /// missing.
    pub(crate) fn whole_body(&self, parts: &[Option<Item>]) -> Option<String> {
        if self.parts == 0 {
            return Some(self.body.0.clone());
        }
        let mut packed = String::new();
        for part in parts {
            packed.push_str(&serde_json::from_str::<String>(&part.as_ref()?.body).ok()?);
        }
        Some(unpack(packed))
    }
}

fn part_key(partition: &str, sort: &str, part: usize) -> ItemKey {
    ItemKey::new(format!("{partition}#body"), format!("{sort}#{part:02}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared::ports::{Change, Clock, Store};
    use testing::{ManualClock, MemoryStore};

    use super::*;

    async fn kept(body: &str) -> (usize, String) {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
        let store = MemoryStore::new(Arc::clone(&clock));
        let failure = Failure::new(Class::Permanent, "code", "try");
        let letter = DeadLetter::new(Direction::Outbound, clock.now(), &failure, body);
        let integration = IntegrationName::new("support");
        let writes = letter.writes(&integration).unwrap();
        assert!(writes.iter().all(|write| match &write.change {
            Change::Put { body, .. } | Change::Rewrite { body } => body.len() < 400 * 1024,
            Change::Delete => false,
        }));
        store.write(&writes).await.unwrap();
        let partition = DeadLetter::partition(&integration);
        let (key, item) = store.list(&partition, "", None, 9).await.unwrap().remove(0);
        let letter: DeadLetter = serde_json::from_str(&item.body).unwrap();
        let parts = store.load(&letter.part_keys(&key)).await.unwrap();
        (writes.len(), letter.whole_body(&parts).unwrap())
    }

    #[test]
    fn what_was_given_up_for_its_time_has_the_cause_of_its_last_attempt() {
        let now = Timestamp::from_milliseconds(0);
        let failure = Failure::new(Class::Permanent, EXPIRED, "its time has passed");
        let mut letter = DeadLetter::new(Direction::Inbound, now, &failure, "{}");
        assert_eq!(letter.cause(), "never tried, since it waited; its time has passed");
        let summary = "post a message: answered 503 service.unavailable".to_owned();
        let (class, status) = (Class::Retry, Some(503));
        letter.history.push(Attempt { at: now, class, summary, status, part: 0 });
        let cause = "post a message: answered 503 service.unavailable; its time has passed";
        assert_eq!(letter.cause(), cause);
        letter.code = "bad.request".to_owned();
        assert_eq!(letter.cause(), "its time has passed");
    }

    #[tokio::test]
    async fn a_body_of_any_length_is_kept_whole() {
        let short = "{\"text\":\"¿Qué?\"}";
        assert_eq!(kept(short).await, (1, short.to_owned()));
        // A body that cannot be compressed and is as long as the longest webhook.
        let clock = ManualClock::new(3);
        let noise: String = (0..120_000).map(|_| format!("{:016x}\"", clock.random())).collect();
        let (writes, body) = kept(&noise).await;
        assert!((3..=25).contains(&writes), "{writes}");
        assert!(body == noise);
    }
}
