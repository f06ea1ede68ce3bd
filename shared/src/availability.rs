//! How many agents a queue has: the answer that a flow gets, as the sender stores it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::IntegrationName;
use crate::ports::ItemKey;
use crate::time::{Timestamp, whole_milliseconds};

/// An older answer is renewed, and Genesys is asked at most once in this time.
pub const FRESH: Duration = Duration::from_secs(15);

/// The answer of Genesys. A missing number is not known.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// The agents who are on queue.
    pub agents: Option<u64>,
    /// The conversations that wait.
    pub waiting: Option<u64>,
    pub estimated_wait_seconds: Option<u64>,
    /// When Genesys was asked, by our clock.
    pub as_of: Timestamp,
}

impl Availability {
    /// The body of the answer.
    pub fn describe(&self, is_stale: bool) -> Value {
        json!({
            "open": self.agents.map(|agents| agents > 0),
            "agentsAvailable": self.agents,
            "waiting": self.waiting,
            "estimatedWaitSeconds": self.estimated_wait_seconds,
            "asOf": self.as_of.to_text(),
            "stale": is_stale,
        })
    }

    pub fn is_fresh(&self, now: Timestamp) -> bool {
        is_recent(self.as_of, now)
    }
}

/// The stored answer of one integration.
#[serde_with::skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StoredAvailability {
    /// The queue that it is about.
    pub queue: String,
    /// When Genesys was last asked, with or without an answer.
    pub asked_at: Option<Timestamp>,
    /// The latest answer.
    pub answer: Option<Availability>,
}

impl StoredAvailability {
    pub fn key(integration: &IntegrationName) -> ItemKey {
        ItemKey::new(format!("availability#{integration}"), "queue")
    }

    /// The stored answer about this queue. An item that cannot be read, or is about another queue,
    /// counts as nothing.
    pub fn read(body: Option<&str>, queue: &str) -> Self {
        let stored: Option<Self> = body.and_then(|body| serde_json::from_str(body).ok());
        let empty = || Self { queue: queue.to_owned(), ..Self::default() };
        stored.filter(|stored| stored.queue == queue).unwrap_or_else(empty)
    }

    /// Whether Genesys was asked so recently that it is not asked now.
    pub fn is_asked(&self, now: Timestamp) -> bool {
        self.asked_at.is_some_and(|asked| is_recent(asked, now))
    }

    /// Identifies the question that renews the answer, so that many callers queue one: the answer,
    /// and how often it has become old.
    pub fn question(&self, now: Timestamp) -> (i64, i64) {
        let asked = self.asked_at.map_or(0, Timestamp::milliseconds);
        (asked, now.milliseconds().saturating_sub(asked) / whole_milliseconds(FRESH))
    }
}

/// A time that is ahead of the clock counts as recent only within the same limit: the clock may
/// have been set back.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.apart_from(at) <= FRESH
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    #[test]
    fn what_is_not_known_is_null() {
        let mut answer = Availability {
            agents: Some(0),
            waiting: Some(2),
            estimated_wait_seconds: Some(45),
            as_of: at(0),
        };
        let known = json!({ "open": false, "agentsAvailable": 0, "waiting": 2,
            "estimatedWaitSeconds": 45, "asOf": "1970-01-01T00:00:00.000Z", "stale": false });
        assert_eq!(answer.describe(false), known);
        answer =
            Availability { agents: None, waiting: None, estimated_wait_seconds: None, ..answer };
        let unknown = json!({ "open": null, "agentsAvailable": null, "waiting": null,
            "estimatedWaitSeconds": null, "asOf": "1970-01-01T00:00:00.000Z", "stale": true });
        assert_eq!(answer.describe(true), unknown);
    }

    #[test]
    fn callers_share_a_question_and_later_ones_have_another() {
        let stored = StoredAvailability { asked_at: Some(at(1_000)), ..Default::default() };
        assert_eq!(stored.question(at(16_100)), stored.question(at(30_900)));
        assert_ne!(stored.question(at(16_100)), stored.question(at(31_100)));
        assert!(stored.is_asked(at(16_000)) && !stored.is_asked(at(16_001)));
        let body = serde_json::to_string(&StoredAvailability { queue: "q-1".to_owned(), ..stored });
        let body = body.unwrap();
        assert!(StoredAvailability::read(Some(&body), "q-1").asked_at.is_some());
        assert_eq!(StoredAvailability::read(Some(&body), "q-2").asked_at, None);
        assert_eq!(StoredAvailability::read(Some("[]"), "q-2").queue, "q-2");
    }
}
