//! The clients of both vendors: one call to Genesys Cloud or to Lynn, its token, its place in the rate budget, and HTTP beneath.

pub mod genesys;
pub mod http_vendor;
pub mod lynn;
mod no_store;
mod system_clock;
pub mod tokens;

pub use http_vendor::HttpVendor;
pub use no_store::NoStore;
pub use system_clock::SystemClock;
