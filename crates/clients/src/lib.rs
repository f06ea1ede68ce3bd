//! The clients of both vendors: a call to Genesys Cloud or to Lynn, its token, its share of the
//! rate budget, and HTTP.
//!
//! Rules: Instances share tokens through the store. A call to Genesys Cloud goes only when the rate
//! budget permits it. Errors contain no URL, because a URL may contain a contact's id.
//!
//! A receiver calls no vendor: without the feature `vendors`, only the clock and the traces are
//! here.
//!
//! Place: this crate uses only `shared`. The senders, `media`, `aws`, `sqlite`, `genesys-admin` and
//! the `bridge` program use this crate.

#![cfg_attr(not(test), warn(unreachable_pub))]

#[cfg(feature = "vendors")]
pub mod access_status;
#[cfg(feature = "vendors")]
pub mod genesys;
#[cfg(feature = "vendors")]
pub mod http_vendor;
#[cfg(feature = "vendors")]
pub mod lynn;
#[cfg(feature = "vendors")]
mod no_store;
#[cfg(feature = "vendors")]
mod patience;
#[cfg(feature = "vendors")]
mod redirect;
mod system_clock;
#[cfg(feature = "vendors")]
pub mod tokens;
pub mod traces;

#[cfg(feature = "vendors")]
pub use http_vendor::HttpVendor;
#[cfg(feature = "vendors")]
pub use no_store::NoStore;
#[cfg(feature = "vendors")]
pub use patience::Patience;
pub use system_clock::SystemClock;
