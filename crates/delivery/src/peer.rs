//! Which of Lynn's messages a Genesys message is: written by the inbound sender, read when a receipt comes back.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shared::ids::{ConversationKey, GenesysMessageId, LynnEventId};
use shared::ports::{Change, Expected, Item, ItemKey, Write};
use shared::time::Timestamp;

use crate::raw::Raw;
use crate::retention::RECORD_MILLISECONDS;

/// One part of a Lynn message as Genesys knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// Lynn's id of the message.
    pub message: LynnEventId,
    /// Which part of it, from 0.
    pub part: usize,
    /// How many parts it has.
    pub parts: usize,
}

impl Peer {
    /// Where the peer of a Genesys message lies.
    pub fn key(conversation: &ConversationKey, message: &str) -> ItemKey {
        ItemKey::new(conversation.partition(), format!("peer#{message}"))
    }

    /// The write that remembers it for as long as its message, where nothing lies yet: what came early is not to be overwritten.
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

/// Receipts that came before anybody knew which message they are about: Genesys accepted it, but its answer was slow or lost.
/// They lie where the message's peer will lie, until the inbound sender learns the id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyReceipts {
    /// The webhooks' bodies, in the order in which they came.
    pub early: Vec<Raw>,
}

impl EarlyReceipts {
    /// More are not kept for one message: there are fewer kinds of receipts.
    const MOST: usize = 10;

    /// Those that lie in an item; `None` when it is a peer.
    pub fn read(item: &Item) -> Option<Self> {
        serde_json::from_str(&item.body).ok()
    }

    /// The write that adds a receipt to what `found` holds.
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

/// What has been reported of the parts of one message: Lynn hears of the message as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PartReceipts {
    /// For each status, the parts that it was reported of.
    pub reported: std::collections::BTreeMap<String, BTreeSet<usize>>,
}

impl PartReceipts {
    /// Where the receipts of a message's parts lie.
    pub fn key(conversation: &ConversationKey, message: &LynnEventId) -> ItemKey {
        ItemKey::new(conversation.partition(), format!("parts#{message}"))
    }

    /// Notes a receipt, and says whether Lynn is to hear of it: a failure at the first part that failed, anything else when
    /// it holds of every part.
    pub fn note(&mut self, status: &str, peer: &Peer, failed: bool) -> bool {
        let parts = self.reported.entry(status.to_owned()).or_default();
        let new = parts.insert(peer.part);
        new && if failed { parts.len() == 1 } else { parts.len() == peer.parts }
    }

    /// The write that remembers it.
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
    let expires_at = Some(now.plus_milliseconds(RECORD_MILLISECONDS));
    let body = serde_json::to_string(value)?;
    Ok(Write {
        key,
        expected: Expected::Anything,
        change: Change::Put { body, expires_at, index: None, due: None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_published_when_all_its_parts_are() {
        let mut receipts = PartReceipts::default();
        let peer = |part| Peer { message: LynnEventId::new("m-1"), part, parts: 3 };
        assert!(!receipts.note("published", &peer(2), false));
        assert!(!receipts.note("published", &peer(0), false));
        assert!(!receipts.note("published", &peer(0), false));
        assert!(receipts.note("failed", &peer(1), true));
        assert!(!receipts.note("failed", &peer(2), true));
        assert!(receipts.note("published", &peer(1), false));
        assert!(!receipts.note("published", &peer(1), false));
    }
}
