//! The bridge's ports on one machine: SQLite as store and queue, the worker that drains the queues,
//! and the copies of files.
//!
//! Rules: no request is answered before its commit has returned. No error and no log line of this
//! crate contains a body, a contact or a token.
//!
//! Place: uses `shared`, `delivery` and `media`. The command line (`bridge serve`) runs it.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod apply;
pub mod backup;
mod database;
mod directory;
mod error;
mod fresh;
mod inspect;
mod listeners;
mod lists;
mod log_throttle;
mod media;
mod numbers;
mod queries;
mod queue;
mod quick_reads;
mod reader;
mod requests;
mod schema;
mod store;
mod visitor;
mod worker;
mod writer;

pub use database::Database;
pub use directory::AUDIT_LOG;
pub use error::OpenError;
pub use inspect::{Backlog, DeadLetters, DirectionStatus, QueueStatus, Waiting};
pub use lists::with_lists;
pub use media::{MediaDirectory, Opened};
pub use visitor::Visitor;
pub use worker::{Running, Worker, WorkerOptions};
