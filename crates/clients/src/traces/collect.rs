//! Takes the spans as they end.

use std::sync::Arc;
use std::time::SystemTime;

use rand::RngExt as _;
use serde_json::{Map, Value, json};
use shared::trace::TARGET;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::export::Exporter;
use super::span::Ended;

/// Fields of a span with a meaning of their own. The others are its attributes.
const TRACE: &str = "trace.id";
const SPAN: &str = "span.id";
const PARENT: &str = "span.parent";
const KIND: &str = "span.kind";
/// Of a span that failed: the code of the failure.
const FAILURE: &str = "error.type";

/// A span that has begun.
struct Begun {
    trace: String,
    span: String,
    parent: Option<String>,
    at: SystemTime,
    fields: Fields,
}

/// Takes the spans of [`TARGET`] that belong to a trace.
#[derive(Clone, Debug)]
pub struct Spans(pub Arc<Exporter>);

impl Spans {
    /// Whether this is one of these spans; the filter of this layer.
    pub fn takes(metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    /// Whether this may be part of a log. A log that takes everything of its level would make every
    /// span real, also if traces are not collected.
    pub fn leaves(metadata: &Metadata<'_>) -> bool {
        !Self::takes(metadata)
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            extensions.get::<Begun>().map(|begun| (begun.trace.clone(), begun.span.clone()))
        });
        let own = fields.take(TRACE).map(|trace| trace_id(&trace));
        let (trace, parent) = match (own, above) {
            // Within another span of the trace, that one is the parent.
            (Some(trace), Some((same, parent))) if trace == same => (trace, Some(parent)),
            (Some(trace), _) => (trace, fields.take(PARENT)),
            (None, Some((trace, parent))) => (trace, Some(parent)),
            // It belongs to no event.
            (None, None) => return,
        };
        if !self.0.wants(&trace) {
            return;
        }
        let new = || format!("{:016x}", rand::rng().random_range(1..=u64::MAX));
        let span_id = fields.take(SPAN).unwrap_or_else(new);
        let begun = Begun { trace, span: span_id, parent, at: now(), fields };
        span.extensions_mut().insert(begun);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(begun) = span.extensions_mut().get_mut::<Begun>() {
            values.record(&mut begun.fields);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(mut begun) = span.extensions_mut().remove::<Begun>() else { return };
        let kind = match begun.fields.take(KIND).as_deref() {
            Some("client") => 3,
            Some("producer") => 4,
            Some("consumer") => 5,
            _ => 1,
        };
        self.0.add(Ended {
            trace: begun.trace,
            span: begun.span,
            parent: begun.parent,
            name: span.name(),
            kind,
            begun: begun.at,
            ended: now(),
            failed: begun.fields.0.contains_key(FAILURE),
            attributes: begun.fields.0,
        });
    }
}

/// The trace's id as OpenTelemetry writes it: 32 hexadecimal digits. X-Ray's id, `1-` with 8 and 24
/// of them, has the same ones. Of any other id a digest is made.
fn trace_id(id: &str) -> String {
    let digits = id.strip_prefix("1-").unwrap_or(id).replace('-', "").to_ascii_lowercase();
    let is_one = |id: &str| {
        id.len() == 32
            && id.bytes().all(|byte| byte.is_ascii_hexdigit())
            && id.bytes().any(|byte| byte != b'0')
    };
    if is_one(&digits) { digits } else { shared::ids::digest(&[id]).chars().take(32).collect() }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the subscriber's own time; no decision depends on it"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name)? {
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), json!(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_a_trace_becomes_one_of_open_telemetry() {
        let hex = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(trace_id(hex), hex);
        assert_eq!(trace_id("1-0af76519-16cd43dd8448eb211c80319c"), hex);
        assert_eq!(trace_id("0af76519-16cd-43dd-8448-eb211c80319c"), hex);
        for other in ["", "t", "00000000000000000000000000000000", "\u{f1}"] {
            let id = trace_id(other);
            assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
    }
}
