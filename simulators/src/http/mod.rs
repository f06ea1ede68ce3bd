//! A small HTTP server that can also drop a connection.

mod exchange;
mod own;
mod server;

pub(crate) use exchange::{Answer, Call, Reply};
pub(crate) use server::{Handler, Server};
