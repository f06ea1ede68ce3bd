//! The lines of the bridge's log, as a layer of the log.

use serde_json::{Map, Value};
use shared::ports::Clock as _;
use tracing::{Event, Subscriber};
use tracing_serde::fields::AsMap as _;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::super::clock::AheadClock;
use super::super::traffic::{Entry, Traffic};
use super::deliveries::noted;

/// Adds each line that has a name to what passed.
pub struct Lines {
    pub traffic: Traffic,
    pub clock: AheadClock,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Some(line) = line(serde_json::to_value(event.field_map()).unwrap_or_default()) else {
            return;
        };
        if let Entry::Line { name, trace: Some(trace), .. } = &line {
            noted(name, trace);
        }
        self.traffic.push(self.clock.now(), line);
    }
}

/// A line with a name.
fn line(fields: Value) -> Option<Entry> {
    let Value::Object(mut fields) = fields else { return None };
    let mut take = |key: &str| take(&mut fields, key);
    let (name, trace) = (take("event.name")?, take("trace.id"));
    Some(Entry::Line { name, trace, contact: None, fields })
}

fn take(fields: &mut Map<String, Value>, key: &str) -> Option<String> {
    match fields.shift_remove(key)? {
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_without_a_name_is_not_shown() {
        assert!(line(json!({ "message": "hello" })).is_none());
        let fields = json!({ "event.name": "retried", "trace.id": "t-1", "attempt": 2 });
        let Some(Entry::Line { name, trace, fields, .. }) = line(fields) else {
            panic!("a line");
        };
        assert_eq!((name.as_str(), trace.as_deref()), ("retried", Some("t-1")));
        assert_eq!(Value::Object(fields), json!({ "attempt": 2 }));
    }
}
