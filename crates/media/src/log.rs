//! The relay's log lines.
//!
//! Rule: they contain keys, types and sizes, but never a link or a file name.

use delivery::event::QueuedEvent;
use shared::file_refusal::Refusal;
use shared::ports::Direction;

use super::link::MediaKey;

pub(super) fn copied(
    direction: Direction,
    event: &QueuedEvent,
    key: &MediaKey,
    (mime, size_bytes): (&str, u64),
    duration_ms: i64,
) {
    tracing::info!(
        event.name = "media.copied",
        direction = direction.name(),
        integration = event.integration.as_str(),
        trace.id = event.trace.as_str(),
        media.key = key.as_str(),
        mime,
        size_bytes,
        duration_ms,
        "A file was copied."
    );
}

/// A file is not passed on, and both sides get a notice.
pub(super) fn refused(direction: Direction, event: &QueuedEvent, key: &MediaKey, refusal: Refusal) {
    tracing::warn!(
        event.name = "media.refused",
        direction = direction.name(),
        integration = event.integration.as_str(),
        trace.id = event.trace.as_str(),
        media.key = key.as_str(),
        reason = refusal.name(),
        "A file is not passed on; both sides get a notice."
    );
}
