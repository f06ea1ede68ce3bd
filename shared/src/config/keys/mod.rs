//! Every key of the configuration, as a table: what it may hold, its default, its meaning, and
//! which half of an integration needs it.
//!
//! Rule: one table. The check of a file, its split into halves and its JSON Schema are made from
//! it; tests hold the types that the halves are read into against it.

mod check;
mod outside;
mod schema;
mod table;
mod together;
mod warnings;

pub(super) use check::Checker;
pub use schema::schema;
pub(super) use table::INTEGRATION;

/// A key of an object.
pub(super) struct Key {
    /// Its name.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
    /// What stands for it when it is missing.
    pub(super) default: Default,
    /// Which half needs it.
    pub(super) half: Half,
    /// What it means, for a person.
    pub(super) about: &'static str,
}

/// What stands for a key that is missing.
pub(super) enum Default {
    /// Nothing: it is required.
    Required,
    /// Null, which may also be written.
    Null,
    /// This JSON.
    Json(&'static str),
    /// This JSON, for which null may also be written.
    NullOr(&'static str),
}

/// Which half of an integration needs a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// What verifies callers.
    Receive,
    /// What acts.
    Send,
    /// Both, so it is no secret.
    Both,
}

/// What a key holds.
pub(super) enum Kind {
    /// An object with these keys.
    Object(&'static [Key]),
    /// An object of one of several kinds, told by its key `type`.
    Tagged(&'static [(&'static str, &'static [Key])]),
    /// A list; what is missing when it is empty.
    List(&'static Kind, &'static str),
    /// A text.
    Text(Form),
    /// An identifier that its owner writes as a number or as a text.
    NumberOrText,
    /// A whole number within bounds, both included.
    Whole(u64, u64),
    /// True or false.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The name of an integration.
    Name,
    /// A region's domain.
    Domain,
    /// An id that Genesys Cloud gives.
    Id,
    /// An absolute URL.
    Url,
    /// The same, behind which paths are put.
    BaseUrl,
    /// A folder.
    Folder,
    /// An address and a port.
    Address,
    /// The name of a header.
    HeaderName,
    /// A user's name for the scheme Basic.
    Username,
    /// A secret of at least this many characters.
    Secret(usize),
    /// A secret that is the value of a header.
    HeaderValue,
    /// A key that callers prove themselves with.
    CallersKey,
    /// A signing secret of Standard Webhooks.
    SigningSecret,
    /// The same, which callers prove themselves with.
    CallersSigningSecret,
}

impl Form {
    /// Whether it is kept from being shown.
    fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Secret(_)
                | Self::HeaderValue
                | Self::CallersKey
                | Self::SigningSecret
                | Self::CallersSigningSecret
        )
    }
}

impl Kind {
    /// The keys of an object.
    pub(super) fn keys(&self) -> &'static [Key] {
        match self {
            Self::Object(keys) => keys,
            _ => &[],
        }
    }
}
