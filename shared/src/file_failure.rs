//! Turns a refused file into the failure that the originating side sees.

use crate::error::{Class, Failure};
use crate::file_refusal::Refusal;
use crate::genesys::inbound::ReceiptReasonCode;

/// A code of Genesys' receipts.
fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TooLarge | Refusal::Empty => ReceiptReasonCode::InvalidMediaContentLength.as_str(),
        Refusal::TypeNotAllowed | Refusal::TypeMismatch => {
            ReceiptReasonCode::MediaTypeNotAllowed.as_str()
        }
        _ => ReceiptReasonCode::GeneralError.as_str(),
    }
}

/// `rest`: whether the message contains anything that was passed on.
pub fn of(refusal: Refusal, rest: bool) -> Failure {
    let rest = if rest { " The rest was." } else { "" };
    let told = format!("A file was not passed on: {}.{rest}", refusal.reason());
    Failure::new(Class::Permanent, code(refusal), "copy a file").with_user_reason(told)
}
