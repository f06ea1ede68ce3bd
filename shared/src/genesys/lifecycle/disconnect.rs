//! The reason why a participant left.

use serde::{Deserialize, Serialize};

/// A disconnect type of Genesys, known or not, in its original spelling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisconnectType(String);

/// Which side ended a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The agent's side.
    Agent,
    /// The customer's side.
    Customer,
    /// The conversation was quiet for too long.
    Timeout,
    /// Genesys, or an unknown type.
    System,
}

/// The meanings on `customer.end`. The participant is the customer, so `CLIENT` is the customer's
/// side and `PEER` the agent's.
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
    /// Accepts any spelling: events have `SESSION_EXPIRED`, the conversation API `session.expired`
    /// or `sessionExpired`.
    pub fn new(word: impl Into<String>) -> Self {
        Self(word.into())
    }

    fn letters(word: &str) -> String {
        word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase()
    }

    fn is(&self, word: &str) -> bool {
        Self::letters(&self.0) == Self::letters(word)
    }

    /// Whether the conversation was transferred: a wait in a queue ends so when an agent answers.
    pub fn is_transfer(&self) -> bool {
        self.is("TRANSFER")
    }

    /// Whether a participant left by any kind of transfer, so that the conversation goes on.
    pub fn is_any_transfer(&self) -> bool {
        Self::letters(&self.0).ends_with("TRANSFER")
    }

    /// Which side ended a conversation, if the customer left with this type.
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
        for word in ["TRANSFER", "consult.transfer", "noAnswerTransfer", "DND_TRANSFER"] {
            assert!(DisconnectType::new(word).is_any_transfer(), "{word}");
        }
        assert!(!DisconnectType::new("CLIENT").is_any_transfer());
    }
}
