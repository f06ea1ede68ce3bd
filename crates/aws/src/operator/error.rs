//! Why a command did not get what it asked for. A failed AWS call is reported in one line: the
//! call, its subject, the cause, and what to do.

use std::error::Error;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use shared::error::chain;

const UNREACHABLE: &str = "check the network, --region and AWS_ENDPOINT_URL, then run this again";
const CREDENTIALS: &str =
    "log in again (aws sso login), give --profile, or set AWS_ACCESS_KEY_ID and its companions";

/// Why a command did not get what it asked of a deployed stack.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A mistake in the arguments: there is no region, or no such stack.
    #[error("{0}")]
    Misconfigured(String),
    /// A failed call, with what to do.
    #[error("{0}")]
    Call(String),
    /// The stack is not the bridge's, or of another version.
    #[error(
        "the stack {stack} has no output {key}: check that it is the bridge's stack and that its deployment is complete"
    )]
    NoOutput { stack: String, key: String },
    /// An item without a key or a body.
    #[error("read an item of the table")]
    UnreadableItem,
    /// A message of a queue that is not FIFO.
    #[error("a message without a group: is this the bridge's queue?")]
    NoGroup,
    /// The list of names cannot be written as JSON.
    #[error(transparent)]
    ListOfNames(serde_json::Error),
}

/// The error code of the service, if it answered with one.
pub(super) fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    match error {
        SdkError::ServiceError(service) => service.err().code(),
        _ => None,
    }
}

/// Explains a failed `call` about `subject`. The call is written as in a policy, such as
/// `secretsmanager:CreateSecret`.
pub(super) fn explain<E, R>(call: &str, subject: &str, error: &SdkError<E, R>) -> OperatorError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let why = match error {
        SdkError::ServiceError(service) => said(service.err()),
        // Some messages of the SDK have several lines.
        other => chain(other).split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let advice = advice(call, code(error), &why, answered(error));
    OperatorError::Call(format!("{call} of {subject} failed: {why}{advice}"))
}

/// The service's code and message. The message of a validation error quotes the request, which may
/// contain a secret, so it is left out.
fn said(error: &impl ProvideErrorMetadata) -> String {
    let message = error.message().filter(|_| error.code() != Some("ValidationException"));
    match (error.code(), message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "it gave no reason".to_owned(),
    }
}

fn answered<E, R>(error: &SdkError<E, R>) -> bool {
    matches!(error, SdkError::ServiceError(_) | SdkError::ResponseError(_))
}

fn advice(call: &str, code: Option<&str>, why: &str, answered: bool) -> String {
    let what = match code {
        Some("AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation") => {
            return format!("; allow {call} to your user or role, or choose another --profile");
        }
        Some(
            "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException",
        ) => CREDENTIALS,
        _ if !answered && why.contains("credential") => CREDENTIALS,
        _ if !answered => UNREACHABLE,
        _ => return String::new(),
    };
    format!("; {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_trouble_says_what_to_do() {
        let call = "secretsmanager:CreateSecret";
        let denied = advice(call, Some("AccessDeniedException"), "", true);
        assert!(denied.contains("allow secretsmanager:CreateSecret"), "{denied}");
        for code in ["ExpiredTokenException", "UnrecognizedClientException"] {
            assert!(advice(call, Some(code), "", true).contains("aws sso login"));
        }
        let none = "no providers in chain provided credentials";
        assert!(advice(call, None, none, false).contains("--profile"));
        assert!(advice(call, None, "dispatch failure", false).contains("AWS_ENDPOINT_URL"));
        assert_eq!(advice(call, Some("LimitExceededException"), "", true), "");
    }
}
