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

use shared::time::Timestamp;

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

/// The end of the time of a conversation that is written now: [`KEPT`], rounded up to a whole day,
/// so that the item moves in the store's index of ends once a day and not with each message.
pub fn kept_until(now: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let exact = (now + KEPT).milliseconds();
    let behind = exact.rem_euclid(DAY);
    Timestamp::from_milliseconds(if behind == 0 { exact } else { exact + (DAY - behind) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_kept_to_the_end_of_a_day() {
        let day = Duration::from_hours(24);
        let midnight = Timestamp::from_milliseconds(0) + 20_000 * day;
        for (at, days) in [(Duration::ZERO, 400), (Duration::from_millis(1), 401), (day, 401)] {
            assert_eq!(kept_until(midnight + at), midnight + days * day);
        }
    }
}
