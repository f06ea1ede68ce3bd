//! The templates of a configuration: an event becomes the request that a receiver expects, and a
//! request becomes events.
//!
//! Rules: a template is compiled once for each version of a configuration. Values are put into
//! places that the template has, so nothing that a person wrote changes the shape of a body, a URL
//! or a header. Work and size are bounded. A fault names the template's place and shows no value.
//!
//! Place: this crate uses only `shared`. The function `lynn-sender`, the function `lynn-inbound`
//! and the `bridge` program use this crate; the other functions must not link it.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod absences;
mod body;
mod context;
mod data;
mod engine;
mod entry;
mod expression;
mod fault;
mod inbound;
mod json;
mod outbound;
mod samples;
mod target;
mod text;

pub use context::Context;
pub use entry::{Entry, Request};
pub use fault::{Fault, Faults, Problem};
pub use inbound::{InboundTemplate, inbound};
pub use outbound::{PROACTIVE, Templates, outbound};
pub use samples::{Sample, rare_samples, samples};

/// The most bytes of a rendered body, header or URL.
pub const LARGEST: usize = 1024 * 1024;
