//! Faults a test scripts in advance.

use std::time::Duration;

/// Which call a fault waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Any API call; a login has to be named.
    Any,
    /// `…/inbound/open/message`.
    Message,
    /// `…/inbound/open/event`.
    Event,
    /// `…/inbound/open/receipt`.
    Receipt,
    /// `…/inbound/open/structured/response`.
    StructuredResponse,
    /// `/oauth/token`.
    Login,
    /// `/api/v2/conversations/messages/{conversationId}`.
    Conversation,
    /// `/api/v2/conversations/messages/{messageId}/details`.
    MessageDetails,
    /// `/api/v2/tokens/me`.
    TokensMe,
}

impl Endpoint {
    pub(super) fn covers(self, call: Self) -> bool {
        self == call || (self == Self::Any && call != Self::Login)
    }
}

/// What goes wrong. A fault is met after authentication and the rate limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Answers this status with the matching Genesys error body and does nothing.
    Status {
        /// The HTTP status.
        code: u16,
        /// The seconds of a `Retry-After` header.
        retry_after: Option<u64>,
    },
    /// Works as usual, but only after this time.
    Delay(Duration),
    /// Closes the connection; nothing was done.
    DropConnectionBefore,
    /// Does the work at once and answers only after this time.
    AcceptThenHang(Duration),
    /// Does the work and closes the connection without an answer.
    AcceptThenDrop,
    /// Does the work and answers its 2xx with an empty body.
    WithoutMessageId,
}

/// A fault, consumed by the first call it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The call it waits for.
    pub endpoint: Endpoint,
    /// What that call meets.
    pub effect: Effect,
}
