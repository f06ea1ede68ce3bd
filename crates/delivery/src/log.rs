//! The log: one JSON line for each accepted, delivered, retried and failed event.
//!
//! Rule: ids, never text, names, phone numbers or tokens; a contact appears as a fingerprint. The message reads alone, and each
//! value is a dotted field with its unit in the name.

use shared::error::Failure;
use shared::ids::{IntegrationName, LynnEventId, TraceId};
use shared::ports::Direction;

use crate::event::{Identity, QueuedEvent};

/// An event was made durable.
pub fn accepted(direction: Direction, event: &QueuedEvent) {
    tracing::info!(
        event.name = "accepted",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        "Accepted."
    );
}

/// The time that Lynn gives of an event cannot be: the time of acceptance counts.
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

/// An event reached the other side.
pub fn delivered(direction: Direction, event: &QueuedEvent, attempt: u32, age_ms: i64) {
    tracing::info!(
        event.name = "delivered",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        attempt,
        age_ms,
        "Delivered."
    );
}

/// An event was settled without a call: a duplicate, an expired typing, a state change.
pub fn settled(direction: Direction, event: &QueuedEvent, reason: &'static str) {
    tracing::info!(
        event.name = "settled",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        reason,
        "Settled without a call."
    );
}

/// Lynn used an id for a second event with other content, which is delivered under a derived id.
pub fn id_reused(direction: Direction, event: &QueuedEvent, used: &Identity) {
    tracing::warn!(
        event.name = "id_reused",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        event.used_id = used.logged(),
        trace.id = event.trace.as_str(),
        "Its id is another event's; it goes under a derived one."
    );
}

/// Details of an event are not passed on: variables that a flow did not fill in, attributes without a name.
pub fn left_out(event: &QueuedEvent, fields: &[String]) {
    tracing::warn!(
        event.name = "left_out",
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        fields = fields.join(" "),
        "Some of its fields are not passed on."
    );
}

/// Some of the bytes of a body are no characters in the charset that it declares, UTF-8 where it
/// declares none.
pub fn characters_replaced(event: &QueuedEvent) {
    tracing::warn!(
        event.name = "characters_replaced",
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        "Some of its bytes could not be read as text and were replaced; send UTF-8, or declare the charset."
    );
}

/// An event was counted and left: it is none of ours, or too late to change anything.
pub fn left(direction: Direction, event: &QueuedEvent, reason: &'static str) {
    tracing::info!(
        event.name = "left",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        reason,
        "Counted, and left as it is."
    );
}

/// Something came that cannot be an event of a conversation of ours. It is nobody's loss, but a sudden number of them is a
/// change of Genesys', or a workflow that sends something else.
pub fn not_ours(reason: &str) {
    tracing::info!(event.name = "left", reason, "Counted, and left as it is.");
}

/// An event of a conversation came that is no JSON object, so that nobody knows what it tells: what Lynn should have heard of
/// is lost. `integration`: whose workflow sent it; none where it came by the bus.
pub fn event_unreadable(integration: Option<&IntegrationName>, trace: &TraceId, reason: &str) {
    tracing::warn!(
        event.name = "event_unreadable",
        integration = integration.map(IntegrationName::as_str),
        trace.id = trace.as_str(),
        reason,
        "An event of Genesys Cloud cannot be read, and has no effect. Repair the request of the data action that sends it."
    );
}

/// Typing or a look was left out, since little is left of the rate budget.
pub fn shed(direction: Direction, event: &QueuedEvent) {
    tracing::info!(
        event.name = "shed",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        "Left out, since little is left of the rate budget."
    );
}

/// An event waits for the rate budget; that is no attempt. `age_ms` is how long it has waited since its acceptance.
pub fn delayed(direction: Direction, event: &QueuedEvent, age_ms: i64, after_ms: u64) {
    tracing::info!(
        event.name = "delayed",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        age_ms,
        after_ms,
        "It waits for the rate budget."
    );
}

/// An event waits, since the other side answers nobody of its integration; that is no attempt. `age_ms` is how long it has waited since
/// its acceptance.
pub fn held_back(direction: Direction, event: &QueuedEvent, age_ms: i64, after_ms: u64) {
    tracing::info!(
        event.name = "held_back",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        age_ms,
        after_ms,
        "It waits, since the other side answers nobody of its integration."
    );
}

/// An event will be tried again. `age_ms` is how long it has waited since its acceptance.
pub fn retried(
    direction: Direction,
    event: &QueuedEvent,
    failure: &Failure,
    attempt: u32,
    age_ms: i64,
    after_ms: u64,
) {
    tracing::warn!(
        event.name = "retried",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        error.class = ?failure.class,
        error.code = failure.code,
        error.summary = shared::error::chain(failure),
        attempt,
        age_ms,
        after_ms,
        "Not delivered; it will be tried again."
    );
}

/// One part of an event was refused for good; the others are sent.
pub fn part_refused(direction: Direction, event: &QueuedEvent, part: &str, failure: &Failure) {
    tracing::warn!(
        event.name = "part_refused",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        part,
        error.code = failure.code,
        error.summary = shared::error::chain(failure),
        "One part was refused; the other parts are sent."
    );
}

/// An event was given up, and the originating side told where there is one to tell.
pub fn failed(direction: Direction, event: &QueuedEvent, failure: &Failure, told: bool) {
    tracing::error!(
        event.name = "failed",
        direction = direction.name(),
        integration = event.integration.as_str(),
        contact.fingerprint = event.fingerprint(),
        event.kind = event.identity.kind(),
        event.id = event.identity.logged(),
        trace.id = event.trace.as_str(),
        error.class = ?failure.class,
        error.code = failure.code,
        error.summary = shared::error::chain(failure),
        told,
        "Given up and kept as a dead letter."
    );
}

/// From now on a panic is a line of the log. Its own words may quote a message, so only its place is logged.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(
            event.name = "panicked",
            place,
            "A defect of the bridge; what was under way is tried again."
        );
    }));
}
