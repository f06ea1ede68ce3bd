//! How the id of a contact is to be read, in the words of both sides.

use serde::{Deserialize, Serialize, Serializer};

/// What kind of id a contact has. Lynn writes the words in lower case, Genesys with a capital.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdType {
    /// A phone number, E.164.
    Phone,
    /// An e-mail address.
    Email,
    /// An id without a format, and whatever is not said.
    #[default]
    Opaque,
}

impl IdType {
    /// Reads either side's word; case does not matter, as Genesys' own examples write it both ways.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Phone, Self::Email, Self::Opaque]
            .into_iter()
            .find(|kind| word.trim().eq_ignore_ascii_case(kind.genesys_word()))
    }

    /// Genesys' word.
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
