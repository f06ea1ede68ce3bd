//! Reads the contact and the dedup key of a webhook. The sender reads the rest of it.

use delivery::event::DedupKey;
use shared::genesys::outbound::{NotificationType, OutboundNotification};
use shared::ids::{ContactId, GenesysIntegrationId, digest};

/// The contact, if the webhook names one, and the dedup key. Never fails: an unreadable
/// webhook is identified by its bytes. `notification` is the readable content of `body`.
pub(crate) fn of(
    body: &str,
    notification: Option<&OutboundNotification>,
    integration: &GenesysIntegrationId,
) -> (Option<ContactId>, DedupKey) {
    let unreadable = || DedupKey::Unreadable(digest(&[body]));
    let Some(notification) = notification else { return (None, unreadable()) };
    let contact = notification.contact(integration).map(|(contact, _)| contact);
    let id = notification.id.as_ref().map(|id| id.as_str().to_owned());
    let dedup_key = match (&notification.kind, id) {
        (NotificationType::Event, id) => {
            let time = notification.channel.time.map_or(0, shared::time::Timestamp::milliseconds);
            DedupKey::Typing(id.unwrap_or_else(|| digest(&[body])), time)
        }
        (NotificationType::Receipt, Some(id)) => DedupKey::Receipt(id, status(notification)),
        (_, Some(id)) => DedupKey::Message(id),
        (_, None) => unreadable(),
    };
    (contact, dedup_key)
}

fn status(notification: &OutboundNotification) -> String {
    notification
        .status
        .as_ref()
        .map(|status| status.as_str().to_ascii_lowercase())
        .unwrap_or_default()
}
