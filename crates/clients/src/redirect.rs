//! Says in words that an answer is a redirect.

/// The status of an answer, for a failure's text.
pub(crate) fn described(status: u16) -> String {
    match status {
        300..=399 => format!("{status} (a redirect, which is not followed)"),
        _ => status.to_string(),
    }
}
