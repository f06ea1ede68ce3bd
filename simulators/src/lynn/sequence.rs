//! Checks `sequence`: 1, 2, 3 … per integration and contact, without gaps; where each session is a
//! conversation of its own, per session too.

use std::collections::HashMap;

use serde_json::Value;

/// The numbers of one conversation.
#[derive(Debug, Default)]
struct Numbers {
    last_accepted: u64,
    /// The highest number sent by a proactive campaign, which may or may not have used it up.
    by_campaign: u64,
}

/// The numbers by integration and contact.
#[derive(Debug, Default)]
pub(super) struct Sequences(HashMap<(String, String), Numbers>);

/// The unit of counting: a contact, or one of its sessions.
pub(super) fn counted(contact: &str, event: &Value, per_session: bool) -> String {
    let session = event.pointer("/session/id").and_then(Value::as_str);
    match session.filter(|_| per_session) {
        Some(session) => format!("{contact} in the session {session}"),
        None => contact.to_owned(),
    }
}

impl Sequences {
    /// Checks the number of an event that is accepted for the first time. Returns the problem.
    pub(super) fn accept(
        &mut self,
        integration: &str,
        contact: &str,
        sequence: u64,
    ) -> Result<(), String> {
        let numbers = self.0.entry((integration.to_owned(), contact.to_owned())).or_default();
        let expected = numbers.last_accepted + 1;
        let after_campaign =
            numbers.by_campaign > numbers.last_accepted && sequence == numbers.by_campaign + 1;
        numbers.last_accepted = sequence;
        if sequence == expected || after_campaign {
            Ok(())
        } else {
            Err(format!(
                "sequence {sequence} for contact {contact} of {integration}, expected {expected}"
            ))
        }
    }

    /// Records the number of an event sent by a campaign.
    pub(super) fn note_campaign(&mut self, integration: &str, contact: &str, sequence: u64) {
        let numbers = self.0.entry((integration.to_owned(), contact.to_owned())).or_default();
        if sequence == numbers.last_accepted.max(numbers.by_campaign) + 1 {
            numbers.by_campaign = sequence;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sequences;

    #[test]
    fn each_conversation_counts_on_its_own_from_one() {
        let mut sequences = Sequences::default();
        assert_eq!(sequences.accept("a", "x", 1), Ok(()));
        assert_eq!(sequences.accept("a", "x", 2), Ok(()));
        assert_eq!(sequences.accept("a", "y", 1), Ok(()));
        assert_eq!(sequences.accept("b", "x", 1), Ok(()));
        assert!(sequences.accept("a", "x", 4).is_err());
        assert!(sequences.accept("a", "x", 4).is_err());
        assert!(sequences.accept("c", "x", 2).is_err());
    }

    #[test]
    fn a_number_sent_by_campaign_may_be_used_up_or_not() {
        let mut sequences = Sequences::default();
        assert_eq!(sequences.accept("a", "x", 1), Ok(()));
        sequences.note_campaign("a", "x", 2);
        sequences.note_campaign("a", "x", 3);
        assert_eq!(sequences.accept("a", "x", 4), Ok(()));
        sequences.note_campaign("a", "x", 5);
        assert_eq!(sequences.accept("a", "x", 5), Ok(()));
    }
}
