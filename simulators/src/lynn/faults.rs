//! Faults that a test scripts in advance.

use std::time::Duration;

/// The effect on one post of the bridge. It happens after authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LynnFault {
    /// Answers this status and does nothing else.
    Status {
        code: u16,
        /// The seconds of a `Retry-After` header.
        retry_after: Option<u64>,
    },
    /// Works as usual after this time.
    Delay(Duration),
    /// Accepts at once and answers after this time.
    AcceptThenHang(Duration),
    /// Accepts and closes the connection without an answer.
    AcceptThenDrop,
    /// Closes the connection without accepting the post.
    DropConnectionBefore,
    /// Accepts and answers `200 {"session": "ended"}`.
    SessionEnded,
    /// Invalidates all tokens just before the post is authenticated.
    TokensRevoked,
}
