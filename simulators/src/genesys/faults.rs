//! Faults that a test scripts in advance.

use std::time::Duration;

use crate::http::Call;

/// The calls that a fault applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Any API call except a login, which needs [`Endpoint::Login`].
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
    /// Calls of the administration API by the beginning of their path, such as
    /// `/api/v2/routing/queues`. With a method before it, such as `POST /api/v2/routing/queues`,
    /// only calls with that method.
    AdministrationAt(&'static str),
}

impl Endpoint {
    /// Whether a fault for this endpoint applies to a call to `endpoint`.
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

/// The effect of a fault. It happens after authentication and the rate limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Answers this status with the matching Genesys error body and does nothing else.
    Status {
        code: u16,
        /// The seconds of a `Retry-After` header.
        retry_after: Option<u64>,
    },
    /// Refuses the call as if the client had none of the needed permissions, and does nothing else.
    /// A call that needs no permission works as usual.
    Forbidden,
    /// Works as usual after this time.
    Delay(Duration),
    /// Closes the connection without doing the work.
    DropConnectionBefore,
    /// Does the work at once and answers after this time.
    AcceptThenHang(Duration),
    /// Does the work and closes the connection without an answer.
    AcceptThenDrop,
    /// Does the work and answers its 2xx with an empty body.
    WithoutMessageId,
}

/// A fault. The first call that it applies to uses it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub endpoint: Endpoint,
    pub effect: Effect,
}
