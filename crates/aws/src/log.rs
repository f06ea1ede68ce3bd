//! The log of a function: JSON lines on standard output. CloudWatch stores them and reads the
//! metrics from them.
//!
//! Rule: each event is one line. The metrics of an event are part of its line, so they cost no
//! extra line.

use std::io::Write;
use std::sync::Arc;

use clients::SystemClock;
use clients::traces::{Exporter, Spans};
use delivery::log;
use serde_json::{Map, Value, json};
use shared::ports::Clock as _;
use shared::time::Timestamp;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_serde::fields::AsMap as _;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

use super::metrics;

/// Starts the log. `stack` is a dimension of every metric; an unknown level means `info`.
pub(super) fn start(stack: &str, level: &str, exporter: Option<Arc<Exporter>>) {
    let filter: LevelFilter = level.parse().unwrap_or(LevelFilter::INFO);
    let log = Registry::default().with(lines(stack, filter));
    // An `Option` of a layer would make every span real, because it takes all of them.
    // Either fails only if a log was started before.
    let _ = match exporter {
        None => log.try_init(),
        Some(exporter) => log.with(Spans(exporter).with_filter(filter_fn(Spans::takes))).try_init(),
    };
    log::log_panics();
}

/// Spans are no part of the log.
fn lines<S: Subscriber + for<'span> LookupSpan<'span>>(
    stack: &str,
    level: LevelFilter,
) -> impl Layer<S> {
    Lines { stack: stack.to_owned() }.with_filter(level.and(filter_fn(Spans::leaves)))
}

struct Lines {
    stack: String,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Ok(Value::Object(fields)) = serde_json::to_value(event.field_map()) else { return };
        let level = event.metadata().level().as_str();
        let mut line = line(SystemClock.now(), level, &self.stack, fields).to_string();
        line.push('\n');
        // If standard output fails, the failure cannot be reported anywhere.
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

fn line(now: Timestamp, level: &str, stack: &str, mut fields: Map<String, Value>) -> Value {
    if let Some(metrics) = metrics::of(now, &fields) {
        fields.insert("Stack".to_owned(), json!(stack));
        fields.extend(metrics);
    }
    fields.insert("timestamp".to_owned(), json!(now.to_text()));
    fields.insert("level".to_owned(), json!(level));
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_collector_no_span_is_made() {
        let lines = lines("bridge", LevelFilter::DEBUG);
        tracing::subscriber::with_default(Registry::default().with(lines), || {
            let span = tracing::info_span!(target: shared::trace::TARGET, "accept");
            assert!(span.is_disabled());
        });
    }

    fn fields(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_line_carries_the_metrics_of_its_event() {
        let now = Timestamp::from_milliseconds(1_763_805_600_000);
        let event = json!({
            "event.name": "delivered", "direction": "inbound", "integration": "support", "age_ms": 412, "attempt": 1,
        });
        let delivered = line(now, "INFO", "bridge", fields(event));
        insta::assert_json_snapshot!("delivered", delivered);
        let quiet =
            json!({ "event.name": "settled", "integration": "support", "message": "Settled." });
        insta::assert_json_snapshot!("settled", line(now, "INFO", "bridge", fields(quiet)));
    }

    #[test]
    fn what_waits_on_tells_how_long_it_has_waited_by_its_direction() {
        let now = Timestamp::from_milliseconds(1_763_805_600_000);
        for (event, counted) in [
            ("retried", Some("Retried")),
            ("delayed", Some("Delayed")),
            ("unconfigured", Some("Unconfigured")),
            ("held_back", None),
            ("own_trouble", None),
        ] {
            let waits = json!({
                "event.name": event, "direction": "outbound", "integration": "support", "age_ms": 61_000,
            });
            let line = line(now, "WARN", "bridge", fields(waits));
            let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
            let waiting = json!({ "Namespace": metrics::NAMESPACE, "Dimensions": [["Stack", "Direction"]],
                "Metrics": [{ "Name": "WaitingAge", "Unit": "Milliseconds" }] });
            assert_eq!(*directives.last().unwrap(), waiting, "{event}");
            assert_eq!(
                (&line["WaitingAge"], &line["Direction"]),
                (&json!(61_000), &json!("outbound"))
            );
            let count = counted.map(|name| json!([{ "Name": name, "Unit": "Count" }]));
            let first = directives.first().filter(|_| directives.len() > 1);
            assert_eq!(first.map(|it| it["Metrics"].clone()), count, "{event}");
        }
        // At an endpoint without configuration, no event waits.
        let asked = json!({ "event.name": "unconfigured", "integration": "support" });
        assert!(line(now, "ERROR", "bridge", fields(asked))["WaitingAge"].is_null());
    }
}
