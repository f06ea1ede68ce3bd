//! The codes that say why an outbound message failed.
//!
//! Rule: a code that Genesys does not know is never sent; it becomes `GeneralError`.

use serde::Serialize;

macro_rules! reason_codes {
    ($($(#[$documentation:meta])* $code:ident,)*) => {
        /// Why an outbound message failed (`Reason.code` of `OpenInboundNormalizedReceipt`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub enum ReceiptReasonCode {
            $($(#[$documentation])* $code,)*
        }

        impl ReceiptReasonCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// Genesys' word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)*
                }
            }
        }
    };
}

reason_codes! {
    /// Too old to be delivered.
    MessageExpired,
    /// Too many messages.
    RateLimited,
    /// The channel does not allow it.
    MessageNotAllowed,
    /// Anything else.
    GeneralError,
    /// A kind of content that cannot be shown.
    UnsupportedMessage,
    /// The message is not known.
    UnknownMessage,
    /// The message is malformed.
    InvalidMessageStructure,
    /// The customer cannot be reached there.
    InvalidDestination,
    /// A server failed.
    ServerError,
    /// The kind of file is not allowed.
    MediaTypeNotAllowed,
    /// The file is too large.
    InvalidMediaContentLength,
    /// The customer does not want messages.
    RecipientOptedOut,
    /// The content was filtered. Added by Genesys in 2025-09.
    DataFiltered,
}

impl ReceiptReasonCode {
    /// Reads a code, whatever its case; `None` when Genesys does not know it.
    pub fn known(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| code.trim().eq_ignore_ascii_case(known.as_str()))
    }

    /// Reads a code; one that Genesys does not know is `GeneralError`.
    pub fn parse(code: &str) -> Self {
        Self::known(code).unwrap_or(Self::GeneralError)
    }
}
