//! The message mapping: which of Lynn's messages a Genesys message belongs to. The inbound sender
//! writes it; it is read when a receipt arrives.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shared::ids::{ConversationKey, GenesysMessageId, LynnEventId};
use shared::ports::{Expected, Item, ItemKey, Write};
use shared::time::Timestamp;

use crate::raw::Raw;
use crate::retention::RECORD;

/// One part of a Lynn message as Genesys knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageLink {
    /// Lynn's id of the message.
    pub message: LynnEventId,
    /// The position of the part, from 0.
    pub part: usize,
    /// The number of parts of the message.
    pub parts: usize,
}

impl MessageLink {
    /// The key of the mapping of a Genesys message.
    pub fn key(conversation: &ConversationKey, message: &str) -> ItemKey {
        ItemKey::new(conversation.partition(), format!("peer#{message}"))
    }

    /// Returns the write that stores the mapping for as long as the record of its message. It
    /// succeeds only if nothing is stored under the key: early receipts must not be overwritten.
    pub fn write(
        &self,
        conversation: &ConversationKey,
        message: &GenesysMessageId,
        now: Timestamp,
    ) -> Result<Write, serde_json::Error> {
        let write = put(Self::key(conversation, message.as_str()), self, now)?;
        Ok(Write { expected: Expected::Absent, ..write })
    }
}

/// Receipts that arrived before the bridge knew which message they are about. Genesys accepted the
/// message, but its answer was slow or lost. They are stored under the key of the message's mapping
/// until the inbound sender learns the id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyReceipts {
    /// The bodies of the webhooks, in the order of arrival.
    pub early: Vec<Raw>,
}

impl EarlyReceipts {
    /// The largest number of receipts that are kept for one message; there are fewer kinds of
    /// receipts.
    const MOST: usize = 10;

    /// Reads the receipts in an item; `None` if the item is a mapping.
    pub fn read(item: &Item) -> Option<Self> {
        serde_json::from_str(&item.body).ok()
    }

    /// Returns the write that adds a receipt to those in `found`.
    pub fn write(
        key: ItemKey,
        found: Option<&Item>,
        receipt: &Raw,
        now: Timestamp,
    ) -> Result<Write, serde_json::Error> {
        let mut receipts = found.and_then(Self::read).unwrap_or_default();
        if receipts.early.len() < Self::MOST {
            receipts.early.push(receipt.clone());
        }
        let expected = found.map_or(Expected::Absent, |item| Expected::Version(item.version));
        Ok(Write { expected, ..put(key, &receipts, now)? })
    }
}

/// The statuses that were reported for the parts of one message. Lynn is told about the message as
/// a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PartReceipts {
    /// For each status, the parts that reported it.
    pub reported: std::collections::BTreeMap<String, BTreeSet<usize>>,
}

impl PartReceipts {
    /// The key of the receipts of the parts of a message.
    pub fn key(conversation: &ConversationKey, message: &LynnEventId) -> ItemKey {
        ItemKey::new(conversation.partition(), format!("parts#{message}"))
    }

    /// Records a receipt, and returns whether Lynn must be told: of a failure at the first failed
    /// part, of any other status when every part has it.
    pub fn add(&mut self, status: &str, message_link: &MessageLink, failed: bool) -> bool {
        let parts = self.reported.entry(status.to_owned()).or_default();
        let new = parts.insert(message_link.part);
        new && if failed { parts.len() == 1 } else { parts.len() == message_link.parts }
    }

    pub fn write(
        &self,
        conversation: &ConversationKey,
        message: &LynnEventId,
        now: Timestamp,
    ) -> Result<Write, serde_json::Error> {
        put(Self::key(conversation, message), self, now)
    }
}

fn put<T: Serialize>(key: ItemKey, value: &T, now: Timestamp) -> Result<Write, serde_json::Error> {
    Ok(Write::anyway(key, serde_json::to_string(value)?, Some(now + RECORD)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_published_when_all_its_parts_are() {
        let mut receipts = PartReceipts::default();
        let message_link = |part| MessageLink { message: LynnEventId::new("m-1"), part, parts: 3 };
        assert!(!receipts.add("published", &message_link(2), false));
        assert!(!receipts.add("published", &message_link(0), false));
        assert!(!receipts.add("published", &message_link(0), false));
        assert!(receipts.add("failed", &message_link(1), true));
        assert!(!receipts.add("failed", &message_link(2), true));
        assert!(receipts.add("published", &message_link(1), false));
        assert!(!receipts.add("published", &message_link(1), false));
    }
}
