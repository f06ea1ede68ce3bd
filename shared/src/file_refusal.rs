//! Why a file is not passed on, in words for logs and people, and the entry in the message record.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[serde(rename = "not_a_url")]
    NotAUrl,
    /// The link, or a redirect of it, is not https.
    NotHttps,
    /// The link leads to an address outside the public internet, or contains a password.
    BlockedAddress,
    TooManyRedirects,
    /// The file is larger than 25 MB.
    TooLarge,
    /// The answer is compressed, although the request did not allow it.
    Encoded,
    Empty,
    /// The content has no allowed type.
    TypeNotAllowed,
    /// The content does not match the declared type.
    TypeMismatch,
    /// The source does not deliver the file, after several attempts.
    Gone,
    /// The file could not be fetched within its share of the event's time.
    Unreachable,
}

/// A file that is not passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedFile {
    /// The file's place in the event.
    pub place: String,
    /// The originating side's name for the file, such as `attachments[1]`, if that side is told the
    /// name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub refusal: Refusal,
    /// How often the event had been redriven when the file was refused. After another redrive, the
    /// file is fetched again.
    #[serde(default)]
    pub life: u32,
}

impl Refusal {
    /// The word for logs.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// The reason, for people on both sides.
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
