//! The ports in memory: exact, deterministic, and forgotten with the process. For tests and simulations.
//!
//! Rules: an adapter here does what `ports` documents, no more, so that it can stand for any other. Nothing waits for
//! real time; the same seed and the same calls give the same run.

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
pub use vendor::{Reaction, ScriptedVendor, Seen, answer};
