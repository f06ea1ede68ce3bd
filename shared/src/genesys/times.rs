//! The times that Genesys' events can have.

use crate::time::Timestamp;

/// The year 2000. An earlier time is not the time of an event or a message.
pub(super) const EARLIEST: Timestamp = Timestamp::from_milliseconds(946_684_800_000);
