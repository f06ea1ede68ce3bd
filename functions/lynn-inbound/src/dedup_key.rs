//! Gives an event of Lynn its dedup key, by which a repeat is recognised.

use delivery::event::DedupKey;
use shared::lynn::inbound::{InboundEvent, InboundKind, OpenRequest, ReceiptStatus};
use shared::time::Timestamp;

/// In place of the id that typing of Open Messaging does not have.
const TYPING: &str = "typing";

/// A message is identified by its id. A receipt is identified by the message's id and the status;
/// `read` counts as `delivered`, because Genesys knows only one of them. Typing is identified by
/// its id and time, the start and the end of a session by their ids.
pub(crate) fn of(event: &InboundEvent) -> DedupKey {
    let id = event.id.as_str().to_owned();
    match &event.kind {
        InboundKind::Message(_) => DedupKey::Message(id),
        InboundKind::Typing => {
            let time = event.time.map(Timestamp::milliseconds);
            let has_own_id = event.open.as_ref().is_none_or(|open| open.message_id().is_some());
            // Typing of Open Messaging has no id, so its time alone identifies it.
            let id = if has_own_id || time.is_none() { id } else { TYPING.to_owned() };
            DedupKey::Typing(id, time.unwrap_or_default())
        }
        InboundKind::Receipt(receipt) => {
            let status = match receipt.status {
                ReceiptStatus::Delivered | ReceiptStatus::Read => "delivered",
                ReceiptStatus::Failed => "failed",
            };
            // Open Messaging has more words, and each is relayed.
            let own = event.open.as_ref().and_then(OpenRequest::status);
            let status = own.map_or_else(|| status.to_owned(), |own| own.to_ascii_lowercase());
            DedupKey::Receipt(receipt.message_id.as_str().to_owned(), status)
        }
        InboundKind::SessionStarted | InboundKind::SessionEnded { .. } => DedupKey::Session(id),
    }
}
