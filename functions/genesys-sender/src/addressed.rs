//! An event of Lynn with the customer as Genesys knows them. Pure.

use std::borrow::Cow;

use delivery::event::QueuedEvent;
use shared::contact::IdType;
use shared::lynn::inbound::InboundEvent;

/// Where each session is a conversation of its own, Genesys knows the customer by another id than
/// Lynn. That id has no format.
pub(crate) fn addressed<'a>(
    queued: &QueuedEvent,
    event: &'a InboundEvent,
) -> Cow<'a, InboundEvent> {
    match &queued.contact {
        Some(external_id) if *external_id != event.contact.id => {
            let mut event = event.clone();
            event.contact.id.clone_from(external_id);
            event.contact.id_type = IdType::Opaque;
            Cow::Owned(event)
        }
        _ => Cow::Borrowed(event),
    }
}
