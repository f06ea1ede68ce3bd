//! One type for each kind of identifier, so that two kinds cannot be mixed up.
//!
//! Rule: an id that may identify the customer (a phone number, an e-mail address) never appears in
//! `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Stores the identifier unchanged.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

macro_rules! public_identifier {
    ($(#[$documentation:meta])* $name:ident) => {
        identifier!($(#[$documentation])* $name);

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, formatter)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

public_identifier! {
    /// An integration's name, the last part of its two URLs: 1 to 64 of `A-Z a-z 0-9 - _`.
    IntegrationName
}
public_identifier! {
    /// The id of the Open Messaging integration in Genesys Cloud.
    GenesysIntegrationId
}

impl GenesysIntegrationId {
    /// Whether an id or address names this integration. Letter case does not matter in a UUID.
    pub fn is(&self, id: &str) -> bool {
        self.0.eq_ignore_ascii_case(id)
    }
}
public_identifier! {
    /// Genesys Cloud's id of a message, in either direction.
    GenesysMessageId
}
public_identifier! {
    /// The id of a Genesys Cloud conversation.
    GenesysConversationId
}
public_identifier! {
    /// Lynn's id of an event, 1 to 128 characters, unique per contact.
    LynnEventId
}
public_identifier! {
    /// Identifies one event in every log line, from acceptance to delivery.
    TraceId
}
identifier! {
    /// The customer's id: Lynn's, or Genesys', which may be made of contact and session (see
    /// `external_id.rs`). Often a phone number, so `Debug` shows a fingerprint.
    ContactId
}

impl IntegrationName {
    /// Whether the name can be used in a URL, a secret's name and a queue's group.
    pub fn is_valid(name: &str) -> bool {
        (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    }
}

impl ContactId {
    /// The first 12 hexadecimal digits of SHA-256: enough to follow a contact through a log,
    /// useless for calling the contact.
    pub fn fingerprint(&self) -> String {
        hex::encode(&Sha256::digest(self.0.as_bytes())[..6])
    }
}

impl fmt::Debug for ContactId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ContactId#{}", self.fingerprint())
    }
}

/// The prefix of every conversation's partition.
const CONVERSATION: &str = "conv#";

/// Identifies a conversation: one customer of one integration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ConversationKey {
    pub integration: IntegrationName,
    /// The customer's id at Genesys.
    pub contact: ContactId,
}

impl ConversationKey {
    pub fn new(integration: IntegrationName, contact: ContactId) -> Self {
        Self { integration, contact }
    }

    /// The conversation's queue group: 64 hexadecimal digits. A FIFO queue accepts at most 128
    /// characters, and not every character.
    pub fn group(&self) -> String {
        digest(&[self.integration.as_str(), self.contact.as_str()])
    }

    /// The table partition that contains everything about this conversation.
    pub fn partition(&self) -> String {
        format!("{CONVERSATION}{}#{}", self.integration.as_str(), self.contact.as_str())
    }

    /// The prefix of all conversations' partitions, or of one integration's.
    pub fn partitions(integration: Option<&IntegrationName>) -> String {
        let of = |integration| format!("{CONVERSATION}{integration}#");
        integration.map_or_else(|| CONVERSATION.to_owned(), of)
    }

    /// The conversation of a partition; `None` if the partition is not a conversation's.
    pub fn of_partition(partition: &str) -> Option<Self> {
        let rest = partition.strip_prefix(CONVERSATION)?;
        let (integration, contact) = rest.split_once('#')?;
        Some(Self::new(IntegrationName::new(integration), ContactId::new(contact)))
    }
}

/// SHA-256 over parts with their lengths, so that different parts never give the same digest by
/// joining. 64 hexadecimal digits.
pub fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    // Into an array, because `hex::encode` builds its text digit by digit.
    let mut digits = [0; 64];
    #[expect(clippy::expect_used, reason = "32 bytes have 64 digits")]
    hex::encode_to_slice(hasher.finalize(), &mut digits).expect("room for all digits");
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_never_shows_itself() {
        let contact = ContactId::new("5215512345678");
        assert!(!format!("{contact:?}").contains("5512345678"));
        let key = ConversationKey::new(IntegrationName::new("support"), contact);
        assert!(!format!("{key:?}").contains("5512345678"));
    }

    #[test]
    fn a_partition_tells_its_conversation() {
        let key = ConversationKey::new(IntegrationName::new("support"), ContactId::new("5#1"));
        assert_eq!(key.partition(), "conv#support#5#1");
        assert_eq!(ConversationKey::of_partition(&key.partition()), Some(key));
        assert_eq!(ConversationKey::of_partition("dead#support#5#1"), None);
    }

    #[test]
    fn groups_differ_where_concatenation_would_not() {
        let group = |integration: &str, contact: &str| {
            ConversationKey::new(IntegrationName::new(integration), ContactId::new(contact)).group()
        };
        assert_ne!(group("a", "bc"), group("ab", "c"));
        assert_eq!(group("a", "bc").len(), 64);
    }
}
