//! What an event itself says of the customer and the session; pure.

use conversation::Transition;
use delivery::event::Payload;
use delivery::route::Situation;
use shared::lynn::inbound::{InboundEvent, InboundKind};

/// What the event itself says of the customer and the session.
pub fn observed(situation: &Situation<'_>) -> Vec<Transition> {
    match &situation.event.payload {
        Payload::Lynn(event) if matches!(event.kind, InboundKind::SessionEnded { .. }) => {
            over(situation, event)
        }
        Payload::Lynn(event) => vec![seen(situation, event)],
        Payload::Deadline => {
            let after = situation.conversation.session.last_word();
            vec![Transition::SessionEnded { after }]
        }
        _ => Vec::new(),
    }
}

/// What Lynn said of the customer with this event. Whether a session lives goes by when the bridge heard of it, never by the time
/// that Lynn gives: its clock may be wrong.
pub fn seen(situation: &Situation<'_>, event: &InboundEvent) -> Transition {
    let minutes = situation.config.lynn.session_timeout_minutes;
    let spoke = matches!(event.kind, InboundKind::Message(_) | InboundKind::SessionStarted);
    let word = situation.event.time();
    Transition::Seen {
        id_type: event.contact.id_type,
        lynn_contact_id: event.contact.lynn_contact_id.clone(),
        session: event
            .session
            .as_ref()
            .map(|session| (session.id.clone(), session.channel.clone())),
        word: spoke.then(|| (word, word.plus_milliseconds(i64::from(minutes) * 60_000))),
    }
}

/// What Lynn says with the end of a session: it speaks of the session that it names, else of the present one.
pub fn over(situation: &Situation<'_>, event: &InboundEvent) -> Vec<Transition> {
    let seen = seen(situation, event);
    let mut named = situation.conversation.clone();
    named.apply(&seen);
    vec![seen, Transition::SessionEnded { after: named.session.last_word() }]
}
