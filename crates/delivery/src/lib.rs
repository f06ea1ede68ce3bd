//! The delivery engine that both senders use: order, idempotency, retries, dead letters, redrive.
//!
//! Rules: A record leaves its queue only when the other side has accepted its event, or when the
//! event was given up *and* the notice for the originating side is in its own queue. Events of one
//! conversation are delivered strictly in order. Different conversations never wait for each other.
//!
//! Place: this crate uses `conversation` and `shared`. The functions, `media`, `aws`, `sqlite` and
//! the `bridge` program use this crate. It reaches queues, stores and clocks only through the ports
//! of `shared`.

#![cfg_attr(not(test), warn(unreachable_pub))]

pub mod accept;
mod attempt;
pub mod backoff;
pub mod batch;
pub mod dead_letter;
mod dispatch;
mod engine;
pub mod event;
pub mod foreign;
pub mod index;
pub mod items;
pub mod log;
pub mod message_link;
pub mod observer;
mod outage;
mod parts;
pub mod per_session;
mod raw;
mod recent;
pub mod record;
pub mod redrive;
mod retention;
mod retry;
pub mod reused;
pub mod route;
mod snapshot;
mod stored;
mod trace;

pub use engine::{Engine, OWN_TROUBLE};
pub use outage::Outages;
pub use recent::{LAYOUT, RecentStore, without_list};
