//! Genesys Cloud Open Messaging: wire types, signature, tokens, client.

pub mod client;
pub mod inbound;
pub mod login;
pub mod outbound;
pub mod signature;
