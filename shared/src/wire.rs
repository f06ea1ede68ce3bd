//! Helpers for the wire types of both vendors: `Debug` for logs, and the form of instants.
//!
//! Rule: `Debug` shows only what is named; a new field is hidden by default.

use serde::{Serialize, Serializer};

use crate::error::{Class, Failure};
use crate::time::Timestamp;

/// Implements `Debug` for a struct: shows the named fields and `..` for the rest.
#[macro_export]
macro_rules! debug_shows {
    ($type:ident: $($field:ident),*) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter
                    .debug_struct(stringify!($type))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}

pub use debug_shows;

/// Implements `Debug` for a type: its name and, in brackets, what the arguments of `format!` write.
#[macro_export]
macro_rules! debug_writes {
    ($type:ident: |$it:ident| $($format:tt)+) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $it = self;
                write!(formatter, "{}({})", stringify!($type), format_args!($($format)+))
            }
        }
    };
}

/// Removes the byte order mark that some programs, mostly those in .NET, write before a text.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// The body of a call to a vendor.
pub fn to_json<T: Serialize>(body: &T) -> Result<String, Failure> {
    serde_json::to_string(body).map_err(|error| {
        Failure::new(Class::Permanent, "unwritable", "write a body").caused_by(error)
    })
}

/// For `serialize_with`: an instant as `2026-11-22T10:00:00.000Z`, the form that Genesys documents.
pub fn time_as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_text())
}

/// For `serialize_with`: like [`time_as_text`], but a missing instant is `null`.
pub(crate) fn optional_time_as_text<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => time_as_text(time, serializer),
        None => serializer.serialize_none(),
    }
}
