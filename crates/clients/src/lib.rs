//! The clients of both vendors: a call to Genesys Cloud or to Lynn, its token, its share of the
//! rate budget, and HTTP.
//!
//! Rules: Instances share tokens through the store. A call to Genesys Cloud goes only when the rate
//! budget permits it. Errors contain no URL, because a URL may contain a contact's id.
//!
//! Place: this crate uses only `shared`. The senders, `media`, `aws`, `sqlite`, `genesys-admin` and
//! the `bridge` program use this crate.

#![cfg_attr(not(test), warn(unreachable_pub))]

pub mod access_status;
pub mod genesys;
pub mod http_vendor;
pub mod lynn;
mod no_store;
mod redirect;
mod system_clock;
pub mod tokens;
pub mod traces;

pub use http_vendor::HttpVendor;
pub use no_store::NoStore;
pub use system_clock::SystemClock;
