//! The administration API of Genesys Cloud, as `bridge setup` and `bridge doctor` call it: a login, calls that are patient where
//! that does no harm, lists read to their end, objects found by name.
//!
//! Rule: a failure names the call, and what may be done about it; no secret appears in one.

mod administrator;
mod call_error;
mod client;
mod hosts;
mod object;
mod paging;
mod patience;

pub use administrator::{Administrator, Environment};
pub use call_error::{CallError, Problem, Refusal};
pub use client::Organization;
pub use hosts::{Address, Hosts};
pub use object::{Kind, Object, Timeline};
