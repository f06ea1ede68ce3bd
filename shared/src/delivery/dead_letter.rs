//! What is kept of an event that was given up: the event, the reason and the history.

use serde::{Deserialize, Serialize};

use super::record::Attempt;
use crate::error::{Class, Failure, Told};
use crate::ids::{IntegrationName, digest};
use crate::ports::{Change, Direction, Expected, ItemKey, Write};
use crate::time::Timestamp;

/// How long a dead letter is kept for an operator, in milliseconds: 90 days.
pub const KEPT_MILLISECONDS: i64 = 90 * 24 * 60 * 60 * 1000;

/// An event that was given up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Which queue it came from.
    pub direction: Direction,
    /// When it was given up.
    pub at: Timestamp,
    /// What the last failure meant.
    pub class: Class,
    /// Its code.
    pub code: String,
    /// What was tried and how it ended.
    pub summary: String,
    /// What the originating side was told, if there was one to tell.
    pub told: Option<Told>,
    /// Whether the other side may have accepted it unnoticed.
    pub uncertain: bool,
    /// The failed attempts before.
    pub history: Vec<Attempt>,
    /// The queue entry's body: what a redrive sends again.
    pub body: crate::delivery::event::Raw,
}

impl DeadLetter {
    /// A letter about a failure.
    pub fn new(direction: Direction, at: Timestamp, failure: &Failure, body: &str) -> Self {
        Self {
            direction,
            at,
            class: failure.class,
            code: failure.code.clone(),
            summary: crate::error::chain(failure),
            told: None,
            uncertain: failure.class == Class::Uncertain,
            history: Vec::new(),
            body: crate::delivery::event::Raw(body.to_owned()),
        }
    }

    /// The partition of an integration's dead letters.
    pub fn partition(integration: &IntegrationName) -> String {
        format!("dead#{integration}")
    }

    /// The write that keeps it: by its time, and by a digest so that the same event has one place.
    pub fn write(&self, integration: &IntegrationName) -> Result<Write, serde_json::Error> {
        let place =
            format!("{}#{}", self.at.to_text(), digest(&[self.direction.name(), &self.body.0]));
        Ok(Write {
            key: ItemKey::new(Self::partition(integration), place),
            expected: Expected::Anything,
            change: Change::Put {
                body: serde_json::to_string(self)?,
                expires_at: Some(self.at.plus_milliseconds(KEPT_MILLISECONDS)),
                index: None,
            },
        })
    }
}
