//! The refusals, in Genesys' status and error body.

use bytes::Bytes;
use http::header::{ALLOW, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::BODY_LIMIT;
use crate::problem;

/// The statuses of the API, their codes and sentences.
const CODES: [(StatusCode, &str, &str); 8] = [
    (StatusCode::BAD_REQUEST, "bad.request", "The request could not be understood."),
    (StatusCode::UNAUTHORIZED, "bad.credentials", "Invalid login credentials."),
    (StatusCode::NOT_FOUND, "not.found", "The requested resource could not be found."),
    (
        StatusCode::METHOD_NOT_ALLOWED,
        "method.not.allowed",
        "The method is not allowed for this resource.",
    ),
    (StatusCode::REQUEST_TIMEOUT, "request.timeout", "The request timed out."),
    (
        StatusCode::PAYLOAD_TOO_LARGE,
        "request.entity.too.large",
        "The request is over the size limit.",
    ),
    (
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported.media.type",
        "The media type of the request is not supported.",
    ),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "service.unavailable",
        "The request was not accepted. Send it again with the same message id.",
    ),
];

fn code(status: StatusCode) -> (&'static str, &'static str) {
    let known = CODES.iter().find(|(known, ..)| *known == status);
    known.map_or(("internal.server.error", "The request failed."), |(_, code, words)| (code, words))
}

/// 400, with a sentence that names the field.
pub fn bad_request(message: &str) -> Response<Bytes> {
    refusal(StatusCode::BAD_REQUEST, message)
}

/// 401. It never says which part was wrong.
pub fn unauthenticated() -> Response<Bytes> {
    of_status(StatusCode::UNAUTHORIZED)
}

/// 404: nothing is at this path, or not for this client.
pub fn not_found() -> Response<Bytes> {
    of_status(StatusCode::NOT_FOUND)
}

/// The same refusal as a problem of the bridge, in Genesys' words.
pub fn from_problem(problem: &Response<Bytes>) -> Response<Bytes> {
    let mut response = match problem.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let (_, words) = code(problem.status());
            refusal(problem.status(), &format!("{words} Maximum bytes: {BODY_LIMIT}"))
        }
        status => of_status(status),
    };
    for name in [RETRY_AFTER, ALLOW] {
        if let Some(value) = problem.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn of_status(status: StatusCode) -> Response<Bytes> {
    refusal(status, code(status).1)
}

fn refusal(status: StatusCode, message: &str) -> Response<Bytes> {
    let body = json!({
        "message": message,
        "code": code(status).0,
        "status": status.as_u16(),
        "messageWithParams": message,
        "messageParams": {},
        "details": [],
        "errors": [],
    });
    problem::answer(status, &body)
}

/// Why a client gets no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    UnsupportedGrant,
    UnknownClient,
    WrongSecret,
    /// The configuration cannot be read now.
    Unavailable,
}

/// The refusal of a token call, in the OAuth error body.
pub fn denied(why: Denied) -> Response<Bytes> {
    let (status, error, description) = match why {
        Denied::UnsupportedGrant => (
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "unsupported grant type: unsupported_grant_type",
        ),
        Denied::UnknownClient => {
            (StatusCode::BAD_REQUEST, "invalid_client", "client not found: invalid_client")
        }
        Denied::WrongSecret => {
            (StatusCode::UNAUTHORIZED, "invalid_client", "authentication failed: invalid_client")
        }
        Denied::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            "the configuration could not be read: temporarily_unavailable",
        ),
    };
    let body = json!({
        "error": error,
        "description": description,
        "error_description": description,
    });
    let mut response = problem::answer(status, &body);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
