//! A note for the operator: Lynn used one id for two different events.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::ids::IntegrationName;
use shared::ports::{ItemKey, Write};
use shared::time::Timestamp;

use super::event::{DedupKey, QueuedEvent};

/// How long the note is kept after the last case: 7 days, the same as the record
/// of an id.
const KEPT: Duration = super::record::KEPT;

/// The last case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reused {
    pub at: Timestamp,
    /// The id, in the form that the log may show.
    pub id: String,
}

/// The key of the note of an integration.
pub fn key(integration: &IntegrationName) -> ItemKey {
    ItemKey::new(format!("reused#{integration}"), "last")
}

pub(super) fn write(event: &QueuedEvent, used: &DedupKey, now: Timestamp) -> Write {
    let note = Reused { at: now, id: used.logged() };
    // Serialising two texts and a number cannot fail.
    let body = serde_json::to_string(&note).unwrap_or_default();
    Write::anyway(key(&event.integration), body, Some(now + KEPT))
}
