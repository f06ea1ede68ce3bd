//! Calls to Lynn: the login, if Lynn requires one, and the post.

pub mod client;
pub mod login;
