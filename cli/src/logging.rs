//! The log: JSON lines on stderr; `RUST_LOG` selects the level.

use std::sync::OnceLock;

use anyhow::Context;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::log_buffer::LogBuffer;

static BUFFER: OnceLock<LogBuffer> = OnceLock::new();

/// Starts the log. A second call changes nothing.
pub fn start(default: LevelFilter) -> anyhow::Result<()> {
    let buffer = LogBuffer::start().context("start the log")?;
    let filter = EnvFilter::builder().with_default_directive(default.into()).from_env_lossy();
    let log = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(buffer.clone())
        .with_env_filter(filter);
    if log.try_init().is_ok() {
        let _ = BUFFER.set(buffer);
        delivery::log::log_panics();
    }
    Ok(())
}

/// Starts the log with another reader of its lines of level INFO and above.
pub fn start_watched(
    default: LevelFilter,
    reader: impl Layer<Registry> + Send + Sync,
) -> anyhow::Result<()> {
    let buffer = LogBuffer::start().context("start the log")?;
    let filter = EnvFilter::builder().with_default_directive(default.into()).from_env_lossy();
    let log = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(buffer.clone())
        .with_filter(filter);
    let reader = reader.with_filter(LevelFilter::INFO);
    if tracing_subscriber::registry().with(reader).with(log).try_init().is_ok() {
        let _ = BUFFER.set(buffer);
        delivery::log::log_panics();
    }
    Ok(())
}

/// Writes the rest of the log, at the end of the program.
pub fn finish() {
    if let Some(buffer) = BUFFER.get() {
        buffer.flush();
    }
}
