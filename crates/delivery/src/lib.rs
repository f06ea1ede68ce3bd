//! The one delivery engine that both senders use: order, idempotency, retry, dead letters.
//!
//! Rules: a record leaves its queue only when the other side has accepted it, or when it was given up *and* the originating
//! side's notice is in its own queue. Inside a conversation strictly in order; between conversations nothing waits.

pub mod accept;
pub mod backoff;
pub mod batch;
mod carry;
pub mod dead_letter;
mod dispatch;
mod engine;
pub mod event;
mod failing;
pub mod foreign;
pub mod index;
mod ledger;
pub mod log;
mod outage;
mod parts;
pub mod peer;
mod raw;
pub mod record;
pub mod redrive;
mod retention;
pub mod reused;
pub mod route;

pub use engine::Engine;
pub use outage::Outages;
