//! What makes two of Lynn's events the same.

use delivery::event::Identity;
use shared::lynn::inbound::{InboundEvent, InboundKind, ReceiptStatus};

/// A message its id; a receipt the message's id and the status, `read` and `delivered` being one since Genesys knows only one of
/// them; typing its id and time; a session's start and end their ids.
pub fn of(event: &InboundEvent) -> Identity {
    let id = event.id.as_str().to_owned();
    match &event.kind {
        InboundKind::Message(_) => Identity::Message(id),
        InboundKind::Typing => {
            Identity::Typing(id, event.time.map_or(0, shared::time::Timestamp::milliseconds))
        }
        InboundKind::Receipt(receipt) => {
            let status = match receipt.status {
                ReceiptStatus::Delivered | ReceiptStatus::Read => "delivered",
                ReceiptStatus::Failed => "failed",
            };
            Identity::Receipt(receipt.message_id.as_str().to_owned(), status.to_owned())
        }
        InboundKind::SessionStarted | InboundKind::SessionEnded { .. } => Identity::Session(id),
    }
}
