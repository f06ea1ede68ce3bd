//! The headers that the configuration adds to every call to Lynn.

use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderName};
use shared::config::LynnHeader;
use shared::secret_text;

/// The headers, marked so that logs hide their values.
///
/// # Errors
/// A value cannot be sent in a header.
pub(super) fn configured(headers: &[LynnHeader]) -> Result<HeaderMap, InvalidHeaderValue> {
    let mut map = HeaderMap::with_capacity(headers.len() + 6);
    for header in headers {
        // The configuration's own check refuses any other name.
        if let Ok(name) = HeaderName::from_bytes(header.name.as_bytes()) {
            map.insert(name, secret_text::header(&header.value)?);
        }
    }
    Ok(map)
}
