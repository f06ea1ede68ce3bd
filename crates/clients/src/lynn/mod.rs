//! Calls to Lynn: the login, if Lynn requires one, and the post.

pub mod client;
mod headers;
pub mod login;
