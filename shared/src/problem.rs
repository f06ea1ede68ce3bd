//! The answers of the endpoints: accepted, or an RFC 9457 problem.
//!
//! Rule: a refusal names the field and what to do, and never which part of an authentication was wrong.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

/// The most characters of a place that are shown: a body chooses its keys itself.
const LONGEST_PLACE: usize = 80;

/// One thing that is wrong with a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: `contact.id`, `attachments[0].url`; empty for the whole body.
    pub field: String,
    /// What is expected there.
    pub message: String,
}

impl FieldError {
    /// Something wrong at a place.
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: Self::shown(field), message: message.into() }
    }

    /// A place as it is shown.
    pub(crate) fn shown(field: &str) -> String {
        field.chars().take(LONGEST_PLACE).collect()
    }
}

/// An answer with a JSON body.
pub fn answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    with_type(status, body, "application/json")
}

/// A body that is not as the contract says.
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

/// The caller did not prove who it is. `expected`: the headers of each way to do so, none where that is not known; `given`: whether
/// any of them was there.
pub fn unauthenticated(expected: &[String], given: bool) -> Response<Bytes> {
    let expected = match expected {
        [] => "headers that prove its caller".to_owned(),
        ways => ways.join("; or "),
    };
    let said = if given {
        "What was there does not prove the caller."
    } else {
        "None of these headers was there."
    };
    let detail =
        format!("The request is not authenticated. This endpoint expects {expected}. {said}");
    problem(StatusCode::UNAUTHORIZED, "Authentication failed", &detail)
}

/// No such integration.
pub fn unknown_integration() -> Response<Bytes> {
    problem(
        StatusCode::NOT_FOUND,
        "Unknown integration",
        "There is no integration of this name; check the last part of the URL.",
    )
}

/// No such route.
pub fn not_found() -> Response<Bytes> {
    problem(StatusCode::NOT_FOUND, "Not found", "There is nothing at this path.")
}

/// No file at a link, or not for this caller: which of the two is not said.
pub fn no_file() -> Response<Bytes> {
    problem(StatusCode::NOT_FOUND, "No file", "There is no file at this link, or no longer.")
}

/// The route takes another method.
pub fn method_not_allowed(allowed: &'static str) -> Response<Bytes> {
    let mut response = problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "Method not allowed",
        &format!("This path takes {allowed}."),
    );
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// The body is larger than the limit in bytes.
pub fn too_large(limit: usize) -> Response<Bytes> {
    problem(
        StatusCode::PAYLOAD_TOO_LARGE,
        "The body is too large",
        &format!("At most {limit} bytes are taken."),
    )
}

/// The body is neither JSON nor a form. `error` is what a JSON parser says of one that looks like JSON.
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

/// The body is not UTF-8, and the charset that it declares is none that is known.
pub fn unknown_charset(name: &str) -> Response<Bytes> {
    /// A caller's word in an answer: so many characters are enough to know it again.
    const SHOWN: usize = 40;
    let name: String = name.chars().take(SHOWN).collect();
    problem(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "The charset is not taken",
        &format!("The charset {name} is not taken. Send UTF-8."),
    )
}

/// The event could not be made durable: the caller must send it again.
pub fn unavailable() -> Response<Bytes> {
    again_later("The event was not accepted. Send it again with the same id.")
}

/// Who asked could not be verified, since the configuration cannot be read.
pub fn unverifiable() -> Response<Bytes> {
    again_later("The configuration could not be read. Ask again.")
}

/// What was asked for could not be read.
pub fn unreadable() -> Response<Bytes> {
    again_later("The conversation could not be read. Ask again.")
}

/// A copy of a file could not be read.
pub fn file_unreadable() -> Response<Bytes> {
    again_later("The file could not be read. Ask again.")
}

/// The request was not answered within the time that there is for it.
pub fn out_of_time() -> Response<Bytes> {
    again_later("The request was not answered in time. Send it again with the same id.")
}

fn again_later(detail: &str) -> Response<Bytes> {
    let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, "Temporarily unavailable", detail);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// A problem of any other kind.
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
