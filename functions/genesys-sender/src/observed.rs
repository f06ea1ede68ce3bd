//! Reads from an event the news about the customer and the session. Pure.

use std::time::Duration;

use conversation::Transition;
use delivery::event::Payload;
use delivery::route::Situation;
use shared::lynn::inbound::{InboundEvent, InboundKind};

/// The transitions for the news about the customer and the session.
pub(crate) fn observed(situation: &Situation<'_>) -> Vec<Transition> {
    match &situation.event.payload {
        Payload::Lynn(event) if matches!(event.kind, InboundKind::SessionEnded { .. }) => {
            over(situation, event)
        }
        Payload::Lynn(event) => vec![customer_activity(situation, event)],
        Payload::Deadline => {
            let after = situation.conversation.session.last_word();
            vec![Transition::SessionEnded { after }]
        }
        _ => Vec::new(),
    }
}

/// The news about the customer in one event of Lynn. The life of a session is measured by the time
/// at which the bridge received the event, never by Lynn's time: Lynn's clock may be wrong.
pub(crate) fn customer_activity(situation: &Situation<'_>, event: &InboundEvent) -> Transition {
    let lasts = Duration::from_mins(situation.config.lynn.session_timeout_minutes.into());
    let is_spoken = matches!(event.kind, InboundKind::Message(_) | InboundKind::SessionStarted);
    let spoke_at = situation.event.time();
    let contact = &event.contact.id;
    Transition::CustomerActivity {
        contact: (situation.event.contact.as_ref() != Some(contact)).then(|| contact.clone()),
        id_type: event.contact.id_type,
        lynn_contact_id: event.contact.lynn_contact_id.clone(),
        session: event
            .session
            .as_ref()
            .map(|session| (session.id.clone(), session.channel.clone())),
        spoken: is_spoken.then(|| (spoke_at, spoke_at + lasts)),
    }
}

/// The transitions for a session end of Lynn. It ends the session that the event names, else the
/// current session.
pub(crate) fn over(situation: &Situation<'_>, event: &InboundEvent) -> Vec<Transition> {
    let activity = customer_activity(situation, event);
    let mut named = situation.conversation.clone();
    named.apply(&activity);
    vec![activity, Transition::SessionEnded { after: named.session.last_word() }]
}
