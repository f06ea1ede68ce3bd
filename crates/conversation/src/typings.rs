//! Which typings were here: they leave no record of their own, and a batch whose outcomes are lost is handed out again.
//!
//! Rule: at least the typings of one batch are known, so that none of them is shown again after what came behind it.

use serde::{Deserialize, Serialize};
use shared::ids::digest;

/// As many as a batch holds.
const MOST: usize = 10;
/// So many characters of a digest tell ten apart.
const CHARACTERS: usize = 12;

/// The latest typings of a conversation, of either side, that were shown or came too late to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typings(Vec<String>);

impl Typings {
    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this one was here, by its identity.
    pub fn knows(&self, identity: &str) -> bool {
        self.0.contains(&short(identity))
    }

    /// Remembers one, and forgets the oldest where there are too many.
    pub fn note(&mut self, identity: &str) {
        if self.knows(identity) {
            return;
        }
        self.0.push(short(identity));
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }
}

fn short(identity: &str) -> String {
    digest(&[identity]).chars().take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typings_of_a_batch_are_known_and_older_ones_forgotten() {
        let mut typings = Typings::default();
        for number in 0..15 {
            typings.note(&number.to_string());
            typings.note(&number.to_string());
        }
        let known: Vec<bool> = (0..15).map(|number| typings.knows(&number.to_string())).collect();
        assert_eq!(known, [[false; 5].as_slice(), &[true; 10]].concat());
    }
}
