//! The bridge's ports on one machine: SQLite as store and queue, and the worker that drains it.
//!
//! Rule: nothing is answered before its commit returned, and no error or log line of this crate holds a body, a contact
//! or a token.

mod apply;
pub mod backup;
mod database;
mod directory;
mod error;
mod fresh;
mod inspect;
mod listeners;
mod media;
mod queries;
mod queue;
mod rare_line;
mod reader;
mod requests;
mod schema;
mod store;
mod visitor;
mod worker;
mod writer;

pub use database::Database;
pub use error::OpenError;
pub use inspect::{DirectionStatus, IntegrationStatus, QueueStatus, QueuedMessage, Waiting};
pub use media::{MediaDirectory, Opened};
pub use visitor::Visitor;
pub use worker::{Running, Worker, WorkerOptions};
