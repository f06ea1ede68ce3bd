//! The log: JSON lines on stderr; `RUST_LOG` selects the level.

use std::sync::{Arc, OnceLock};

use anyhow::Context;
use clients::traces::{Exporter, Spans};
use tracing::Subscriber;
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::log_buffer::LogBuffer;

static BUFFER: OnceLock<LogBuffer> = OnceLock::new();

/// Starts the log. A second call changes nothing.
pub fn start(default: LevelFilter) -> anyhow::Result<()> {
    start_traced(default, None)
}

/// Starts the log, and the collection of spans if there is an exporter.
pub fn start_traced(default: LevelFilter, exporter: Option<Arc<Exporter>>) -> anyhow::Result<()> {
    begin(|buffer| {
        let log = tracing_subscriber::registry().with(lines(buffer, default));
        // An `Option` of a layer would make every span real, because it takes all of them.
        match exporter {
            None => log.try_init(),
            Some(exporter) => {
                log.with(Spans(exporter).with_filter(filter_fn(Spans::takes))).try_init()
            }
        }
    })
}

/// Starts the log with another reader of its lines of level INFO and above.
pub fn start_watched(
    default: LevelFilter,
    reader: impl Layer<Registry> + Send + Sync,
) -> anyhow::Result<()> {
    begin(|buffer| {
        let reader = reader.with_filter(LevelFilter::INFO.and(filter_fn(Spans::leaves)));
        tracing_subscriber::registry().with(reader).with(lines(buffer, default)).try_init()
    })
}

fn begin(initialise: impl FnOnce(LogBuffer) -> Result<(), TryInitError>) -> anyhow::Result<()> {
    let buffer = LogBuffer::start().context("start the log")?;
    if initialise(buffer.clone()).is_ok() {
        let _ = BUFFER.set(buffer);
        delivery::log::log_panics();
    }
    Ok(())
}

fn filter(default: LevelFilter) -> EnvFilter {
    EnvFilter::builder().with_default_directive(default.into()).from_env_lossy()
}

/// Writes each line as JSON. Spans are no part of it.
fn lines<S>(buffer: LogBuffer, default: LevelFilter) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(buffer)
        .with_filter(filter(default).and(filter_fn(Spans::leaves)))
}

/// Writes the rest of the log, at the end of the program.
pub fn finish() {
    if let Some(buffer) = BUFFER.get() {
        buffer.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise every event would make its spans, and nothing would take them.
    #[test]
    fn without_a_collector_no_span_is_made() {
        let lines = lines(LogBuffer::start().unwrap(), LevelFilter::TRACE);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let span = tracing::info_span!(target: shared::trace::TARGET, "accept");
            assert!(span.is_disabled());
        });
    }
}
