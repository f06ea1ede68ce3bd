//! Runs the functions as Lambda would, against a fake AWS and two fake vendors that answer at once,
//! and measures them from outside.
//!
//! Rules: no code of a function is linked in, because the deployed program is measured. An
//! unexpected answer ends the measurement.

pub mod bill;
pub mod events;
pub mod fake;
pub mod function;
pub mod http;
pub mod journey;
pub mod machine;
pub mod prices;
pub mod process;
pub mod runtime_api;
pub mod statistics;
pub mod table;
pub mod usage;
