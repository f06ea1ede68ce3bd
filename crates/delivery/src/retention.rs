//! How long the store keeps what the delivery writes.

/// How long a record recognises a repeat of its event, in milliseconds: 7 days.
pub const RECORD_MILLISECONDS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How long a dead letter is kept for the operator, in milliseconds: 90 days.
pub const LETTER_MILLISECONDS: i64 = 90 * 24 * 60 * 60 * 1000;
