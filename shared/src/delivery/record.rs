//! What the table remembers of one event for 7 days: how far it got, how often it was tried, and how it ended.

use serde::{Deserialize, Serialize};

use crate::error::Class;
use crate::time::Timestamp;

/// How long a record recognises its event again, in milliseconds: 7 days.
pub const KEPT_MILLISECONDS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How many failed attempts are kept for the operator; older ones are dropped.
const ATTEMPTS_KEPT: usize = 20;

/// How far an event got; what comes later here outweighs what comes before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It has been tried, and is not there yet.
    #[default]
    Trying,
    /// It was given up; only a redrive makes it live again.
    Dead,
    /// It is done.
    Done,
}

/// One attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// What kind of failure.
    pub class: Class,
    /// What was tried and how it ended.
    pub summary: String,
    /// The HTTP status that the other side answered, if it answered.
    #[serde(default)]
    pub status: Option<u16>,
}

/// The record of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record {
    /// How far it got.
    pub state: State,
    /// How many of its parts the other side has accepted.
    pub parts: u32,
    /// The time given to its first part: a repeat must carry the same one.
    pub first_time: Option<Timestamp>,
    /// How many attempts failed.
    pub failures: u32,
    /// Whether the other side may hold a part that is not counted in `parts`.
    pub uncertain: bool,
    /// The latest failed attempts.
    pub history: Vec<Attempt>,
    /// Which redrive it belongs to.
    pub redrive: u32,
}

impl Record {
    /// Whether an event that comes in again has nothing left to do.
    pub fn is_finished(&self, redrive: u32) -> bool {
        match self.state {
            State::Trying => false,
            State::Done => true,
            State::Dead => redrive <= self.redrive,
        }
    }

    /// Notes a failed attempt.
    pub fn note(&mut self, attempt: Attempt) {
        self.failures = self.failures.saturating_add(1);
        self.history.push(attempt);
        let surplus = self.history.len().saturating_sub(ATTEMPTS_KEPT);
        self.history.drain(..surplus);
    }

    /// Takes over what is stored where it got further than this: two processes may be at the same event, when its queue
    /// believes the first one dead.
    pub fn catch_up(&mut self, stored: &Self) {
        let reached = |record: &Self| (record.state as u8, record.parts);
        if stored.redrive >= self.redrive && reached(stored) > reached(self) {
            let parts = self.parts.max(stored.parts);
            *self = Self { parts, ..stored.clone() };
        }
    }

    /// Notes a part that the other side accepted: what was uncertain is settled.
    pub fn advance(&mut self) {
        self.parts = self.parts.saturating_add(1);
        self.uncertain = false;
    }
}
