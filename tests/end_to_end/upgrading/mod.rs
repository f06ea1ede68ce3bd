//! This version takes over the data of an earlier one: its data directory here, its table and
//! queues in `deployed`.
//!
//! `fixtures` holds what earlier versions really wrote, a folder each: `tools/make-fixture` adds
//! one.

pub mod fixture;
pub mod making;
mod on_one_machine;
pub mod scene;
