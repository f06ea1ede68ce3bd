//! Lynn: the wire types of the contract, and authentication.

pub mod authentication;
pub mod inbound;
pub mod outbound;
