//! An authentic webhook that comes again when its record is gone: Genesys signs the body and no time of sending, so that whoever has
//! recorded a call can repeat it.
//!
//! Rule: what happened longer ago than a record lives, and not later than what came from Genesys while it was new, has been here
//! before. Its own time is signed, so that nobody can alter it. Pure.
//!
//! The first half alone would do for Genesys, which sends at once and for 85 s at most. The second half makes sure that nothing is
//! taken for a repeat that has never come before, whatever its time says.

use conversation::Transition;
use delivery::event::QueuedEvent;
use delivery::record::KEPT_MILLISECONDS;
use delivery::route::{Plan, Situation};
use shared::time::Timestamp;

use crate::part::Part;

/// A record lives from its last write, and its event happened before: by as much as Genesys' clock and ours may differ, the record
/// must outlive what it is to recognise.
const MARGIN_MILLISECONDS: i64 = 60 * 60 * 1000;
/// What is older cannot be recognised by its record any more.
const OLD_MILLISECONDS: i64 = KEPT_MILLISECONDS - MARGIN_MILLISECONDS;

/// Why it is left.
pub const REASON: &str = "replayed";

/// Whether an event comes again after the life of its record. `happened` is its own time; one without relies on its record. What
/// an operator sends again is meant.
pub fn is_replayed(situation: &Situation<'_>, happened: Option<Timestamp>) -> bool {
    was_here(situation, happened, OLD_MILLISECONDS)
}

/// The same for what has no record, since it lives for seconds.
pub fn is_outlived(situation: &Situation<'_>, happened: Option<Timestamp>) -> bool {
    was_here(situation, happened, MARGIN_MILLISECONDS)
}

/// The plan for an event, which also remembers that it was here. What is given up has an effect too, and so has what was learned
/// of it.
pub fn remembered(
    situation: &Situation<'_>,
    happened: Option<Timestamp>,
    mut plan: Plan<Part>,
) -> Plan<Part> {
    let Some(heard) = heard(situation.event, happened) else { return plan };
    match &mut plan {
        Plan::Send { parts, .. } => {
            if let Some(last) = parts.last_mut() {
                last.transitions.push(heard);
            }
        }
        Plan::Reject(_) if is_news(situation, &heard) => return Plan::Learn(vec![heard]),
        _ => {}
    }
    plan
}

/// What is known from a new event; nothing from one that is old already, which may be the first of its kind.
fn heard(event: &QueuedEvent, happened: Option<Timestamp>) -> Option<Transition> {
    let at = happened.filter(|at| event.accepted_at.since(*at) <= OLD_MILLISECONDS)?;
    Some(Transition::Heard { at: at.min(event.accepted_at) })
}

fn is_news(situation: &Situation<'_>, heard: &Transition) -> bool {
    let mut after = situation.conversation.clone();
    after.apply(heard);
    after.heard_until != situation.conversation.heard_until
}

fn was_here(situation: &Situation<'_>, happened: Option<Timestamp>, milliseconds: i64) -> bool {
    let (event, heard_until) = (situation.event, situation.conversation.heard_until);
    // Not from now: an event may wait in our own queue for hours.
    let is_old = |at: &Timestamp| event.accepted_at.since(*at) > milliseconds;
    event.redrive == 0 && happened.filter(is_old).is_some_and(|at| Some(at) <= heard_until)
}
