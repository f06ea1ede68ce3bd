//! Calls to Lynn: the login, where one is asked for, and the post.

pub mod client;
pub mod login;
