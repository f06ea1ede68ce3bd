//! The reason codes of a failed outbound message.
//!
//! Rule: never send a code that Genesys does not know; send `GeneralError` instead.

use serde::Serialize;

macro_rules! reason_codes {
    ($($(#[$documentation:meta])* $code:ident,)*) => {
        /// The reason for the failure of an outbound message (`Reason.code` of
        /// `OpenInboundNormalizedReceipt`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum ReceiptReasonCode {
            $($(#[$documentation])* $code,)*
        }

        impl ReceiptReasonCode {
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)*
                }
            }
        }
    };
}

reason_codes! {
    /// The message was too old to be delivered.
    MessageExpired,
    RateLimited,
    /// The channel does not allow the message.
    MessageNotAllowed,
    /// Any other reason.
    GeneralError,
    /// The channel cannot show this kind of content.
    UnsupportedMessage,
    UnknownMessage,
    InvalidMessageStructure,
    /// The customer cannot be reached at this address.
    InvalidDestination,
    ServerError,
    MediaTypeNotAllowed,
    /// The file is too large.
    InvalidMediaContentLength,
    /// The customer does not want messages.
    RecipientOptedOut,
    /// The content was filtered. Added by Genesys in 2025-09.
    DataFiltered,
}

impl ReceiptReasonCode {
    /// Reads a code in any letter case; `None` when Genesys does not know it.
    pub fn known(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| code.trim().eq_ignore_ascii_case(known.as_str()))
    }

    /// Reads a code; `GeneralError` when Genesys does not know it.
    pub fn parse(code: &str) -> Self {
        Self::known(code).unwrap_or(Self::GeneralError)
    }
}
