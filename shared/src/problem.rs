//! The answers of the endpoints: accepted, or a problem by RFC 9457.
//!
//! Rule: a refusal names the field and the remedy, but never which part of an authentication was
//! wrong.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// The answer of an endpoint, or its refusal.
pub type Answer = Result<Response<Bytes>, Response<Bytes>>;

/// The most characters of a field's path in an answer, because the caller chooses the keys of a
/// body.
const LONGEST_PLACE: usize = 80;

/// An error in a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The path, such as `contact.id` or `attachments[0].url`; empty for the whole body.
    pub field: String,
    /// The expected value.
    pub message: String,
}

impl FieldError {
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: Self::shown(field), message: message.into() }
    }

    /// The path as an answer shows it.
    pub(crate) fn shown(field: &str) -> String {
        field.chars().take(LONGEST_PLACE).collect()
    }
}

/// An answer with a JSON body.
pub fn answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    with_type(status, body, "application/json")
}

/// 400: the body breaks the contract.
pub fn invalid(errors: &[FieldError]) -> Response<Bytes> {
    let detail = match errors {
        [one] if one.field.is_empty() => one.message.clone(),
        [one] => format!("{}: {}", one.field, one.message),
        several => format!("{} fields are wrong", several.len()),
    };
    let mut body = body(StatusCode::BAD_REQUEST, "The request is not valid", &detail);
    body["errors"] = json!(errors);
    with_type(StatusCode::BAD_REQUEST, &body, PROBLEM)
}

/// 401: the caller is not authenticated. `expected`: the headers of each way to authenticate, empty
/// if unknown. `given`: whether the request had any of these headers.
pub fn unauthenticated(expected: &[String], given: bool) -> Response<Bytes> {
    let expected = match expected {
        [] => "headers that prove its caller".to_owned(),
        ways => ways.join("; or "),
    };
    let said = if given {
        "The proof of the caller is wrong."
    } else {
        "The request has none of these headers."
    };
    let detail =
        format!("The request is not authenticated. This endpoint expects {expected}. {said}");
    problem(StatusCode::UNAUTHORIZED, "Authentication failed", &detail)
}

/// 404: the integration is unknown.
pub fn unknown_integration() -> Response<Bytes> {
    problem(
        StatusCode::NOT_FOUND,
        "Unknown integration",
        "There is no integration of this name; check the last part of the URL.",
    )
}

/// 404: the path is unknown.
pub fn not_found() -> Response<Bytes> {
    problem(StatusCode::NOT_FOUND, "Not found", "There is nothing at this path.")
}

/// 404: no file for this link, or not for this caller. The answer does not say which.
pub fn no_file() -> Response<Bytes> {
    problem(StatusCode::NOT_FOUND, "No file", "There is no file at this link, or no longer.")
}

/// 405: the path does not accept the method.
pub fn method_not_allowed(allowed: &'static str) -> Response<Bytes> {
    let mut response = problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "Method not allowed",
        &format!("This path takes {allowed}."),
    );
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// 413: the body is larger than `limit` bytes.
pub fn too_large(limit: usize) -> Response<Bytes> {
    problem(
        StatusCode::PAYLOAD_TOO_LARGE,
        "The body is too large",
        &format!("At most {limit} bytes are taken."),
    )
}

/// 415: the body is neither JSON nor a form. `error` is the JSON parser's, if the body looks like
/// JSON.
pub fn not_json(error: Option<&FieldError>) -> Response<Bytes> {
    let expected = "Send a JSON object with the header content-type: application/json, or a form.";
    let detail = match error {
        None => expected.to_owned(),
        Some(FieldError { field, message }) if field.is_empty() => {
            format!("{expected} The body {message}.")
        }
        Some(FieldError { field, message }) => format!("{expected} The body: {field} {message}."),
    };
    problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON", &detail)
}

/// 415: the body is not UTF-8, and the declared charset is unknown.
pub fn unknown_charset(name: &str) -> Response<Bytes> {
    /// The most characters of the caller's word in the answer.
    const SHOWN: usize = 40;
    let name: String = name.chars().take(SHOWN).collect();
    problem(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The charset is not taken",
        &format!("The charset {name} is not taken. Send UTF-8."),
    )
}

/// 503: the event was not stored, and the caller must send it again.
pub fn unavailable() -> Response<Bytes> {
    again_later("The event was not accepted. Send it again with the same id.")
}

/// 503: the caller could not be authenticated, because the configuration cannot be read.
pub fn unverifiable() -> Response<Bytes> {
    again_later("The configuration could not be read. Ask again.")
}

/// 503: the integration's template cannot be used.
pub fn unusable_template() -> Response<Bytes> {
    again_later(
        "The inboundTemplate of this integration cannot be used, and its operator must repair it. Send the event again with the same id.",
    )
}

/// 503: the conversation could not be read.
pub fn unreadable() -> Response<Bytes> {
    again_later("The conversation could not be read. Ask again.")
}

/// 503: nothing is known about the queue yet.
pub fn no_availability() -> Response<Bytes> {
    again_later("Genesys Cloud has not yet said how many agents there are. Ask again.")
}

/// 503: the copy of a file could not be read.
pub fn file_unreadable() -> Response<Bytes> {
    again_later("The file could not be read. Ask again.")
}

/// 503: the time limit of the request has passed.
pub fn out_of_time() -> Response<Bytes> {
    again_later("The request was not answered in time. Send it again with the same id.")
}

fn again_later(detail: &str) -> Response<Bytes> {
    let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, "Temporarily unavailable", detail);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// A problem of any kind.
pub fn problem(status: StatusCode, title: &str, detail: &str) -> Response<Bytes> {
    with_type(status, &body(status, title, detail), PROBLEM)
}

const PROBLEM: &str = "application/problem+json";

fn body(status: StatusCode, title: &str, detail: &str) -> Value {
    json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail })
}

fn with_type(status: StatusCode, body: &Value, content_type: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
