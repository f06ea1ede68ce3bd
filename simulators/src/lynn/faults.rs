//! Faults a test scripts in advance.

use std::time::Duration;

/// What goes wrong with one post of the bridge. A fault is met after authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LynnFault {
    /// Answers this status and does nothing.
    Status {
        /// The HTTP status.
        code: u16,
        /// The seconds of a `Retry-After` header.
        retry_after: Option<u64>,
    },
    /// Works as usual, but only after this time.
    Delay(Duration),
    /// Accepts at once and answers only after this time.
    AcceptThenHang(Duration),
    /// Accepts and closes the connection without an answer.
    AcceptThenDrop,
    /// Closes the connection; nothing was accepted.
    DropConnectionBefore,
    /// Accepts and answers `200 {"session": "ended"}`.
    SessionEnded,
    /// Invalidates all tokens just before the post is authenticated.
    TokensRevoked,
}
