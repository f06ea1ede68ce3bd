//! Receipts, in both directions.
//!
//! Rule: Genesys accepts only `Delivered` and `Failed`, with its own codes and always with a
//! sentence.

use shared::contact::IdType;
use shared::genesys::inbound::{
    InboundReceiptStatus, ReceiptBody, ReceiptChannel, ReceiptReason, ReceiptReasonCode,
    ReceiptRecipient,
};
use shared::genesys::outbound::{
    NotificationType, OutboundNotification, ReceiptStatus as GenesysStatus,
};
use shared::ids::{ContactId, GenesysMessageId, LynnEventId};
use shared::lynn::inbound::{ReceiptReason as LynnReason, ReceiptStatus as LynnStatus};
use shared::lynn::outbound::{OutboundReason, OutboundReceipt, OutboundReceiptStatus};
use shared::ports::Direction;
use shared::time::Timestamp;

use super::capabilities::support;
use super::inbound::InboundCall;

/// The sentence for a failure without a reason.
const UNKNOWN_FAILURE: &str = "The message could not be delivered to the customer.";

/// The receipt of an outbound message for Genesys. `Read` becomes `Delivered`. A failure without a
/// reason gets a general one.
pub fn receipt(
    contact: &ContactId,
    id_type: IdType,
    message_id: &GenesysMessageId,
    status: LynnStatus,
    reasons: &[LynnReason],
    time: Timestamp,
) -> InboundCall {
    let status = match status {
        LynnStatus::Delivered | LynnStatus::Read => InboundReceiptStatus::Delivered,
        LynnStatus::Failed => InboundReceiptStatus::Failed,
    };
    let reasons = match status {
        InboundReceiptStatus::Delivered => Vec::new(),
        InboundReceiptStatus::Failed if reasons.is_empty() => vec![reason(&LynnReason::default())],
        InboundReceiptStatus::Failed => reasons.iter().map(reason).collect(),
    };
    InboundCall::Receipt(ReceiptBody {
        id: message_id.clone(),
        channel: ReceiptChannel { to: ReceiptRecipient { id: contact.clone(), id_type }, time },
        status,
        is_final_receipt: true,
        reasons,
    })
}

fn reason(reason: &LynnReason) -> ReceiptReason {
    let sentence = reason.message.as_deref().map(str::trim).filter(|sentence| !sentence.is_empty());
    let sentence = sentence.unwrap_or(UNKNOWN_FAILURE);
    let known = reason.code.as_deref().and_then(ReceiptReasonCode::known);
    let message = match (&reason.code, known) {
        (Some(code), None) => format!("{}: {sentence}", code.trim()),
        _ => sentence.to_owned(),
    };
    ReceiptReason { code: known.unwrap_or(ReceiptReasonCode::GeneralError), message }
}

/// Lynn's word for Genesys' status; `None` if Lynn is not told.
pub fn lynn_status(status: &GenesysStatus) -> Option<OutboundReceiptStatus> {
    if !support(Direction::Outbound, status.as_str()).is_carried() {
        return None;
    }
    match status {
        GenesysStatus::Published => Some(OutboundReceiptStatus::Published),
        GenesysStatus::Delivered => Some(OutboundReceiptStatus::Delivered),
        GenesysStatus::Read => Some(OutboundReceiptStatus::Read),
        GenesysStatus::Failed => Some(OutboundReceiptStatus::Failed),
        GenesysStatus::Sent | GenesysStatus::Removed | GenesysStatus::Unknown(_) => None,
    }
}

/// The receipt of Lynn's message, whose id the caller knows. `None` when the notification is not a
/// receipt, or has no status for Lynn. Only a failure keeps its reasons: Genesys sends empty ones
/// with success.
pub fn outbound_receipt(
    notification: &OutboundNotification,
    message_id: LynnEventId,
) -> Option<OutboundReceipt> {
    if notification.kind != NotificationType::Receipt {
        return None;
    }
    let status = lynn_status(notification.status.as_ref()?)?;
    let failed = status == OutboundReceiptStatus::Failed;
    let reasons = notification
        .reasons
        .iter()
        .filter(|_| failed)
        .map(|reason| OutboundReason { code: reason.code.clone(), message: reason.message.clone() })
        .collect();
    Some(OutboundReceipt {
        message_id,
        status,
        is_final: notification.is_final_receipt.unwrap_or(failed),
        reasons,
    })
}
