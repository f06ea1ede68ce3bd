//! Metrics in CloudWatch's embedded metric format: which log events count as which metrics.
//!
//! Rule: the metrics of an event stand in its own line, so that they cost no further line. Those of
//! every message are collected instead (`held_metrics.rs`), since CloudWatch's instructions are
//! longer than the line itself.
//!
//! Rule: keep metrics and dimensions few, because each combination is billed. The dimensions are
//! the stack, and the stack with the integration; for the age of waiting events, the stack with the
//! direction.

use serde_json::{Map, Value, json};
use shared::time::Timestamp;

pub const NAMESPACE: &str = "LynnGenesysBridge";

/// A metric of an event.
struct Metric {
    /// The event's `event.name`.
    event: &'static str,
    name: &'static str,
    unit: &'static str,
    /// The event's field that holds the value; without a field, each event counts as one.
    field: Option<&'static str>,
    by: By,
}

/// The dimensions of a metric.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The stack, and the stack with the integration.
    Integration,
    /// The stack with the direction.
    Direction,
}

const fn count(event: &'static str, name: &'static str) -> Metric {
    Metric { event, name, unit: "Count", field: None, by: By::Integration }
}

const fn value(
    event: &'static str,
    name: &'static str,
    unit: &'static str,
    field: &'static str,
) -> Metric {
    Metric { event, name, unit, field: Some(field), by: By::Integration }
}

/// How long an event that must wait longer has already waited. SQS leaves messages that were
/// received several times out of the age of its oldest message, so in an outage SQS may report no
/// age.
const fn waiting(event: &'static str) -> Metric {
    Metric {
        event,
        name: "WaitingAge",
        unit: "Milliseconds",
        field: Some("age_ms"),
        by: By::Direction,
    }
}

const fn sum(event: &'static str, name: &'static str) -> Metric {
    value(event, name, "Count", "count")
}

const METRICS: &[Metric] = &[
    count("accepted", "Accepted"),
    count("characters_replaced", "CharactersReplaced"),
    count("cold_start", "ColdStarts"),
    count("delayed", "Delayed"),
    count("delivered", "Delivered"),
    value("delivered", "DeliveryAge", "Milliseconds", "age_ms"),
    count("event_unreadable", "DeadLetters"),
    count("failed", "DeadLetters"),
    count("foreign_channel", "ForeignChannels"),
    count("id_reused", "IdsReused"),
    count("paused", "Paused"),
    value("rate_budget", "RateBudgetLeft", "Count", "left"),
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
    waiting("delayed"),
    waiting("held_back"),
    waiting("own_trouble"),
    waiting("retried"),
    waiting("unconfigured"),
];

/// The events of every message.
pub(super) const OF_EVERY_MESSAGE: [&str; 2] = ["accepted", "delivered"];

/// The names, units and values of the metrics of an event.
pub(super) fn values(
    event: &str,
    by: By,
    fields: &Map<String, Value>,
) -> impl Iterator<Item = (&'static str, &'static str, Value)> {
    let metrics = METRICS.iter().filter(move |metric| metric.event == event && metric.by == by);
    metrics.filter_map(|metric| {
        let value = metric.field.map_or(Some(json!(1)), |field| fields.get(field).cloned());
        Some((metric.name, metric.unit, value.filter(Value::is_number)?))
    })
}

/// The fields that a log line gets in addition: the values, and CloudWatch's instructions to read
/// them.
pub(super) fn of(now: Timestamp, fields: &Map<String, Value>) -> Option<Map<String, Value>> {
    let event = fields.get("event.name")?.as_str()?;
    let mut added = Map::new();
    let mut directives = Vec::new();
    for by in [By::Integration, By::Direction] {
        let mut definitions = Vec::new();
        for (name, unit, value) in values(event, by, fields) {
            added.insert(name.to_owned(), value);
            definitions.push(json!({ "Name": name, "Unit": unit }));
        }
        if !definitions.is_empty() {
            let dimensions = dimensions(by, fields, &mut added);
            directives.push(
                json!({ "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions }),
            );
        }
    }
    if directives.is_empty() {
        return None;
    }
    added.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": now.milliseconds(), "CloudWatchMetrics": directives }),
    );
    Some(added)
}

/// The names of the dimensions. Adds their values to `added`, beside the metrics.
pub(super) fn dimensions(
    by: By,
    fields: &Map<String, Value>,
    added: &mut Map<String, Value>,
) -> Vec<Value> {
    let (field, name) = match by {
        By::Integration => ("integration", "Integration"),
        By::Direction => ("direction", "Direction"),
    };
    let value = fields.get(field);
    if let Some(value) = value {
        added.insert(name.to_owned(), value.clone());
    }
    match (by, value) {
        (By::Integration, Some(_)) => vec![json!(["Stack"]), json!(["Stack", name])],
        (By::Direction, Some(_)) => vec![json!(["Stack", name])],
        (_, None) => vec![json!(["Stack"])],
    }
}
