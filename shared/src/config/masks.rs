//! What stands for a secret where a configuration is shown: a document that still holds it cannot be used.

/// What `bridge config pull` writes in place of a secret.
pub const MASK: &str = "(masked)";

/// What is said of a document with a mask in it.
pub(super) fn problem() -> String {
    format!("{MASK} is what `bridge config pull` writes for a secret; put the secret itself in")
}
