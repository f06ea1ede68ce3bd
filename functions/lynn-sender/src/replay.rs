//! Recognises an authentic webhook that is posted again after its record has expired. Genesys signs
//! the body, but no time of sending, so anyone who recorded a call can repeat it.
//!
//! Rule: an event is a replay if it happened longer ago than a record is kept, and not later than
//! the latest event that came from Genesys while it was new. The event's own time is signed, so it
//! cannot be altered. Pure.
//!
//! The first condition alone would be enough for Genesys, which sends at once and for at most 85 s.
//! The second condition ensures that an event that has never come before is not taken for a replay,
//! whatever its time says.

use std::time::Duration;

use conversation::Transition;
use delivery::event::QueuedEvent;
use delivery::record::KEPT;
use delivery::route::{Plan, Situation};
use shared::time::Timestamp;

use crate::part::Part;

/// A record is kept from its last write, and its event happened before that. The margin covers the
/// difference between Genesys' clock and the bridge's: the record must outlive the events that it
/// is to recognise.
const MARGIN: Duration = Duration::from_hours(1);
/// The record of an older event may be gone.
const OLD: Duration = KEPT.saturating_sub(MARGIN);

/// The reason for ignoring a replay.
pub(crate) const REASON: &str = "replayed";

/// True if an event is posted again after its record has expired. `happened` is its own time; an
/// event without a time relies on its record. An event that an operator redrives is never a replay.
pub(crate) fn is_replayed(situation: &Situation<'_>, happened: Option<Timestamp>) -> bool {
    was_here(situation, happened, OLD)
}

/// As [`is_replayed`], for typing, which has no record because it is of use only for seconds.
pub(crate) fn is_outlived(situation: &Situation<'_>, happened: Option<Timestamp>) -> bool {
    was_here(situation, happened, MARGIN)
}

/// Adds to the plan that the event has been received. A rejected event has an effect too, so its
/// time is stored before the rejection.
pub(crate) fn remembered(
    situation: &Situation<'_>,
    happened: Option<Timestamp>,
    mut plan: Plan<Part>,
) -> Plan<Part> {
    let Some(mark) = mark(situation.event, happened) else { return plan };
    match &mut plan {
        Plan::Send { parts, .. } => {
            if let Some(last) = parts.last_mut() {
                last.transitions.push(mark);
            }
        }
        Plan::Reject(_) if is_news(situation, &mark) => return Plan::RecordFirst(vec![mark]),
        _ => {}
    }
    plan
}

/// The change by a new event. `None` for an event that is already old, which may be the first of
/// its kind.
fn mark(event: &QueuedEvent, happened: Option<Timestamp>) -> Option<Transition> {
    let at = happened.filter(|at| *at + OLD >= event.accepted_at)?;
    Some(Transition::HighWaterMark { at: at.min(event.accepted_at) })
}

fn is_news(situation: &Situation<'_>, mark: &Transition) -> bool {
    let mut after = situation.conversation.clone();
    after.apply(mark);
    after.high_water_mark != situation.conversation.high_water_mark
}

fn was_here(situation: &Situation<'_>, happened: Option<Timestamp>, age: Duration) -> bool {
    let (event, high_water_mark) = (situation.event, situation.conversation.high_water_mark);
    // Compare with the acceptance, not with now: an event may wait in the bridge's own queue for
    // hours.
    let is_old = |at: &Timestamp| *at + age < event.accepted_at;
    event.redrive == 0 && happened.filter(is_old).is_some_and(|at| Some(at) <= high_water_mark)
}
