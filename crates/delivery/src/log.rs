//! The log: one JSON line for each accepted, delivered, retried and failed event.
//!
//! Rule: The log contains ids, but never text, names, phone numbers or tokens. A contact appears as
//! a fingerprint. Each message is complete by itself, and each value is a dotted field with its
//! unit in the name.

use shared::error::Failure;
use shared::ids::{IntegrationName, LynnEventId, TraceId};
use shared::ports::Direction;

use crate::event::{DedupKey, QueuedEvent};
use crate::observer::{Happening, tell};

/// Writes a line with the fields that every line about an event has, then those that follow.
macro_rules! line {
    ($level:ident, event.name = $name:literal, $event:ident $(in $direction:ident)?, $($rest:tt)+) => {
        tracing::$level!(
            event.name = $name,
            $(direction = $direction.name(),)?
            integration = $event.integration.as_str(),
            contact.fingerprint = $event.fingerprint(),
            event.kind = $event.dedup_key.kind(),
            event.id = $event.dedup_key.logged(),
            trace.id = $event.trace.as_str(),
            $($rest)+
        )
    };
}

/// An event was stored in its queue.
pub fn accepted(direction: Direction, event: &QueuedEvent) {
    line!(info, event.name = "accepted", event in direction, "The event was stored in its queue.");
}

/// Lynn's time of an event is impossible, so the time of acceptance is used.
pub fn time_replaced(integration: &IntegrationName, id: &LynnEventId, trace: &TraceId) {
    tracing::warn!(
        event.name = "time_replaced",
        direction = Direction::Inbound.name(),
        integration = integration.as_str(),
        event.id = id.as_str(),
        trace.id = trace.as_str(),
        "The time of Lynn's event is more than 24 hours from now; the time of acceptance counts. Check the clock or the flow's variable."
    );
}

/// The other side accepted an event.
pub fn delivered(direction: Direction, event: &QueuedEvent, attempt: u32, age_ms: i64) {
    tell(direction, event, Happening::Delivered { age_ms });
    line!(info, event.name = "delivered", event in direction, attempt, age_ms, "The other side accepted the event.");
}

/// An event was completed without a call: an expired typing event, a change of state.
pub fn settled(direction: Direction, event: &QueuedEvent, reason: &'static str) {
    tell(direction, event, Happening::Settled);
    passed(direction, event, reason);
}

/// An entry of the queue was completed without a call, and its event was not: it is a repeat, or
/// its event got a new entry.
pub fn passed(direction: Direction, event: &QueuedEvent, reason: &'static str) {
    line!(info, event.name = "settled", event in direction, reason, "The event is finished; no call was needed.");
}

/// Lynn used an id for a second event with other content; the event is delivered under a derived
/// id.
pub fn id_reused(direction: Direction, event: &QueuedEvent, used: &DedupKey) {
    line!(
        warn,
        event.name = "id_reused",
        event in direction,
        event.used_id = used.logged(),
        "Another event already used this id. The event is delivered under a derived id."
    );
}

/// Some details of an event are not passed on: variables that a flow did not fill in, attributes
/// without a name.
pub fn left_out(event: &QueuedEvent, fields: &[String]) {
    line!(
        warn,
        event.name = "left_out",
        event,
        fields = fields.join(" "),
        "Some fields of the event are not passed on; see `fields`."
    );
}

/// Some bytes of a body are not valid characters in the charset that the body declares; UTF-8 if it
/// declares none.
pub fn characters_replaced(event: &QueuedEvent) {
    line!(
        warn,
        event.name = "characters_replaced",
        event,
        "Some bytes of the event are not text and were replaced. Send UTF-8, or declare the charset."
    );
}

/// An event was counted and ignored: it does not belong to the bridge, or it is too late to change
/// anything.
pub fn left(direction: Direction, event: &QueuedEvent, reason: &'static str) {
    tell(direction, event, Happening::Settled);
    line!(info, event.name = "left", event in direction, reason, "The event was counted and ignored; see `reason`.");
}

