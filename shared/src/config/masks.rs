//! The mask that replaces secrets in a configuration that is shown. A document that contains the
//! mask cannot be used.

/// `bridge config pull` writes this in place of a secret.
pub const MASK: &str = "(masked)";

/// The error for a document that contains the mask.
pub(super) fn problem() -> String {
    format!("{MASK} is what `bridge config pull` writes for a secret; put the secret itself in")
}
