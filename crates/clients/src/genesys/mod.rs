//! Calls to Genesys Cloud: the login of an OAuth client, the choice of a client by its rate budget,
//! and the call itself.

pub mod budget;
pub mod client;
pub mod login;
