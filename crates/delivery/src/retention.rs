//! How long the store keeps what the delivery writes.

use std::time::Duration;

/// How long a record recognises a repeat of its event: 7 days.
pub const RECORD: Duration = Duration::from_hours(7 * 24);
/// How long a dead letter is kept for the operator: 90 days.
pub const LETTER: Duration = Duration::from_hours(90 * 24);
