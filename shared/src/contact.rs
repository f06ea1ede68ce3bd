//! The type of a contact's id, in the words of both vendors.

use serde::{Deserialize, Serialize, Serializer};

/// Lynn writes the words in lower case, Genesys with a capital.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdType {
    /// A phone number in E.164 form.
    Phone,
    Email,
    /// An id without a format; also the default.
    #[default]
    Opaque,
}

impl IdType {
    /// Reads either vendor's word in any case: Genesys' own examples use both.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Phone, Self::Email, Self::Opaque]
            .into_iter()
            .find(|kind| word.trim().eq_ignore_ascii_case(kind.genesys_word()))
    }

    pub fn genesys_word(self) -> &'static str {
        match self {
            Self::Phone => "Phone",
            Self::Email => "Email",
            Self::Opaque => "Opaque",
        }
    }

    /// For `serialize_with` in a body to Genesys.
    pub(crate) fn as_genesys<S: Serializer>(kind: &Self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.genesys_word())
    }
}
