//! What this build is.

use std::sync::OnceLock;

/// The version of the bridge.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

static COMMIT: OnceLock<&str> = OnceLock::new();

/// A program names at its start the commit that it was built from. This crate does not know it, so
/// that a commit alone changes nothing here.
pub fn built_from(commit: &'static str) {
    // A second call names the same commit, since it is a constant of the program.
    let _ = COMMIT.set(commit);
}

/// The commit that the program was built from: 12 hexadecimal digits, or `unknown`.
pub fn commit() -> &'static str {
    COMMIT.get().copied().unwrap_or("unknown")
}
