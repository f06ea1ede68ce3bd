//! Shortens keys to the limits of a DynamoDB table.
//!
//! Rule: a key that is too long is cut and ends in its digest, so that different keys stay
//! different.

use std::borrow::Cow;

use shared::ids::digest;

/// The longest partition key of DynamoDB, in bytes.
pub(super) const PARTITION_BYTES: usize = 2048;
/// The longest sort key of DynamoDB, in bytes.
pub(super) const SORT_BYTES: usize = 1024;

/// The key as stored in the table: at most `most` bytes.
pub(super) fn fitted(key: &str, most: usize) -> Cow<'_, str> {
    if key.len() <= most {
        return Cow::Borrowed(key);
    }
    let digest = digest(&[key]);
    let mut end = most.saturating_sub(digest.len() + 1);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}#{digest}", &key[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_too_long_is_cut() {
        assert_eq!(fitted("conv#support#1", PARTITION_BYTES), "conv#support#1");
        let (first, second) = ("é".repeat(600), format!("{}x", "é".repeat(599)));
        let cut = [fitted(&first, SORT_BYTES), fitted(&second, SORT_BYTES)];
        assert!(cut.iter().all(|key| key.len() <= SORT_BYTES && key.starts_with("éé")), "{cut:?}");
        assert_ne!(cut[0], cut[1]);
    }
}
