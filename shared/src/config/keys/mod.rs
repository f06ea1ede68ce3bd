//! The table of all configuration keys: type, default, meaning, and the document of an integration
//! that needs the key.
//!
//! Rule: there is one table. The check of a file, its split into documents and the JSON Schema are
//! derived from it. Tests compare it with the types that parse the documents.

mod check;
mod checker;
mod outside;
mod schema;
mod table;
mod together;
mod warnings;

pub(super) use checker::Checker;
pub use schema::schema;
pub(super) use table::INTEGRATION;

pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) default: Default,
    pub(super) needed_by: NeededBy,
    /// The explanation for a person.
    pub(super) about: &'static str,
}

/// The value of a key that is missing.
pub(super) enum Default {
    /// None: the key is required.
    Required,
    /// Null, which may also be written.
    Null,
    /// This JSON text.
    Json(&'static str),
    /// This JSON text; null may also be written.
    NullOr(&'static str),
}

/// The document of an integration that needs a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NeededBy {
    /// The document that verifies callers.
    Receive,
    /// The document that calls the vendors.
    Send,
    /// Both documents, so the value must not be a secret.
    Both,
}

/// The type of a key's value.
pub(super) enum Kind {
    Object(&'static [Key]),
    /// An object with variants, chosen by its key `type`.
    Tagged(&'static [(&'static str, &'static [Key])]),
    /// A list of this type, and the error when it is empty.
    List(&'static Kind, &'static str),
    /// A list of this type, which may be empty.
    AnyList(&'static Kind),
    /// An object whose keys are some of these names, with values of this type.
    Entries(&'static [&'static str], &'static Kind),
    /// An object whose keys are names of headers, with texts that are templates.
    Headers,
    /// JSON whose texts are templates.
    Template,
    Text(Form),
    /// An identifier that may be written as a number or as a text.
    NumberOrText,
    /// A whole number from the first to the second bound, both included.
    Whole(u64, u64),
    Bool,
    Choice(&'static [&'static str]),
}

/// The form of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Name,
    /// A Genesys Cloud region's domain.
    Domain,
    /// An id of Genesys Cloud.
    Id,
    /// An absolute URL.
    Url,
    /// An absolute URL to which paths are appended.
    BaseUrl,
    Folder,
    /// A name for people.
    Label,
    /// An IP address and a port.
    Address,
    HeaderName,
    /// The id of a client that logs in by Basic authentication.
    ClientId,
    /// A text with expressions, in any number of lines.
    Template,
    /// The user name of Basic authentication.
    Username,
    /// A secret of at least this many characters.
    Secret(usize),
    /// A secret that is sent as the value of a header.
    HeaderValue,
    /// A secret that signs the bridge's posts as Genesys Cloud signs its webhooks.
    HubSecret,
    /// A key with which callers authenticate.
    CallersKey,
    /// A signing secret of Standard Webhooks.
    SigningSecret,
    /// A signing secret with which callers authenticate.
    CallersSigningSecret,
}

impl Form {
    /// Whether the value must not be shown.
    fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Secret(_)
                | Self::HeaderValue
                | Self::HubSecret
                | Self::CallersKey
                | Self::SigningSecret
                | Self::CallersSigningSecret
        )
    }
}

impl Kind {
    /// The keys of an object; empty for any other type.
    pub(super) fn keys(&self) -> &'static [Key] {
        match self {
            Self::Object(keys) => keys,
            _ => &[],
        }
    }
}
