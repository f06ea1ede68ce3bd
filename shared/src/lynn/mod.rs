//! Lynn: the contract's wire types, authentication, client.

pub mod authentication;
pub mod client;
pub mod inbound;
pub mod login;
pub mod outbound;
pub mod signature;
