//! The events that this process accepted lately, so that a repeat is known before its record is
//! written.
//!
//! Rule: it remembers digests, at most [`MOST`] of each of two generations.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;

use delivery::event::{Payload, QueuedEvent};
use shared::ids::ContactId;
use shared::lock::lock;
use shared::ports::Direction;

/// The most events of a generation.
pub const MOST: usize = 65_536;

#[derive(Default)]
pub struct Known {
    hasher: RandomState,
    generations: Mutex<[HashSet<u64>; 2]>,
}

impl Known {
    /// Remembers an event; `false` if it was known.
    pub fn add(&self, direction: Direction, event: &QueuedEvent) -> bool {
        let key = self.key(direction, event);
        let mut generations = lock(&self.generations);
        let [now, before] = &mut *generations;
        if before.contains(&key) || !now.insert(key) {
            return false;
        }
        if now.len() >= MOST {
            *before = std::mem::take(now);
        }
        true
    }

    /// Forgets an event that was given up or not accepted: if it comes again, it is a new one.
    pub fn forget(&self, direction: Direction, event: &QueuedEvent) {
        let key = self.key(direction, event);
        lock(&self.generations).iter_mut().for_each(|generation| {
            generation.remove(&key);
        });
    }

    /// Genesys Cloud's ids are unique; Lynn's are unique for their contact, and an event with other
    /// content is another event.
    fn key(&self, direction: Direction, event: &QueuedEvent) -> u64 {
        let of_lynn = matches!(event.payload, Payload::Lynn(_));
        let contact = event.contact.as_ref().filter(|_| of_lynn).map(ContactId::as_str);
        let id = event.dedup_key.record(direction);
        self.hasher.hash_one((event.integration.as_str(), contact, id, event.content()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(id: usize) -> QueuedEvent {
        let event = json!({ "integration": "support", "contact": "ana",
            "identity": { "message": id.to_string() }, "accepted_at": 1, "trace": "t",
            "payload": { "kind": "genesys", "data": "{}" } });
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn it_remembers_the_last_ones_and_forgets_what_it_is_told() {
        let known = Known::default();
        let add = |id| known.add(Direction::Outbound, &event(id));
        assert!(add(0) && !add(0) && add(1));
        known.forget(Direction::Outbound, &event(0));
        assert!(add(0) && !add(1));
        assert!((2..2 * MOST).all(add));
        assert!(!add(2 * MOST - 1) && !add(MOST + 1));
        assert!(add(1));
    }
}
