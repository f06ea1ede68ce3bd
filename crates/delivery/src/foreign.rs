//! A note for the operator: a webhook of a foreign channel came to an integration's address, signed
//! with the integration's secret, and was delivered there.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::genesys::outbound::OutboundNotification;
use shared::ids::{GenesysIntegrationId, IntegrationName};
use shared::ports::{ItemKey, Write};
use shared::time::Timestamp;

use super::event::{Payload, QueuedEvent};

/// How long the note is kept after the last case: 7 days.
const KEPT: Duration = super::record::KEPT;
/// The largest number of characters of a channel's id in the note; an id of Genesys Cloud has 36.
const SHOWN: usize = 64;

/// The last case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignChannel {
    pub at: Timestamp,
    /// The channel that the webhook names.
    pub channel: String,
}

/// The key of the note of an integration.
pub fn key(integration: &IntegrationName) -> ItemKey {
    ItemKey::new(format!("foreign#{integration}"), "last")
}

/// The channel that a webhook names, if it is not the integration's own.
pub(super) fn channel(event: &QueuedEvent, own: &GenesysIntegrationId) -> Option<String> {
    let Payload::Genesys(raw) = &event.payload else { return None };
    // Nearly every webhook names its own channel. Do not parse those again for this check.
    if raw.0.contains(own.as_str()) {
        return None;
    }
    let notification = OutboundNotification::parse(raw.0.as_bytes()).ok()?;
    let channel = notification.channel.id.filter(|channel| !own.is(channel.as_str()))?;
    Some(channel.as_str().chars().take(SHOWN).collect())
}

pub(super) fn write(event: &QueuedEvent, channel: String, now: Timestamp) -> Write {
    let note = ForeignChannel { at: now, channel };
    // Serialising a text and a number cannot fail.
    let body = serde_json::to_string(&note).unwrap_or_default();
    Write::anyway(key(&event.integration), body, Some(now + KEPT))
}
