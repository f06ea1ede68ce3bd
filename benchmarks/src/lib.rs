//! Runs the functions as Lambda would, against an AWS and two vendors that answer at once, and looks at them from outside.
//!
//! Rule: nothing of a function is linked in; what is measured is the program that is deployed. An answer that is not the
//! expected one ends the measurement.

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
