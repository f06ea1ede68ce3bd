//! Remembers the latest typing events. They have no record of their own, and a queue hands out a
//! batch again if its results are lost.
//!
//! Rule: at least the typing events of one batch are remembered, so that none of them is sent again
//! after the events that followed it.

use serde::{Deserialize, Serialize};
use shared::ids::digest;

/// The size of a batch.
const MOST: usize = 10;
/// Enough characters of a digest to distinguish ten typing events.
const CHARACTERS: usize = 12;

/// The latest typing events of a conversation, in both directions, that were delivered or arrived
/// too late to be delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typings(Vec<String>);

impl Typings {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the typing event with this deduplication key was seen.
    pub fn knows(&self, dedup_key: &str) -> bool {
        self.0.contains(&short(dedup_key))
    }

    /// Remembers a typing event, and removes the oldest if there are too many.
    pub fn remember(&mut self, dedup_key: &str) {
        if self.knows(dedup_key) {
            return;
        }
        self.0.push(short(dedup_key));
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }
}

fn short(dedup_key: &str) -> String {
    digest(&[dedup_key]).chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typings_of_a_batch_are_known_and_older_ones_forgotten() {
        let mut typings = Typings::default();
        for number in 0..15 {
            typings.remember(&number.to_string());
            typings.remember(&number.to_string());
        }
        let known: Vec<bool> = (0..15).map(|number| typings.knows(&number.to_string())).collect();
        assert_eq!(known, [[false; 5].as_slice(), &[true; 10]].concat());
    }
}
