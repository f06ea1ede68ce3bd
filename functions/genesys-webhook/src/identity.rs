//! Whose a webhook is and what makes it the same as another; everything else about it is the sender's to read.

use delivery::event::Identity;
use shared::genesys::outbound::{NotificationType, OutboundNotification};
use shared::ids::{ContactId, GenesysIntegrationId, digest};

/// The customer, when the webhook names one, and the event's identity. Never fails: what cannot be read is known by its bytes.
/// `notification` is what could be read of `body`.
pub fn of(
    body: &str,
    notification: Option<&OutboundNotification>,
    integration: &GenesysIntegrationId,
) -> (Option<ContactId>, Identity) {
    let unreadable = || Identity::Unreadable(digest(&[body]));
    let Some(notification) = notification else { return (None, unreadable()) };
    let contact = notification.contact(integration).map(|(contact, _)| contact);
    let id = notification.id.as_ref().map(|id| id.as_str().to_owned());
    let identity = match (&notification.kind, id) {
        (NotificationType::Event, id) => {
            let time = notification.channel.time.map_or(0, shared::time::Timestamp::milliseconds);
            Identity::Typing(id.unwrap_or_else(|| digest(&[body])), time)
        }
        (NotificationType::Receipt, Some(id)) => Identity::Receipt(id, status(notification)),
        (_, Some(id)) => Identity::Message(id),
        (_, None) => unreadable(),
    };
    (contact, identity)
}

fn status(notification: &OutboundNotification) -> String {
    notification
        .status
        .as_ref()
        .map(|status| status.as_str().to_ascii_lowercase())
        .unwrap_or_default()
}
