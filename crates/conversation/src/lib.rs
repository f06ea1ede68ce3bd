//! The state of a conversation and its transitions: pure, the clock an argument.
//!
//! Rule: a transition can be applied to a newer state than the one it was decided on, since the two senders write the same
//! item: who loses the race reads again and applies again.

mod agents;
mod deadline;
pub mod machine;
mod standing;
mod state;
mod transition;
mod typings;

pub use agents::Agents;
pub use deadline::{Due, Schedule};
pub use standing::{Occurrence, Standing};
pub use state::{Contact, Conversation, LastWord, Session, Status};
pub use transition::{Known, Transition};
pub use typings::Typings;

/// How long a conversation is remembered after its last activity, in milliseconds: 400 days, since `sequence` must go on.
pub const KEPT_MILLISECONDS: i64 = 400 * 24 * 60 * 60 * 1000;
