//! The state of a conversation and its transitions. Pure: the clock is an argument.
//!
//! Rule: a transition must also apply to a state newer than the one it was decided on. Both senders
//! write the same item; the sender that loses the race reads the item and applies the transition to
//! it.
//!
//! Place: of this repository's crates it uses only `shared`; `delivery`, `media` and the functions
//! use it.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod agents;
mod deadline;
pub mod machine;
mod relevance;
mod roster;
mod state;
mod transition;
mod typings;
mod who;

use std::time::Duration;

pub use agents::Agents;
pub use deadline::{Due, Schedule};
pub use machine::Stage;
pub use relevance::{Occurrence, Relevance};
pub use roster::{AgentId, KnownAgent, KnownQueue, Name, Roster, RosterNews};
pub use state::{Contact, Conversation, LastWord, SET_BACK, Session};
pub use transition::{BeforeCall, Transition};
pub use typings::Typings;

/// How long a conversation is kept after its last activity: 400 days, because `sequence` must
/// continue.
pub const KEPT: Duration = Duration::from_hours(400 * 24);
