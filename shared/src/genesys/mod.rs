//! Genesys Cloud Open Messaging: wire types, signature, lifecycle events.

pub mod conversation;
pub mod events_key;
pub mod inbound;
pub mod lifecycle;
mod object;
pub mod outbound;
pub mod queue;
pub mod signature;
pub(crate) mod surrogates;
mod times;
