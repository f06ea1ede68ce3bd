//! Why a call of the administration API failed.

use std::fmt;

use http::Method;
use serde_json::Value;
use shared::ports::{VendorError, VendorResponse};

use super::{EVENTS_KEY, WEBHOOK_SECRET};

/// The keys of a request whose values are secrets; an answer may quote the request.
const SECRETS: [&str; 3] = [WEBHOOK_SECRET, "x-api-key", EVENTS_KEY];
const CORRELATION_ID: &str = "inin-correlation-id";

#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {problem}")]
pub struct CallError {
    pub method: Method,
    /// The path, including ids.
    pub path: String,
    #[source]
    pub problem: Problem,
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Genesys Cloud did not receive the call.
    #[error("no connection to Genesys Cloud; check the network and the region's domain")]
    NotSent(#[source] VendorError),
    /// It is unknown whether the call had an effect.
    #[error(
        "Genesys Cloud gave no answer, and may have acted on the request; run this again to find out"
    )]
    NoAnswer(#[source] VendorError),
    /// Genesys Cloud refused the call.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The object was deleted and still answers after this many seconds.
    #[error(
        "Genesys Cloud still shows it {0} s after it was deleted; run the same command again later"
    )]
    StillThere(u64),
    /// The answer does not have the expected form.
    #[error("the answer of Genesys Cloud cannot be read: {0}")]
    Unreadable(String),
}

/// The content of a refusal by Genesys Cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    /// Genesys' error code, such as `missing.permissions`.
    pub code: String,
    /// Genesys' message, without secrets.
    pub message: String,
    /// The id that Genesys' support asks for.
    pub correlation_id: String,
    /// The permissions that the OAuth client lacks, as `domain:entity:action`.
    pub missing: Vec<String>,
    /// Whether one of the missing permissions is enough.
    pub any: bool,
}

impl From<VendorError> for Problem {
    fn from(error: VendorError) -> Self {
        match error {
            VendorError::NotSent(_) => Self::NotSent(error),
            VendorError::Uncertain(_) => Self::NoAnswer(error),
        }
    }
}

impl Problem {
    /// Reads a refusal. `sent` is the request's body, whose secrets are removed from the message.
    pub fn refused(answer: &VendorResponse, sent: &Value) -> Self {
        Self::Refused(Box::new(Refusal::read(answer, sent)))
    }
}

impl CallError {
    /// Adds the method and the path, without its query, to a problem.
    pub fn of(method: &Method, path: &str) -> impl Fn(Problem) -> Self + Copy {
        let path = path.split('?').next().unwrap_or_default();
        move |problem| Self { method: method.clone(), path: path.to_owned(), problem }
    }

    /// Treats 404 as success, for objects that should be gone.
    pub(crate) fn unless_gone<T>(result: Result<T, Self>) -> Result<(), Self> {
        match result {
            Err(error) if !error.is_status(404) => Err(error),
            _ => Ok(()),
        }
    }

    pub fn is_status(&self, status: u16) -> bool {
        matches!(&self.problem, Problem::Refused(refusal) if refusal.status == status)
    }

    pub fn is_answered(&self) -> bool {
        !matches!(self.problem, Problem::NotSent(_) | Problem::NoAnswer(_))
    }

    /// Whether Genesys Cloud refused the call and did nothing. Status 408 and 5xx leave that open.
    pub fn is_refusal(&self) -> bool {
        matches!(&self.problem, Problem::Refused(refusal) if refusal.status < 500 && refusal.status != 408)
    }

