//! Turns a function's result into the HTTP answer, by payload format 2.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, SET_COOKIE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::invoke::Failure;

/// Converts a function's payload.
pub fn of(payload: &[u8]) -> Response<Bytes> {
    let Ok(payload) = serde_json::from_slice::<Value>(payload) else {
        return internal_error();
    };
    match &payload {
        Value::Object(fields) if fields.contains_key("statusCode") => {
            told(fields).unwrap_or_else(internal_error)
        }
        // As API Gateway infers it: without a status, the payload is the body, as JSON. A string is
        // the body itself.
        Value::String(text) => json_answer(StatusCode::OK, Bytes::from(text.clone())),
        other => json_answer(StatusCode::OK, Bytes::from(other.to_string())),
    }
}

/// The answer when no route matches.
pub fn not_found() -> Response<Bytes> {
    message(StatusCode::NOT_FOUND, "Not Found")
}

pub fn too_large() -> Response<Bytes> {
    message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
}

/// The answer to a request that broke off.
pub fn bad_request() -> Response<Bytes> {
    message(StatusCode::BAD_REQUEST, "Bad Request")
}

/// The answer when the function gave none.
pub fn failed(failure: &Failure) -> Response<Bytes> {
    match failure {
        Failure::Throttled | Failure::TimedOut => {
            message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        Failure::Function(_) | Failure::Emulator(_) => internal_error(),
    }
}

fn internal_error() -> Response<Bytes> {
    message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

fn message(status: StatusCode, text: &str) -> Response<Bytes> {
    json_answer(status, Bytes::from(json!({ "message": text }).to_string()))
}

fn json_answer(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// Reads the answer from the fields. `None` when they do not form a valid answer.
fn told(fields: &Map<String, Value>) -> Option<Response<Bytes>> {
    let status = u16::try_from(fields["statusCode"].as_u64()?).ok()?;
    let body = match fields.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(body) => {
            let encoded = fields.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
            decoded(body.as_str()?, encoded)?
        }
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).ok()?;
    let headers = fields.get("headers").and_then(Value::as_object);
    for (name, value) in headers.into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        answer.headers_mut().insert(name, header(value)?);
    }
    let cookies = fields.get("cookies").and_then(Value::as_array);
    for cookie in cookies.into_iter().flatten() {
        answer.headers_mut().append(SET_COOKIE, header(cookie)?);
    }
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().entry(CONTENT_TYPE).or_insert(text);
    Some(answer)
}

fn decoded(body: &str, encoded: bool) -> Option<Bytes> {
    if encoded {
        return STANDARD.decode(body).ok().map(Bytes::from);
    }
    Some(Bytes::from(body.to_owned()))
}

fn header(value: &Value) -> Option<HeaderValue> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    HeaderValue::from_bytes(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Response;
    use serde_json::{Value, json};

    use super::{failed, of};
    use crate::front::invoke::Failure;

    fn answer(payload: &Value) -> Response<Bytes> {
        of(payload.to_string().as_bytes())
    }

    #[test]
    fn status_headers_cookies_and_body_are_the_functions() {
        let answer = answer(&json!({ "statusCode": 202, "body": "{}", "isBase64Encoded": false,
            "headers": { "Content-Type": "application/json", "Retry-After": 5 },
            "cookies": ["a=1", "b=2"] }));
        assert_eq!(answer.status(), 202);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["retry-after"], "5");
        assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(answer.body(), "{}");
    }

    #[test]
    fn a_body_in_base64_is_decoded() {
        let answer = answer(&json!({ "statusCode": 200, "body": "AP8=", "isBase64Encoded": true }));
        assert_eq!(answer.body().as_ref(), [0, 255]);
    }

    #[test]
    fn a_payload_without_status_is_the_body() {
        assert_eq!(answer(&json!({ "a": 1 })).body(), "{\"a\":1}");
        assert_eq!(answer(&json!("text")).body(), "text");
        assert_eq!(answer(&json!({ "a": 1 })).status(), 200);
    }

    #[test]
    fn what_describes_no_answer_is_an_internal_error() {
        for payload in [
            json!({ "statusCode": "x" }),
            json!({ "statusCode": 99_999 }),
            json!({ "statusCode": 200, "body": { "a": 1 } }),
            json!({ "statusCode": 200, "body": "%", "isBase64Encoded": true }),
        ] {
            let answer = answer(&payload);
            assert_eq!(answer.status(), 500, "{payload}");
            assert_eq!(answer.body(), "{\"message\":\"Internal Server Error\"}");
        }
        assert_eq!(of(b"no JSON").status(), 500);
    }

    #[test]
    fn a_failure_says_only_which_kind_it_is() {
        assert_eq!(failed(&Failure::Throttled).status(), 503);
        assert_eq!(failed(&Failure::TimedOut).status(), 503);
        let function = failed(&Failure::Function("secret".to_owned()));
        assert_eq!(function.status(), 500);
        assert_eq!(function.body(), "{\"message\":\"Internal Server Error\"}");
    }
}
