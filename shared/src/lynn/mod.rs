//! Lynn: the contract's wire types, authentication.

pub mod authentication;
pub mod inbound;
pub mod outbound;
