//! Runs a handler of single events, from EventBridge or a schedule, as a Lambda function.
//!
//! Rule: an event that could not be accepted fails the invocation, so that Lambda delivers it
//! again.

use std::future::Future;

use bytes::Bytes;
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use serde_json::Value;
use shared::error::chain;
use shared::ids::TraceId;
use shared::ports::PortError;

use super::traces;

/// Runs `handle` for each event until Lambda ends the process.
pub async fn take<H, F>(handle: H) -> Result<(), Error>
where
    H: Fn(Bytes, TraceId) -> F + Send + Sync,
    F: Future<Output = Result<(), PortError>> + Send,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let trace = trace(&event.context);
        let bytes = Bytes::from(event.payload.to_string());
        let taken = handle(bytes, trace).await;
        traces::flush().await;
        taken.map_err(|error| {
            tracing::error!(
                event.name = "not_taken",
                error = chain(&error),
                "The event could not be stored; AWS delivers it again."
            );
            Error::from(error)
        })
    }))
    .await
}

/// The root of Lambda's X-Ray trace, or the request id when there is no trace.
pub(super) fn trace(context: &Context) -> TraceId {
    traced(context).unwrap_or_else(|| TraceId::new(context.request_id.as_str()))
}

/// The root of Lambda's X-Ray trace, so that one search finds the request, the event and its
/// delivery.
pub(super) fn traced(context: &Context) -> Option<TraceId> {
    let header = context.xray_trace_id.as_deref()?;
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    Some(TraceId::new(root))
}
