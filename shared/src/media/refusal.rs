//! Why a file is not passed on, in words for the log, for Genesys' receipts and for people.

use crate::error::{Class, Failure};
use crate::genesys::inbound::ReceiptReasonCode;

/// Why a file can never be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The link is not a URL.
    NotAUrl,
    /// The link, or one that it leads on to, is not https.
    NotHttps,
    /// It leads to an address that is not of the public internet, or carries a password.
    BlockedAddress,
    /// It leads on and on.
    TooManyRedirects,
    /// The file is larger than [`super::LARGEST`].
    TooLarge,
    /// It comes compressed, which was not asked for.
    Encoded,
    /// The file is empty.
    Empty,
    /// Its content is of no allowed type.
    TypeNotAllowed,
    /// Its content is not what it is said to be.
    TypeMismatch,
    /// The other side does not give it out, at several attempts.
    Gone,
    /// It could not be fetched for a long time.
    Unreachable,
}

impl Refusal {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::NotAUrl,
        Self::NotHttps,
        Self::BlockedAddress,
        Self::TooManyRedirects,
        Self::TooLarge,
        Self::Encoded,
        Self::Empty,
        Self::TypeNotAllowed,
        Self::TypeMismatch,
        Self::Gone,
        Self::Unreachable,
    ];

    /// The word for logs.
    pub fn name(self) -> &'static str {
        self.words().0
    }

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

    /// Why, for people on both sides.
    pub fn reason(self) -> &'static str {
        self.words().1
    }

    /// What the side that sent the file is told.
    pub fn failure(self) -> Failure {
        let told = format!("A file was not passed on: {}. The rest was.", self.reason());
        Failure::new(Class::Permanent, self.code(), "copy a file").telling(told)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotAUrl => ("not_a_url", "its link is no URL"),
            Self::NotHttps => ("not_https", "its link is not https"),
            Self::BlockedAddress => {
                ("blocked_address", "its link leads to a place that is not public")
            }
            Self::TooManyRedirects => ("too_many_redirects", "its link leads on too often"),
            Self::TooLarge => ("too_large", "it is larger than 25 MB"),
            Self::Encoded => ("encoded", "it comes compressed, which was not asked for"),
            Self::Empty => ("empty", "it is empty"),
            Self::TypeNotAllowed => ("type_not_allowed", "files of its type are not allowed"),
            Self::TypeMismatch => ("type_mismatch", "its content is not what it is said to be"),
            Self::Gone => ("gone", "it is not at its link any more"),
            Self::Unreachable => ("unreachable", "it could not be fetched"),
        }
    }
}
