//! The ports in memory, for tests and simulations: exact and deterministic.
//!
//! Rules: an adapter here does what the port documents and nothing more, so that it can replace any
//! other adapter. Nothing waits for real time. The same seed and the same calls give the same run.
//!
//! Place: uses `shared`, `delivery` and `media`. Only tests, simulations and fuzz targets depend on
//! it.

mod around;
mod clock;
mod media;
mod queue;
mod secrets;
mod store;
mod vendor;

#[doc(hidden)]
pub use async_trait::async_trait;
#[doc(hidden)]
pub use shared;

pub use around::AroundStore;
pub use clock::ManualClock;
pub use media::MemoryMedia;
pub use queue::{Entry, MemoryQueue};
pub use secrets::MemorySecrets;
pub use store::MemoryStore;
pub use vendor::{Reaction, RecordedCall, ScriptedVendor, answer};
