//! What the table remembers of one event: how far it got, how often it was tried, and how it ended.
//!
//! Rule: it is kept for 7 days, but once the event was given up, as long as its dead letter may be redriven, so that a
//! redrive goes on where the event failed and has one effect however often it is asked for.

use serde::{Deserialize, Serialize};

use super::dead_letter;
use crate::error::{Class, Failure, Told};
use crate::lynn::inbound::same_words;
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
    /// How many attempts failed since it was accepted, or since the last redrive.
    pub failures: u32,
    /// How many attempts failed altogether.
    pub tried: u32,
    /// When the first of them failed.
    pub tried_since: Option<Timestamp>,
    /// When it was given up for the first time: what keeps its place among the dead letters of its conversation.
    pub given_up_since: Option<Timestamp>,
    /// Whether what it tells has changed the conversation: then Lynn is told of it, whatever happens meanwhile.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// Whether the other side may hold a part that is not counted in `parts`.
    pub uncertain: bool,
    /// What the originating side was told when it was given up, if there was one to tell.
    pub told: Option<Told>,
    /// The latest failed attempts.
    pub history: Vec<Attempt>,
    /// Which redrive it belongs to.
    pub redrive: u32,
    /// A digest of its content: another event under the same id is not this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
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

    /// Whether it is the record of another event, which came under the same id with this content. What was given up may be sent again
    /// under its id with other content too, but for other words where some of it has arrived.
    pub fn is_of_another(&self, content: &str) -> bool {
        let Some(own) = self.content.as_deref().filter(|own| *own != content) else { return false };
        self.state != State::Dead || (self.parts > 0 && !same_words(own, content))
    }

    /// How long it is kept after its last change, in milliseconds.
    pub fn kept_milliseconds(&self) -> i64 {
        match self.given_up_since {
            None => KEPT_MILLISECONDS,
            Some(_) => dead_letter::KEPT_MILLISECONDS,
        }
    }

    /// Notes that an attempt failed; a failure without an attempt is none.
    pub fn note(&mut self, failure: &Failure, at: Timestamp) {
        if !failure.attempted {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.tried = self.tried.saturating_add(1);
        self.tried_since.get_or_insert(at);
        self.uncertain |= failure.class == Class::Uncertain;
        let summary = crate::error::chain(failure);
        self.history.push(Attempt { at, class: failure.class, summary, status: failure.status });
        let surplus = self.history.len().saturating_sub(ATTEMPTS_KEPT);
        self.history.drain(..surplus);
    }

    /// Takes over what is stored where it got further than this: two processes may be at the same event, when its queue
    /// believes the first one dead.
    pub fn catch_up(&mut self, stored: &Self) {
        // A write that lost its race has moved nothing.
        self.moved = stored.moved;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_content_is_another_event_unless_it_repairs_what_was_given_up() {
        let record = |state, parts, content: Option<&str>| Record {
            state,
            parts,
            content: content.map(str::to_owned),
            ..Record::default()
        };
        for state in [State::Trying, State::Dead, State::Done] {
            assert!(!record(state, 1, Some("a.1")).is_of_another("a.1"));
            // An earlier version noted none.
            assert!(!record(state, 1, None).is_of_another("a.1"));
        }
        assert!(record(State::Trying, 0, Some("a.1")).is_of_another("b.1"));
        assert!(record(State::Done, 1, Some("a.1")).is_of_another("a.2"));
        assert!(!record(State::Dead, 0, Some("a.1")).is_of_another("b.2"));
        assert!(!record(State::Dead, 1, Some("a.1")).is_of_another("a.2"));
        assert!(record(State::Dead, 1, Some("a.1")).is_of_another("b.1"));
    }
}
