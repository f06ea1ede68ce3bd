//! Collects the metrics of every message and writes them in one line a minute.
//!
//! Rules: the first event after a quiet minute is written at once, so that few events are seen
//! without delay. The next event after a minute writes the others, or else the end of the process.
//! Where no end is announced, nothing is held.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::time::Timestamp;

use super::metrics::{self, By, NAMESPACE, OF_EVERY_MESSAGE};

/// The resolution of CloudWatch.
const MINUTE: i64 = 60_000;
/// The most values of a metric that CloudWatch reads from one line.
const MOST: usize = 100;

/// The held metrics of a function.
#[derive(Debug, Default)]
pub(super) struct HeldMetrics {
    /// When the last line was written.
    written: Option<Timestamp>,
    by_integration: BTreeMap<String, Held>,
}

/// The values of an integration.
#[derive(Debug)]
struct Held {
    /// When the first of these events was counted.
    since: Timestamp,
    /// The fields of that event, for the dimensions.
    fields: Map<String, Value>,
    values: BTreeMap<&'static str, (&'static str, Vec<Value>)>,
}

impl HeldMetrics {
    /// Takes the metrics of an event. `false` if its own line must carry them.
    pub(super) fn take(&mut self, now: Timestamp, fields: &Map<String, Value>) -> bool {
        let event = fields.get("event.name").and_then(Value::as_str).unwrap_or_default();
        if !OF_EVERY_MESSAGE.contains(&event) {
            return false;
        }
        let integration = fields.get("integration").and_then(Value::as_str).unwrap_or_default();
        let held = self.by_integration.entry(integration.to_owned()).or_insert_with(|| Held {
            since: now,
            fields: fields.clone(),
            values: BTreeMap::new(),
        });
        for (name, unit, value) in metrics::values(event, By::Integration, fields) {
            held.values.entry(name).or_insert((unit, Vec::new())).1.push(value);
        }
        true
    }

    /// The lines that are due now, without the stack.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Map<String, Value>> {
        let written = self.written.map_or(i64::MIN, Timestamp::milliseconds);
        let full = self.by_integration.values().any(Held::is_full);
        if full || now.milliseconds().saturating_sub(written) >= MINUTE {
            self.rest(now)
        } else {
            Vec::new()
        }
    }

    /// All that is held.
    pub(super) fn rest(&mut self, now: Timestamp) -> Vec<Map<String, Value>> {
        let held = std::mem::take(&mut self.by_integration);
        if !held.is_empty() {
            self.written = Some(now);
        }
        held.into_values().map(Held::line).collect()
    }
}

impl Held {
    fn is_full(&self) -> bool {
        self.values.values().any(|(_, values)| values.len() >= MOST)
    }

    fn line(self) -> Map<String, Value> {
        let mut line = Map::from_iter([("event.name".to_owned(), json!("metrics"))]);
        let dimensions = metrics::dimensions(By::Integration, &self.fields, &mut line);
        let mut definitions = Vec::new();
        for (name, (unit, values)) in self.values {
            definitions.push(json!({ "Name": name, "Unit": unit }));
            // A number of events is their sum; other values are kept one by one, for percentiles.
            let counted = unit == "Count";
            line.insert(name.to_owned(), if counted { json!(values.len()) } else { json!(values) });
        }
        let directive = json!({
            "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions,
        });
        let instructions = json!({
            "Timestamp": self.since.milliseconds(), "CloudWatchMetrics": [directive],
        });
        line.insert("_aws".to_owned(), instructions);
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_763_805_600_000;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(START + milliseconds)
    }

    fn delivered(integration: &str, age: i64) -> Map<String, Value> {
        let event = json!({ "event.name": "delivered", "integration": integration, "age_ms": age });
        event.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_first_event_is_written_at_once_and_a_minute_in_one_line_for_each_integration() {
        let mut held = HeldMetrics::default();
        assert!(held.take(at(0), &delivered("support", 10)));
        assert_eq!(held.due(at(0)).len(), 1);
        for (time, integration) in [(1, "support"), (2, "sales"), (59_000, "support")] {
            assert!(held.take(at(time), &delivered(integration, time)));
            assert!(held.due(at(time)).is_empty(), "{time}");
        }
        let lines = held.due(at(60_000));
        let (sales, support) = (&lines[0], &lines[1]);
        assert_eq!((&sales["Integration"], &sales["Delivered"]), (&json!("sales"), &json!(1)));
        assert_eq!(
            (&support["Delivered"], &support["DeliveryAge"]),
            (&json!(2), &json!([1, 59_000]))
        );
        assert_eq!(support["_aws"]["Timestamp"], json!(START + 1));
        let dimensions = &support["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(*dimensions, json!([["Stack"], ["Stack", "Integration"]]));
        assert!(held.due(at(200_000)).is_empty());
    }

    #[test]
    fn as_many_values_as_cloudwatch_reads_are_written_at_once() {
        let mut held = HeldMetrics::default();
        held.take(at(0), &delivered("support", 1));
        assert_eq!(held.due(at(0)).len(), 1);
        let lines = (1..=100).map(|time| {
            held.take(at(time), &delivered("support", time));
            held.due(at(time)).len()
        });
        assert_eq!(lines.collect::<Vec<_>>(), [vec![0; 99], vec![1]].concat());
    }

    #[test]
    fn what_is_held_is_written_before_the_end_and_other_events_are_not_held() {
        let mut held = HeldMetrics::default();
        for time in [0, 1] {
            held.take(at(time), &delivered("support", time));
            held.due(at(time));
        }
        assert_eq!(held.rest(at(2))[0]["Delivered"], json!(1));
        assert!(held.rest(at(3)).is_empty());
        let failed = json!({ "event.name": "failed", "integration": "support" });
        assert!(!held.take(at(4), failed.as_object().unwrap()));
    }
}