    /// The missing permissions; none if the failure has another reason.
    pub fn missing_permissions(&self) -> &[String] {
        match &self.problem {
            Problem::Refused(refusal) => &refusal.missing,
            _ => &[],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Genesys Cloud answered {}", self.status)?;
        if !self.code.is_empty() {
            write!(formatter, " {}", self.code)?;
        }
        match self.missing.as_slice() {
            [] if self.message.is_empty() => {}
            [] => write!(formatter, ": {}", self.message)?,
            missing => {
                let which = if self.any { "any of " } else { "" };
                let missing = missing.join(", ");
                write!(
                    formatter,
                    ": the OAuth client lacks {which}{missing}; add it to one of the client's roles"
                )?;
            }
        }
        if !self.correlation_id.is_empty() {
            write!(formatter, " (correlation id {})", self.correlation_id)?;
        }
        Ok(())
    }
}

impl Refusal {
    /// Reads a refusal. `sent` is the request's body, whose secrets are removed from the message.
    pub fn read(answer: &VendorResponse, sent: &Value) -> Self {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let header = answer.headers.get(CORRELATION_ID).and_then(|value| value.to_str().ok());
        let code = [text("code"), text("error")].into_iter().find(|code| !code.is_empty());
        let code = code.unwrap_or_default();
        let message = [text("message"), text("description"), text("error_description")];
        let message = message.into_iter().find(|message| !message.is_empty()).unwrap_or_default();
        let context = Some(text("contextId")).filter(|id| !id.is_empty());
        Self {
            status: answer.status,
            missing: missing(&body, &code, &message),
            any: code == "missing.any.permissions",
            message: one_line(&without_secrets(message, sent)),
            correlation_id: context.or(header.map(str::to_owned)).unwrap_or_default(),
            code,
        }
    }
}

/// The permissions that a refusal names, in its parameters or else in its message.
fn missing(body: &Value, code: &str, message: &str) -> Vec<String> {
    if !code.starts_with("missing.") {
        return Vec::new();
    }
    let parameters = &body["messageParams"];
    let named = match &parameters["permissions"] {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        _ => message.to_owned(),
    };
    let is_permission = |word: &&str| word.split(':').filter(|part| !part.is_empty()).count() == 3;
    let separates = |letter: char| letter.is_whitespace() || "[](),;'\"".contains(letter);
    named
        .split(separates)
        .map(|word| word.trim_end_matches('.'))
        .filter(is_permission)
        .map(str::to_owned)
        .collect()
}

fn without_secrets(mut message: String, sent: &Value) -> String {
    match sent {
        Value::Object(fields) => {
            for (key, value) in fields {
                message = match value.as_str() {
                    Some(secret) if SECRETS.iter().any(|one| key.eq_ignore_ascii_case(one)) => {
                        message.replace(secret, "…")
                    }
                    _ => without_secrets(message, value),
                };
            }
            message
        }
        Value::Array(items) => items.iter().fold(message, without_secrets),
        _ => message,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::json;

    use super::*;

    fn refused(status: u16, body: &Value, sent: &Value) -> CallError {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static(CORRELATION_ID),
            http::HeaderValue::from_static("c-1"),
        )]);
        let answer = VendorResponse { status, headers, body: body.to_string().into() };
        CallError {
            method: Method::POST,
            path: "/api/v2/routing/queues".to_owned(),
            problem: Problem::refused(&answer, sent),
        }
    }

    #[test]
    fn a_missing_permission_is_named_wherever_the_answer_names_it() {
        let message = "You are missing the following permission(s): routing:queue:add.";
        for body in [
            json!({ "code": "missing.permissions", "message": message }),
            json!({ "code": "missing.permissions",
                    "messageParams": { "permissions": "routing:queue:add" } }),
            json!({ "code": "missing.permissions",
                    "messageParams": { "permissions": ["routing:queue:add"] } }),
        ] {
            let error = refused(403, &body, &Value::Null);
            assert_eq!(error.missing_permissions(), ["routing:queue:add"], "{body}");
            assert_eq!(
                error.to_string(),
                "POST /api/v2/routing/queues: Genesys Cloud answered 403 missing.permissions: the OAuth client lacks \
                 routing:queue:add; add it to one of the client's roles (correlation id c-1)"
            );
        }
        let any = json!({ "code": "missing.any.permissions", "contextId": "c-2",
                          "messageParams": { "permissions": "[a:b:c, d:e:f]" } });
        let error = refused(403, &any, &Value::Null).to_string();
        assert!(error.contains("lacks any of a:b:c, d:e:f") && error.contains("c-2"), "{error}");
    }

    #[test]
    fn a_secret_that_the_answer_quotes_is_not_repeated() {
        let sent =
            json!({ "name": "n", SECRETS[0]: "planted", "config": { "X-Api-Key": "other" } });
        let body =
            json!({ "code": "invalid.value", "message": "Value [planted]\n[other] is wrong" });
        let error = refused(400, &body, &sent).to_string();
        assert!(error.contains("Value […] […] is wrong"), "{error}");
    }
}
