//! The side of the bridge that Lynn's own Open Messaging engine calls, as it would call Genesys
//! Cloud: tokens, the four requests, the answers and the refusals.
//!
//! Source: the models `OpenInbound…` and `Open…NormalizedMessage` of Genesys' SDKs, and the error
//! body of the platform's API.

mod answer;
mod refusal;
mod request;
mod token;

pub use answer::accepted;
pub use refusal::{Denied, bad_request, denied, from_problem, not_found, unauthenticated};
pub use request::{Invalid, prefetches, read};
pub use token::{
    Credentials, Grant, LIFETIME_SECONDS, Rejection, TokenClaims, bearer, client_of, grant,
    granted, verify,
};

/// In bytes: `request.bytes.max` of the platform.
pub const BODY_LIMIT: usize = 512_000;

/// Whether a path belongs to these routes, whether or not there is anything at it.
pub fn is_open(path: &str) -> bool {
    let mut segments = path.trim_start_matches('/').split('/');
    matches!(segments.next(), Some("api" | "oauth"))
}
