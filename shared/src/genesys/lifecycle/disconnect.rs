//! Why a participant left.

use serde::{Deserialize, Serialize};

/// A disconnect type of Genesys' list, or a newer one, in its own spelling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisconnectType(String);

/// What a disconnect type says of who ended a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The other side of the customer: an agent.
    Agent,
    /// The customer's side.
    Customer,
    /// Nobody wrote for too long.
    Timeout,
    /// Genesys, or something not known.
    System,
}

/// On `customer.end`: the participant is the customer, so that `CLIENT` is the customer's own side and `PEER` the agent's.
const MEANINGS: [(&str, Meaning); 7] = [
    ("PEER", Meaning::Agent),
    ("SPAM", Meaning::Agent),
    ("CLIENT", Meaning::Customer),
    ("ENDPOINT", Meaning::Customer),
    ("TIMEOUT", Meaning::Timeout),
    ("INACTIVITY", Meaning::Timeout),
    ("SESSION_EXPIRED", Meaning::Timeout),
];

impl DisconnectType {
    /// In any spelling: the events write `SESSION_EXPIRED`, the conversation API `session.expired` or `sessionExpired`.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    fn letters(word: &str) -> String {
        word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase()
    }

    fn is(&self, word: &str) -> bool {
        Self::letters(&self.0) == Self::letters(word)
    }

    /// Whether the conversation went on to somebody: what ends a wait in a queue when an agent answers.
    pub fn is_transfer(&self) -> bool {
        self.is("TRANSFER")
    }

    /// Who ended a conversation whose customer left with this type.
    pub fn meaning(&self) -> Meaning {
        MEANINGS
            .iter()
            .find(|(word, _)| self.is(word))
            .map_or(Meaning::System, |(_, meaning)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_in_every_spelling() {
        for word in ["SESSION_EXPIRED", "session.expired", "sessionExpired"] {
            assert_eq!(DisconnectType::new(word).meaning(), Meaning::Timeout);
        }
        assert_eq!(DisconnectType::new("peer").meaning(), Meaning::Agent);
        for word in ["A_NEW_ONE", "TAKEOVER", "UNKNOWN"] {
            assert_eq!(DisconnectType::new(word).meaning(), Meaning::System, "{word}");
        }
        assert!(DisconnectType::new("transfer").is_transfer());
        assert!(!DisconnectType::new("NO_ANSWER_TRANSFER").is_transfer());
    }
}
