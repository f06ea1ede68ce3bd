//! Typing events, in both directions.

use shared::genesys::inbound::{EventBody, InboundEventItem};
use shared::genesys::outbound::{EventType, NotificationType, OutboundNotification};
use shared::lynn::inbound::InboundEvent;
use shared::time::Timestamp;

use super::inbound::{InboundCall, bare_channel};

/// The duration in milliseconds when Genesys gives none; every captured notification has this
/// value.
const USUAL_DURATION: u64 = 5_000;

/// Tells Genesys that the customer is typing.
pub fn typing(event: &InboundEvent, time: Timestamp) -> InboundCall {
    InboundCall::Event(EventBody {
        channel: bare_channel((&event.contact.id, event.contact.id_type), None, time),
        events: vec![InboundEventItem::Typing],
    })
}

/// The longest duration, in milliseconds: longer typing without a new event is not plausible.
const LONGEST_DURATION: u64 = 60_000;

/// How long to show that the agent is typing, in milliseconds, at most a minute. `None` when the
/// agent stopped, or the notification is about something else.
pub fn typing_duration(notification: &OutboundNotification) -> Option<u64> {
    if notification.kind != NotificationType::Event {
        return None;
    }
    let event = notification.events.iter().find(|event| event.event_type == EventType::Typing)?;
    let stopped = event.typing.kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Off"));
    let duration = event.typing.duration.unwrap_or(USUAL_DURATION).min(LONGEST_DURATION);
    (!stopped && duration > 0).then_some(duration)
}
