//! Traces for OpenTelemetry: collects the spans of the bridge and sends them to a collector by
//! OTLP over HTTP, as JSON.
//!
//! Rules: without `OTEL_EXPORTER_OTLP_ENDPOINT` nothing is collected, and a span costs nothing. A
//! collector that is slow or away holds nothing up: spans are dropped then, and that is logged. A
//! span has ids, never a text, a name or a URL's path.
//!
//! Source of the format: the OpenTelemetry specification, OTLP 1.x, "JSON Protobuf Encoding".

mod collect;
mod destination;
mod export;
mod json;
mod span;

pub use collect::Spans;
pub use destination::{Destination, Misconfigured};
pub use export::Exporter;
