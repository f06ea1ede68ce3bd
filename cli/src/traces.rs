//! The traces of `bridge serve`: sent to a collector if the environment names one.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clients::HttpVendor;
use clients::traces::{Destination, Exporter};
use tokio::task::JoinHandle;

use crate::failure;

/// How long an unused connection to the collector is kept.
const IDLE: Duration = Duration::from_secs(30);
/// How long the end of the program waits for the collector.
const AT_THE_END: Duration = Duration::from_secs(2);

/// The collection of spans; `None` within it if no collector is named.
pub struct Traces(Option<(Arc<Exporter>, JoinHandle<()>)>);

/// The exporter, if the environment names a collector.
///
/// # Errors
/// A variable cannot be used; exit code 2.
pub fn exporter() -> anyhow::Result<Option<Arc<Exporter>>> {
    #[expect(clippy::disallowed_methods, reason = "OpenTelemetry defines these variables")]
    let variable = |name| std::env::var(name).ok();
    let destination = Destination::read("bridge", variable);
    let destination =
        destination.map_err(|error| failure::misconfigured(anyhow::Error::new(error)))?;
    let Some(destination) = destination else { return Ok(None) };
    let vendor = HttpVendor::new(IDLE).context("prepare the client for the collector")?;
    Ok(Some(Exporter::new(destination, Arc::new(vendor))))
}

impl Traces {
    /// Sends the spans from now on, in the background.
    pub fn send(exporter: Option<Arc<Exporter>>) -> Self {
        Self(exporter.map(|exporter| {
            let sending = tokio::spawn(Arc::clone(&exporter).run());
            (exporter, sending)
        }))
    }

    /// Sends the rest.
    pub async fn finish(self) {
        let Some((exporter, sending)) = self.0 else { return };
        sending.abort();
        let _ = sending.await;
        exporter.flush(AT_THE_END).await;
    }
}
