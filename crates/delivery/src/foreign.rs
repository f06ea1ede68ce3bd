//! A note for the operator: a webhook of another channel came at an integration's address, signed with its secret, and was
//! delivered there.

use serde::{Deserialize, Serialize};
use shared::genesys::outbound::OutboundNotification;
use shared::ids::{GenesysIntegrationId, IntegrationName};
use shared::ports::{Change, Expected, ItemKey, Write};
use shared::time::Timestamp;

use super::event::{Payload, QueuedEvent};

/// How long it is kept after the last time, in milliseconds: 7 days.
const KEPT_MILLISECONDS: i64 = super::record::KEPT_MILLISECONDS;
/// As much of a channel's id is shown: one of Genesys Cloud has 36 characters.
const SHOWN: usize = 64;

/// The last time that it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignChannel {
    /// When.
    pub at: Timestamp,
    /// The channel that the webhook names.
    pub channel: String,
}

/// Where the note of an integration is stored.
pub fn key(integration: &IntegrationName) -> ItemKey {
    ItemKey::new(format!("foreign#{integration}"), "last")
}

/// The channel that a webhook names, where that is not the integration's own.
pub(super) fn channel(event: &QueuedEvent, own: &GenesysIntegrationId) -> Option<String> {
    let Payload::Genesys(raw) = &event.payload else { return None };
    // Nearly every webhook names its own channel, and is not read once more for this.
    if raw.0.contains(own.as_str()) {
        return None;
    }
    let notification = OutboundNotification::parse(raw.0.as_bytes()).ok()?;
    let channel = notification.channel.id.filter(|channel| !own.is(channel.as_str()))?;
    Some(channel.as_str().chars().take(SHOWN).collect())
}

/// The write that notes it.
pub(super) fn write(event: &QueuedEvent, channel: String, now: Timestamp) -> Write {
    let note = ForeignChannel { at: now, channel };
    Write {
        key: key(&event.integration),
        expected: Expected::Anything,
        change: Change::Put {
            // A text and a number can always be written.
            body: serde_json::to_string(&note).unwrap_or_default(),
            expires_at: Some(now.plus_milliseconds(KEPT_MILLISECONDS)),
            index: None,
            due: None,
        },
    }
}
