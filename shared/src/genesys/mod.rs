//! Genesys Cloud Open Messaging: wire types, signature, tokens, client, the life of a conversation.

pub mod budget;
pub mod client;
pub mod conversation;
pub mod events_key;
pub mod inbound;
pub mod lifecycle;
pub mod login;
mod object;
pub mod outbound;
pub mod signature;
