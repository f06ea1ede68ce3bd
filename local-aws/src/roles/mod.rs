//! The part of IAM on AWS: each call of a function to AWS is judged by the policies of its role
//! before the emulator sees it, because the emulator itself lets every call pass.
//!
//! Rule: what these modules do not understand is refused, be it a call, a key or a condition.
//!
//! The calls that Lambda makes with a role do not come this way: those of an event source, of the
//! log and of a dead-letter queue. `tests/template` compares them with the roles.

mod access;
mod granted;
mod guard;
mod pattern;
mod policy;

pub use guard::{between, serve};
