//! What a file that is not passed on means for its event: the code of Genesys' receipts, and what its sender is told.

pub use crate::file_refusal::Refusal;

use crate::error::{Class, Failure};
use crate::genesys::inbound::ReceiptReasonCode;

impl Refusal {
    /// The code of Genesys' receipts.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge | Self::Empty => ReceiptReasonCode::InvalidMediaContentLength.as_str(),
            Self::TypeNotAllowed | Self::TypeMismatch => {
                ReceiptReasonCode::MediaTypeNotAllowed.as_str()
            }
            _ => ReceiptReasonCode::GeneralError.as_str(),
        }
    }

    /// What the side that sent the file is told. `rest`: whether something else of its message was passed on.
    pub fn failure(self, rest: bool) -> Failure {
        let rest = if rest { " The rest was." } else { "" };
        let told = format!("A file was not passed on: {}.{rest}", self.reason());
        Failure::new(Class::Permanent, self.code(), "copy a file").telling(told)
    }
}
