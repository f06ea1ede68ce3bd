//! Describes a failed AWS call by a code and a request id, never by a body.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::RequestId;
use shared::ports::PortError;

#[derive(Debug, thiserror::Error)]
#[error("{problem}{request}")]
pub(super) struct AwsFailure {
    problem: String,
    request: String,
}

/// Every failure of AWS itself may pass. The caller handles failed conditions before it calls this
/// function.
pub(super) fn unavailable<E, R>(operation: &'static str, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + RequestId,
{
    let request = error.as_service_error().and_then(RequestId::request_id);
    PortError::unavailable(
        operation,
        AwsFailure {
            problem: problem(error),
            request: request.map(|id| format!(" (request {id})")).unwrap_or_default(),
        },
    )
}

/// AWS messages sometimes quote keys and parameters, so only the error code is kept.
fn problem<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ConstructionFailure(_) => "the request could not be made".to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            "no connection in time".to_owned()
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => "no connection".to_owned(),
        SdkError::DispatchFailure(_) => {
            "the call could not be made; are there a region and credentials?".to_owned()
        }
        SdkError::ResponseError(_) => "the answer could not be read".to_owned(),
        SdkError::ServiceError(_) => error.code().unwrap_or("an answer without a code").to_owned(),
        _ => "an unknown failure".to_owned(),
    }
}
