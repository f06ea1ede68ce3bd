//! A note for the operator: Lynn used an id for two different events.

use serde::{Deserialize, Serialize};
use shared::ids::IntegrationName;
use shared::ports::{Change, Expected, ItemKey, Write};
use shared::time::Timestamp;

use super::event::{Identity, QueuedEvent};

/// How long it is kept after the last time, in milliseconds: 7 days, as an id is known.
const KEPT_MILLISECONDS: i64 = super::record::KEPT_MILLISECONDS;

/// The last time that it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    /// When.
    pub at: Timestamp,
    /// The id, as the log may show it.
    pub id: String,
}

/// Where the note of an integration lies.
pub fn key(integration: &IntegrationName) -> ItemKey {
    ItemKey::new(format!("reused#{integration}"), "last")
}

/// The write that notes it.
pub(super) fn write(event: &QueuedEvent, used: &Identity, now: Timestamp) -> Write {
    let note = Reused { at: now, id: used.logged() };
    Write {
        key: key(&event.integration),
        expected: Expected::Anything,
        change: Change::Put {
            // Two texts and a number can always be written.
            body: serde_json::to_string(&note).unwrap_or_default(),
            expires_at: Some(now.plus_milliseconds(KEPT_MILLISECONDS)),
            index: None,
            due: None,
        },
    }
}