/// An input is not an event of one of the bridge's conversations. Nothing is lost, but a sudden
/// increase means that Genesys changed something, or that a workflow sends something else.
pub fn not_ours(reason: &str) {
    tracing::info!(event.name = "left", reason, "The event was counted and ignored; see `reason`.");
}

/// An event of a conversation is not a JSON object, so its meaning is unknown and Lynn misses what
/// it reported. `integration` is the one whose workflow sent the event; `None` if it came by the
/// event bus.
pub fn event_unreadable(integration: Option<&IntegrationName>, trace: &TraceId, reason: &str) {
    tracing::warn!(
        event.name = "event_unreadable",
        integration = integration.map(IntegrationName::as_str),
        trace.id = trace.as_str(),
        reason,
        "An event of Genesys Cloud cannot be read, and has no effect. Repair the request of the data action that sends it."
    );
}

/// Typing or a status question was skipped, because little is left of the rate budget.
pub fn shed(direction: Direction, event: &QueuedEvent) {
    line!(
        info,
        event.name = "shed",
        event in direction,
        "The call was skipped, because little of the rate budget is left."
    );
}

/// An event waits for the rate budget; this is not an attempt. `age_ms` is the time since its
/// acceptance.
pub fn delayed(direction: Direction, event: &QueuedEvent, age_ms: i64, after_ms: u64) {
    line!(
        info,
        event.name = "delayed",
        event in direction,
        age_ms,
        after_ms,
        "The event waits for the rate budget."
    );
}

/// An event waits because the other side does not answer for its integration; this is not an
/// attempt. `age_ms` is the time since its acceptance.
pub fn held_back(direction: Direction, event: &QueuedEvent, age_ms: i64, after_ms: u64) {
    line!(
        info,
        event.name = "held_back",
        event in direction,
        age_ms,
        after_ms,
        "The event waits, because the other side does not answer this integration."
    );
}

/// An event will be retried. `age_ms` is the time since its acceptance.
pub fn retried(
    direction: Direction,
    event: &QueuedEvent,
    failure: &Failure,
    attempt: u32,
    age_ms: i64,
    after_ms: u64,
) {
    tell(direction, event, Happening::Retried { code: &failure.code });
    line!(
        warn,
        event.name = "retried",
        event in direction,
        error.class = ?failure.class,
        error.code = failure.code,
        error.summary = shared::error::chain(failure),
        attempt,
        age_ms,
        after_ms,
        "The event was not delivered; the bridge tries again after `after_ms`."
    );
}

/// One part of an event was refused for good; the other parts are sent.
pub(crate) fn part_refused(
    direction: Direction,
    event: &QueuedEvent,
    part: &str,
    failure: &Failure,
) {
    line!(
        warn,
        event.name = "part_refused",
        event in direction,
        part,
        error.code = failure.code,
        error.summary = shared::error::chain(failure),
        "One part was refused; the other parts are sent."
    );
}

/// Lynn accepted an event, and the template that judges its answer fails on it: the session counts
/// as live.
pub fn answer_unread(event: &QueuedEvent, error: &(dyn std::error::Error + 'static)) {
    line!(
        warn,
        event.name = "answer_unread",
        event,
        error = shared::error::chain(error),
        "The sessionEnded of its template fails on Lynn's answer; the session counts as live."
    );
}

/// An event was given up. `told`: whether there is a notice for the originating side.
pub fn failed(direction: Direction, event: &QueuedEvent, failure: &Failure, told: bool) {
    tell(direction, event, Happening::Failed);
    line!(
        error,
        event.name = "failed",
        event in direction,
        error.class = ?failure.class,
        error.code = failure.code,
        error.summary = shared::error::chain(failure),
        told,
        "The event was given up and is kept as a dead letter. Redrive it after the repair."
    );
}

/// Makes each later panic write a line to the log. The panic message may quote a customer's
/// message, so only the code location is logged.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            event.name = "panicked",
            place,
            "The bridge has a defect at `place`; the event is tried again. Report it."
        );
    }));
}
