//! Calls to Genesys Cloud: the login of an OAuth client, the choice of a client by its rate budget,
//! and the call itself.

pub mod budget;
mod call;
pub mod client;
pub mod login;

pub use call::{Call, Priority};
