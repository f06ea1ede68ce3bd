//! What this build is.

/// The version of the bridge.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that it was built from, 12 digits, or `unknown`: see `build.rs`.
pub const COMMIT: &str = env!("BRIDGE_COMMIT");
