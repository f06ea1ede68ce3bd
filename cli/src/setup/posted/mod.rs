//! The way of events without AWS: a trigger for each topic starts a workflow, which posts the event to the bridge by a data
//! action.

pub mod bodies;
pub mod plan;
pub mod workflow;

use sha2::{Digest as _, Sha256};

/// Tells one key from another, and does not give it away.
pub fn key_fingerprint(key: &str) -> String {
    Sha256::digest(key).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
