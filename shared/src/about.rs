//! The version of the bridge, and the commit it was built from.

use std::sync::OnceLock;

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

static COMMIT: OnceLock<&str> = OnceLock::new();

/// A program sets at its start the commit that it was built from. The commit is not compiled into
/// this crate, so that a new commit does not rebuild it.
pub fn built_from(commit: &'static str) {
    // A second call would set the same commit: it is a constant of the program.
    let _ = COMMIT.set(commit);
}

/// 12 hexadecimal digits, or `unknown`.
pub fn commit() -> &'static str {
    COMMIT.get().copied().unwrap_or("unknown")
}
