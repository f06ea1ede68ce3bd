//! The media relay: copies the files that a message links to into the bridge's store, and passes on
//! expiring signed links to the copies.
//!
//! Rules: Nothing here runs unless an integration is configured with `media: {"mode": "relay"}`.
//! Only [`Relaying`] asks for a file, and only [`fetch`] connects to an address that a message
//! named.
//!
//! Place: this crate uses `clients`, `delivery`, `conversation` and `shared`. The functions, `aws`,
//! `sqlite` and the `bridge` program use this crate.

#![cfg_attr(not(test), warn(unreachable_pub))]

/// Lets the test double of the ports compile together with the unit tests.
#[cfg(test)]
extern crate self as media;

mod address;
mod attachment_ref;
#[cfg(feature = "relay")]
mod copy;
#[cfg(feature = "relay")]
mod copy_permits;
#[cfg(feature = "relay")]
mod fetch;
mod file_body;
mod kind;
mod link;
#[cfg(feature = "relay")]
mod log;
#[cfg(feature = "relay")]
mod patience;
mod ports;
#[cfg(feature = "relay")]
mod relay;
#[cfg(feature = "relay")]
mod relaying;
mod source_policy;

pub use attachment_ref::{AttachmentRef, CarriesFiles, FileOutcome};
#[cfg(feature = "relay")]
pub use copy::{Bearer, LARGEST};
#[cfg(feature = "relay")]
pub use copy_permits::CopyPermits;
#[cfg(feature = "relay")]
pub use fetch::HttpSource;
pub use file_body::FileBody;
pub use kind::{ANY_FILE, Kind, SNIFFED, WrongKind};
pub use link::{LinkCheck, LinkError, MediaKey, is_link, link};
pub use ports::{
    FileSource, MediaAnswer, MediaRequest, MediaSource, MediaStore, MediaWriter, SourceError,
    StoredCopy,
};
#[cfg(feature = "relay")]
pub use relay::{COPYING, KEPT, Relay};
#[cfg(feature = "relay")]
pub use relaying::Relaying;
pub use shared::file_refusal::Refusal;
pub use source_policy::{Reach, SourcePolicy};
