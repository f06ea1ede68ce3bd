//! Spans as OTLP writes them in JSON. Pure.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::span::Ended;

/// The code of a status that says that a span failed.
const FAILED: u64 = 2;

/// The body of one request.
pub(super) fn request(resource: &[(String, String)], spans: &[Ended]) -> Value {
    let resource: Map<String, Value> =
        resource.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": attributes(&resource) },
        "scopeSpans": [{
            "scope": { "name": "lynn-genesys-bridge", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
        }],
    }] })
}

fn span(ended: &Ended) -> Value {
    let mut span = json!({
        "traceId": ended.trace,
        "spanId": ended.span,
        "name": ended.name,
        "kind": ended.kind,
        "startTimeUnixNano": nanoseconds(ended.begun),
        "endTimeUnixNano": nanoseconds(ended.ended.max(ended.begun)),
        "attributes": attributes(&ended.attributes),
    });
    if let Some(parent) = &ended.parent {
        span["parentSpanId"] = json!(parent);
    }
    if ended.failed {
        span["status"] = json!({ "code": FAILED });
    }
    span
}

/// A 64-bit number is a text in the JSON form of Protobuf.
fn nanoseconds(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

fn attributes(fields: &Map<String, Value>) -> Vec<Value> {
    let value = |value: &Value| match value {
        Value::Bool(_) => json!({ "boolValue": value }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::String(_) => json!({ "stringValue": value }),
        other => json!({ "stringValue": other.to_string() }),
    };
    fields.iter().map(|(key, known)| json!({ "key": key, "value": value(known) })).collect()
}
