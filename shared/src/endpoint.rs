//! Functions that both endpoints share: answers without a configuration, health, paths and trace
//! ids.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;
use uuid::Uuid;

use crate::about::{VERSION, commit};
use crate::config::ReceiveConfig;
use crate::error::chain;
use crate::ids::TraceId;
use crate::problem;
use crate::settings::{Settings, SettingsError};

/// The most log lines about one integration whose configuration cannot be used, within 10 s.
const UNCONFIGURED_LINES: u32 = 10;

/// The answer when there is no usable configuration: a caller that posts must send again, a caller
/// that reads must ask again. Requests for unknown integrations are counted; at most one log line
/// is written within 10 s.
pub fn unconfigured(
    settings: &Settings<ReceiveConfig>,
    error: &SettingsError,
    method: &Method,
) -> Response<Bytes> {
    let integration = match error {
        // Do not log the name: an unknown caller chooses it.
        SettingsError::Unknown(_) => {
            if let Some(count) = settings.lines("unknown".to_owned(), 1) {
                tracing::info!(
                    event.name = "unknown",
                    count,
                    "Requests named integrations that are not configured."
                );
            }
            return problem::unknown_integration();
        }
        // The request has no proof, so it would be refused whether or not the integration is
        // configured.
        SettingsError::Shed(_) => return problem::unauthenticated(&[], false),
        SettingsError::Unavailable { integration, .. }
        | SettingsError::Invalid { integration, .. } => integration,
    };
    let subject = format!("unconfigured {integration}");
    if let Some(count) = settings.lines(subject, UNCONFIGURED_LINES) {
        tracing::error!(
            event.name = "unconfigured",
            integration = integration.as_str(),
            error = chain(error),
            count,
            "A request could not be verified."
        );
    }
    if is_read(method) { problem::unverifiable() } else { problem::unavailable() }
}

/// Reports that the process runs, and its version. Contains no secret and makes no call.
pub fn health() -> Response<Bytes> {
    let health = json!({ "status": "ok", "version": VERSION, "commit": commit() });
    problem::answer(StatusCode::OK, &health)
}

/// Whether a request only reads. A `HEAD` is a `GET` whose answer has no body.
pub fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// The decoded segments of a path; `None` when a segment is not UTF-8.
pub fn segments(path: &str) -> Option<Vec<String>> {
    let part =
        |part: &str| percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    path.trim_matches('/').split('/').map(part).collect()
}

/// The request's trace id, or a new one. New ids rise with time, so that a log can be sorted by
/// them.
pub fn trace(request: &Request<Bytes>) -> TraceId {
    let new = || TraceId::new(Uuid::now_v7().simple().to_string());
    request.extensions().get::<TraceId>().cloned().unwrap_or_else(new)
}

/// Whether a path has a segment `.` or `..`, encoded or not. Such a path would lead to another
/// resource than intended: HTTP clients resolve these segments before they send, even encoded ones,
/// so an id of dots cannot be sent.
pub fn has_step(path: &str) -> bool {
    /// The longest such segment.
    const LONGEST: usize = "%2e%2e".len();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split(['/', '\\']).filter(|part| part.len() <= LONGEST).any(|part| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == "." || part == ".."
    })
}

/// Encodes a text as one path segment. An id of dots stays a dot segment: see [`has_step`].
pub fn encode(segment: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(segment, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_becomes_a_step_in_a_path() {
        for id in [".", "..", "%2e", "%2E%2e", ".%2e", "a/../b", "a/..", "..?x", "..#x", "a\\..\\b"]
        {
            assert!(has_step(&format!("https://api.example.com/v2/messages/{id}")), "{id}");
        }
        for id in [".", ".."] {
            assert!(has_step(&format!("/v2/messages/{}/details", encode(id))), "{id}");
        }
        // Any other id, once encoded, stays one segment.
        for id in [
            "...",
            "a.b",
            "a/../b",
            "%2e%2e",
            "..%2f",
            "/",
            "?..",
            "#/../",
            "",
            "\\..\\",
            "5d0d331e-6a0b",
        ] {
            assert!(!has_step(&format!("/v2/messages/{}/details", encode(id))), "{id}");
            let url = format!("https://api.example.com/v2/messages/{}/details", encode(id));
            let url = url::Url::parse(&url).unwrap();
            assert_eq!(url.path_segments().unwrap().count(), 4, "{id}");
        }
    }
}
