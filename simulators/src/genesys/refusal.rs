//! Refusals in Genesys' form: the `ErrorBody`.

use serde_json::{Value, json};

use crate::http::Answer;

pub(super) type Checked<T> = Result<T, Refusal>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// True if the caller broke the contract; false for other causes such as an expired token.
    pub(super) is_violation: bool,
    pub(super) retry_after: Option<u64>,
    /// Boxed, because few refusals have a limit and every answer has space for a refusal.
    pub(super) limit: Option<Box<Value>>,
    /// The message with placeholders for its variable parts, and their values.
    pub(super) parameters: Option<Box<(&'static str, Value)>>,
}

impl Refusal {
    fn new(
        status: u16,
        code: &'static str,
        message: impl Into<String>,
        is_violation: bool,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            is_violation,
            retry_after: None,
            limit: None,
            parameters: None,
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad.request", message, true)
    }

    pub(super) fn invalid_date(field: &str, value: &str) -> Self {
        Self::new(
            400,
            "invalid.date",
            format!("The date [{value}] of field [{field}] is not yyyy-MM-ddTHH:mm:ss[.mmm]Z"),
            true,
        )
    }

    pub(super) fn invalid_value(field: &str, value: &str, allowed: &[&str]) -> Self {
        let allowed = allowed.join(", ");
        let message = format!(
            "Value [{value}] is not valid for field type [{field}]. Allowable values are: {allowed}"
        );
        Self::new(400, "invalid.value", message, true)
    }

    pub(super) fn authentication_required() -> Self {
        Self::new(
            401,
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
            true,
        )
    }

    pub(super) fn bad_credentials() -> Self {
        Self::new(401, "bad.credentials", "Invalid login credentials.", false)
    }

    /// A client that lacks these permissions.
    pub(super) fn missing_permissions(missing: &[&str]) -> Self {
        Self::lacking(
            "missing.permissions",
            "Unable to perform the requested action. You are missing the following permission(s): ",
            "Unable to perform the requested action. You are missing the following permission(s): {permissions}",
            missing.join(", "),
        )
    }

    /// A client without any of these permissions.
    pub(super) fn missing_any_permission(any: &[&str]) -> Self {
        Self::lacking(
            "missing.any.permissions",
            "Unable to perform the requested action. You must have at least one of the following permissions assigned: ",
            "Unable to perform the requested action. You must have at least one of the following permissions assigned: {permissions}",
            format!("[{}]", any.join(", ")),
        )
    }

    fn lacking(
        code: &'static str,
        beginning: &str,
        template: &'static str,
        permissions: String,
    ) -> Self {
        let parameters = json!({ "permissions": permissions });
        Self {
            parameters: Some(Box::new((template, parameters))),
            ..Self::new(403, code, format!("{beginning}{permissions}"), false)
        }
    }

    pub(super) fn not_authorized(message: impl Into<String>) -> Self {
        Self::new(403, "not.authorized", message, false)
    }

    pub(super) fn duplicate(what: &str, name: &str) -> Self {
        Self::new(
            409,
            "conflict",
            format!("A {what} with the name [{name}] exists already."),
            false,
        )
    }

    /// An action that the current state forbids.
    pub(super) fn in_use(why: impl Into<String>) -> Self {
        Self::new(409, "conflict", why, false)
    }

    /// An action that is not possible yet, or only after another action. An attempt does not breach
    /// the contract.
    pub(super) fn not_ready(why: impl Into<String>) -> Self {
        Self::new(400, "bad.request", why, false)
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(
            404,
            "not.found",
            format!("The requested resource could not be found: {what}"),
            true,
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(405, "method.not.allowed", "The method is not allowed for this resource.", true)
    }

    pub(super) fn conflict() -> Self {
        Self::new(409, "conflict", "The request conflicts with an existing message.", false)
    }

    pub(super) fn too_large(maximum: usize) -> Self {
        let message = format!("The request is over the size limit. Maximum bytes: {maximum}");
        Self::new(413, "request.entity.too.large", message, true)
    }

    pub(super) fn unsupported_media_type() -> Self {
        Self::new(
            415,
            "unsupported.media.type",
            "The media type of the request is not supported.",
            true,
        )
    }

    pub(super) fn too_many_requests(allowed: u64, seconds: u64) -> Self {
        let message =
            format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        let limit = json!({
            "key": "client.credentials.token.rate.per.minute",
            "namespace": "platform.api",
            "value": allowed,
        });
        Self {
            retry_after: Some(seconds),
            limit: Some(Box::new(limit)),
            ..Self::new(429, "too.many.requests", message, false)
        }
    }

    /// A refusal from a scripted fault.
    pub(super) fn scripted(status: u16, retry_after: Option<u64>) -> Self {
        let (code, message) = match status {
            400 => ("bad.request", "The request could not be understood."),
            401 => ("bad.credentials", "Invalid login credentials."),
            403 => (
                "missing.permissions",
                "Unable to perform the requested action. You are missing the following permission(s): conversation:message:receive",
            ),
            404 => ("not.found", "The requested resource could not be found."),
            408 => ("request.timeout", "The request timed out."),
            409 => ("conflict", "The request conflicts with the current state."),
            413 => (
                "request.entity.too.large",
                "The request is over the size limit. Maximum bytes: 512000",
            ),
            415 => ("unsupported.media.type", "The media type of the request is not supported."),
            429 => ("too.many.requests", "Rate limit exceeded the maximum."),
            503 => ("service.unavailable", "The service is currently unavailable."),
            504 => ("authentication.request.timeout", "The authentication request timed out."),
            _ => ("internal.server.error", "The server encountered an unexpected condition."),
        };
        let mut refusal = Self { retry_after, ..Self::new(status, code, message, false) };
        if let (429, Some(seconds)) = (status, retry_after) {
            refusal.message = format!("{message} Retry the request in [{seconds}] seconds");
        }
        refusal
    }

    pub(super) fn answer(&self, correlation_id: &str) -> Answer {
        let (template, parameters) = match &self.parameters {
            Some(parameters) => (parameters.0, parameters.1.clone()),
            None => (self.message.as_str(), json!({})),
        };
        let mut body = json!({
            "message": self.message,
            "code": self.code,
            "status": self.status,
            "contextId": correlation_id,
            "messageWithParams": template,
            "messageParams": parameters,
            "details": [],
            "errors": [],
        });
        if let (Some(limit), Some(fields)) = (&self.limit, body.as_object_mut()) {
            fields.insert("limit".to_owned(), (**limit).clone());
        }
        let answer = Answer::json(self.status, body);
        match self.retry_after {
            Some(seconds) => answer.with("retry-after", seconds),
            None => answer,
        }
    }
}
