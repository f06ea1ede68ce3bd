//! How much it matters that a call is made now, and how long a receipt lets others wait.
//!
//! Rule: a receipt waits in its conversation's order, so what is behind it waits too. It therefore goes while anything
//! is left when a message is behind it, for which it looks every few seconds, and in any case a minute after it was accepted.

use std::time::Duration;

use clients::genesys::budget::Urgency;
use clients::genesys::client::Answered;
use convert::InboundCall;
use delivery::route::Situation;
use shared::error::{Class, Failure};

/// How long a receipt gives way to messages, in milliseconds.
const GIVES_WAY: i64 = 60_000;
/// So often a receipt looks whether a message has come behind it.
const LOOKS: Duration = Duration::from_secs(5);
/// A receipt does not come back sooner, so that work is not repeated in vain.
const SHORTEST: Duration = Duration::from_secs(1);

/// What a call is at first.
pub fn of(call: &InboundCall, situation: &Situation<'_>) -> Urgency {
    match call {
        InboundCall::Message(_) | InboundCall::StructuredResponse(_) => Urgency::Message,
        InboundCall::Event(_) => Urgency::Typing,
        InboundCall::Receipt(_) if gives_way_for(situation).is_zero() => Urgency::DueReceipt,
        InboundCall::Receipt(_) => Urgency::Receipt,
    }
}

/// What a receipt becomes that was told to wait: due, when there is a message behind it, or one that waits no longer than it has to.
pub fn after(
    answer: &mut Result<Answered, Failure>,
    urgency: Urgency,
    situation: &Situation<'_>,
) -> Option<Urgency> {
    let Err(failure) = answer else { return None };
    if urgency != Urgency::Receipt || failure.class != Class::HeldBack {
        return None;
    }
    if situation.behind.has_message() {
        return Some(Urgency::DueReceipt);
    }
    let longest = gives_way_for(situation).clamp(SHORTEST, LOOKS);
    failure.retry_after = failure.retry_after.map(|wait| wait.min(longest));
    None
}

fn gives_way_for(situation: &Situation<'_>) -> Duration {
    let age = situation.now.since(situation.event.accepted_at);
    Duration::from_millis(u64::try_from(GIVES_WAY.saturating_sub(age)).unwrap_or_default())
}
