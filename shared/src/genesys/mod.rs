//! Genesys Cloud Open Messaging: wire types, signature, tokens, client.

mod budget;
pub mod client;
pub mod inbound;
pub mod login;
pub mod outbound;
pub mod signature;
