//! The traces of a function: sent to a collector in the same execution environment, such as the one
//! of the AWS Distro for OpenTelemetry, which a Lambda layer brings.
//!
//! Rule: Lambda freezes a function after its answer, so the spans are sent before it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clients::traces::{Destination, Exporter};
use lambda_runtime::Error;

use super::environment::Environment;
use super::plain_http::Plain;
use super::requirements::OTLP_ENDPOINT;

static EXPORTER: OnceLock<Arc<Exporter>> = OnceLock::new();

/// How long an answer may be held up by the collector.
const LONGEST: Duration = Duration::from_millis(500);

/// Prepares the exporter, if the function is given a collector.
pub(super) fn start(
    function: &'static str,
    environment: &Environment,
) -> Result<Option<Arc<Exporter>>, Error> {
    let endpoint = environment.get(OTLP_ENDPOINT)?;
    if endpoint == "none" {
        return Ok(None);
    }
    let variable = |name| (name == OTLP_ENDPOINT).then(|| endpoint.to_owned());
    let Some(destination) = Destination::read(function, variable)? else { return Ok(None) };
    let exporter = Exporter::new(destination, Arc::new(Plain));
    let _ = EXPORTER.set(Arc::clone(&exporter));
    Ok(Some(exporter))
}

/// Sends the spans of this invocation.
pub(super) async fn flush() {
    if let Some(exporter) = EXPORTER.get() {
        exporter.flush(LONGEST).await;
    }
}
