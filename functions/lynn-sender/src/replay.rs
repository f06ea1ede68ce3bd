//! An authentic webhook that comes again when its record is gone: Genesys signs the body and no time of sending, so that whoever has
//! recorded a call can repeat it.
//!
//! Rule: what happened longer ago than a record lives has been here before. Genesys sends at once and for 85 s at most, so that
//! no honest webhook is that old. Its own time cannot be altered, since it is signed. Pure.

use shared::delivery::event::QueuedEvent;
use shared::delivery::record::KEPT_MILLISECONDS;
use shared::time::Timestamp;

/// A record lives from its last write, and its event happened before: by as much as Genesys' clock and ours may differ, the record
/// must outlive what it is to recognise.
const MARGIN_MILLISECONDS: i64 = 60 * 60 * 1000;
/// The year 2000: what is earlier is no time that somebody meant, and says nothing.
const EARLIEST_MILLISECONDS: i64 = 946_684_800_000;

/// Why it is left.
pub const REASON: &str = "replayed";

/// Whether an event comes again after the life of its record. `happened` is its own time; one without relies on its record. What
/// an operator sends again is meant.
pub fn is_replayed(event: &QueuedEvent, happened: Option<Timestamp>) -> bool {
    is_older(event, happened, KEPT_MILLISECONDS - MARGIN_MILLISECONDS)
}

/// The same for what has no record, since it lives for seconds.
pub fn is_outlived(event: &QueuedEvent, happened: Option<Timestamp>) -> bool {
    is_older(event, happened, MARGIN_MILLISECONDS)
}

fn is_older(event: &QueuedEvent, happened: Option<Timestamp>, milliseconds: i64) -> bool {
    event.redrive == 0
        && happened
            .filter(|happened| happened.milliseconds() >= EARLIEST_MILLISECONDS)
            // Not from now: an event may wait in our own queue for hours.
            .is_some_and(|happened| event.accepted_at.since(happened) > milliseconds)
}
