//! Faults a test scripts in advance.

use std::time::Duration;

use crate::http::Call;

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
    /// `/api/v2/conversations/messages/agentless`.
    Agentless,
    /// `/api/v2/tokens/me`.
    TokensMe,
    /// Any call of the administration API.
    Administration,
    /// A call of the administration API by its path, or the beginning of it, as `/api/v2/routing/queues`; with a method
    /// before it, as `POST /api/v2/routing/queues`, by that method only.
    AdministrationAt(&'static str),
}

impl Endpoint {
    /// Whether a fault for this endpoint meets a call to `endpoint`.
    pub(super) fn covers(self, endpoint: Self, call: &Call) -> bool {
        match self {
            Self::Any => endpoint != Self::Login,
            Self::AdministrationAt(place) => {
                let (method, path) = place.split_once(' ').unwrap_or(("", place));
                endpoint == Self::Administration
                    && (method.is_empty() || call.method == method)
                    && call.path.starts_with(path)
            }
            _ => self == endpoint,
        }
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
    /// Refuses the call as of a client that has none of the permissions which it needs, and does nothing; what needs none works as
    /// usual.
    Forbidden,
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
