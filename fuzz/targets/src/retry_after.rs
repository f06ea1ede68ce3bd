//! The headers by which a vendor asks the bridge to wait.

use std::time::Duration;

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};
use shared::retry_after::read;

use crate::first_line;

/// The longest pause that the bridge accepts.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The first line is `Retry-After`, the second `Date`.
pub fn retry_after(input: &[u8]) {
    let (pause, date) = first_line(input);
    let mut headers = HeaderMap::new();
    for (name, value) in [(RETRY_AFTER, pause), (DATE, date)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    if let Some(pause) = read(&headers) {
        assert!(pause <= LONGEST, "{pause:?}");
    }
}
