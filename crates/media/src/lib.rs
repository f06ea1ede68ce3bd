//! The media relay: files that a message links to are copied to a store of ours and passed on under expiring signed links.
//!
//! Rule: nothing here runs unless an integration says `media: {"mode": "relay"}`. Only [`Relaying`] asks for a file, and only
//! [`fetch`] connects to an address that a message named.

/// So that a double of the ports can be compiled with the unit tests.
#[cfg(test)]
extern crate self as media;

pub mod address;
mod copy;
mod enclosed;
pub mod fetch;
mod file_body;
mod kind;
mod link;
mod patience;
mod place;
mod ports;
mod relay;
mod relaying;
mod seats;
mod told;

pub use copy::{Bearer, LARGEST, MOST_REDIRECTS};
pub use enclosed::{CarriesFiles, Enclosed, Fate};
pub use fetch::HttpSource;
pub use file_body::FileBody;
pub use kind::{ANY_FILE, Kind, SNIFFED, WrongKind};
pub use link::{LinkCheck, LinkError, MediaKey, is_link, link};
pub use place::{Place, Reach};
pub use ports::{
    FileSource, Found, MediaAnswer, MediaRequest, MediaSource, MediaStore, MediaWriter, SourceError,
};
pub use relay::{COPYING, KEPT_MILLISECONDS, Relay};
pub use relaying::Relaying;
pub use seats::Seats;
pub use shared::file_refusal::Refusal;
