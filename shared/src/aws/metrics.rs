//! Metrics in CloudWatch's embedded metric format: which events count as what.
//!
//! Rule: few metrics and few dimensions, since each combination is billed: the stack, and the stack with the integration.

use serde_json::{Map, Value, json};

use crate::time::Timestamp;

/// The namespace of every metric.
pub const NAMESPACE: &str = "LynnGenesysBridge";

/// A metric of an event.
struct Metric {
    /// The event's `event.name`.
    event: &'static str,
    name: &'static str,
    unit: &'static str,
    /// The event's field that holds its value; without one, each event counts one.
    field: Option<&'static str>,
}

const fn count(event: &'static str, name: &'static str) -> Metric {
    Metric { event, name, unit: "Count", field: None }
}

const fn sum(event: &'static str, name: &'static str) -> Metric {
    Metric { event, name, unit: "Count", field: Some("count") }
}

const METRICS: &[Metric] = &[
    count("accepted", "Accepted"),
    count("cold_start", "ColdStarts"),
    count("delayed", "Delayed"),
    count("delivered", "Delivered"),
    Metric { event: "delivered", name: "DeliveryAge", unit: "Milliseconds", field: Some("age_ms") },
    count("failed", "DeadLetters"),
    count("foreign_channel", "ForeignChannels"),
    count("id_reused", "IdsReused"),
    count("paused", "Paused"),
    Metric { event: "rate_budget", name: "RateBudgetLeft", unit: "Count", field: Some("left") },
    count("refused", "Refused"),
    count("left", "Left"),
    count("media.copied", "FilesCopied"),
    count("media.refused", "FilesRefused"),
    sum("rejected", "Rejected"),
    count("retried", "Retried"),
    count("shed", "Shed"),
    count("time_replaced", "TimesReplaced"),
    count("token.renewed", "TokenRefreshes"),
    count("unconfigured", "Unconfigured"),
    count("unreadable", "DeadLetters"),
];

/// What a log line gets in addition: the values and what CloudWatch is to read of them.
pub(super) fn of(now: Timestamp, fields: &Map<String, Value>) -> Option<Map<String, Value>> {
    let event = fields.get("event.name")?.as_str()?;
    let mut added = Map::new();
    let mut definitions = Vec::new();
    for metric in METRICS.iter().filter(|metric| metric.event == event) {
        let value = metric.field.map_or(Some(json!(1)), |field| fields.get(field).cloned());
        let Some(value) = value.filter(Value::is_number) else { continue };
        added.insert(metric.name.to_owned(), value);
        definitions.push(json!({ "Name": metric.name, "Unit": metric.unit }));
    }
    if definitions.is_empty() {
        return None;
    }
    let mut dimensions = vec![json!(["Stack"])];
    if let Some(integration) = fields.get("integration") {
        added.insert("Integration".to_owned(), integration.clone());
        dimensions.push(json!(["Stack", "Integration"]));
    }
    let directive =
        json!({ "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions });
    added.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": now.milliseconds(), "CloudWatchMetrics": [directive] }),
    );
    Some(added)
}
