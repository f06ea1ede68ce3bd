//! Why a file is not passed on, in words for the log and for people; and the note that an event's record keeps of it.

use serde::{Deserialize, Serialize};

/// Why a file can never be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The link is not a URL.
    #[serde(rename = "not_a_url")]
    NotAUrl,
    /// The link, or one that it leads on to, is not https.
    NotHttps,
    /// It leads to an address that is not of the public internet, or carries a password.
    BlockedAddress,
    /// It leads on and on.
    TooManyRedirects,
    /// The file is larger than 25 MB.
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
    /// It could not be fetched in its share of its event's time.
    Unreachable,
}

/// A file that is not passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedFile {
    /// Where in its event it is.
    pub place: String,
    /// What the originating side calls it, such as `attachments[1]`, where it is told of it by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why.
    pub refusal: Refusal,
    /// In which of its event's lives: in a later one it is fetched again.
    #[serde(default)]
    pub life: u32,
}

impl Refusal {
    /// The word for logs.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// Why, for people on both sides.
    pub fn reason(self) -> &'static str {
        self.words().1
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
