//! Decides how urgent a call is, and how long a receipt gives way to other calls.
//!
//! Rule: a receipt is delivered in its conversation's order, so the events behind it wait too. It
//! is therefore sent as long as any budget is left if a message is behind it, and in any case a
//! minute after it was accepted. It checks for a message every few seconds.

use std::time::Duration;

use clients::genesys::Priority;
use clients::genesys::client::Answered;
use convert::InboundCall;
use delivery::route::Situation;
use shared::error::{Class, Failure};
use shared::lynn::inbound::OpenResource;

/// How long a receipt gives way to messages.
const GIVES_WAY: Duration = Duration::from_mins(1);
/// The longest time between two checks for a message behind the receipt.
const BACKLOG_CHECK_PAUSE: Duration = Duration::from_secs(5);
/// The shortest wait of a receipt, so that work is not repeated for nothing.
const SHORTEST: Duration = Duration::from_secs(1);

/// The urgency of the first call.
pub(crate) fn of(call: &InboundCall, situation: &Situation<'_>) -> Priority {
    match call.resource() {
        OpenResource::Message | OpenResource::StructuredResponse => Priority::Message,
        OpenResource::Event => Priority::Typing,
        OpenResource::Receipt if gives_way_for(situation).is_zero() => Priority::DueReceipt,
        OpenResource::Receipt => Priority::Receipt,
    }
}

/// The urgency of a second call for a receipt that was told to wait: due, when a message is behind
/// it. Otherwise `None`, and the wait is shortened to the time until the next check or until the
/// receipt is due.
pub(crate) fn after(
    answer: &mut Result<Answered, Failure>,
    priority: Priority,
    situation: &Situation<'_>,
) -> Option<Priority> {
    let Err(failure) = answer else { return None };
    if priority != Priority::Receipt || failure.class != Class::Throttled {
        return None;
    }
    if situation.backlog.has_message() {
        return Some(Priority::DueReceipt);
    }
    let longest = gives_way_for(situation).clamp(SHORTEST, BACKLOG_CHECK_PAUSE);
    failure.retry_after = failure.retry_after.map(|wait| wait.min(longest));
    None
}

fn gives_way_for(situation: &Situation<'_>) -> Duration {
    GIVES_WAY.saturating_sub(situation.now.elapsed_since(situation.event.accepted_at))
}
