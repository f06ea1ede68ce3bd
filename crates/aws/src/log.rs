//! The log of a function: JSON lines on standard output. CloudWatch stores them and reads the
//! metrics from them.
//!
//! Rules: each event is one line. A line at `info` has no `message`, no `level`, and no `attempt`
//! if it is the first: `docs/log-events.md` says what its `event.name` means, Lambda takes a line
//! without a level for `INFO`, and each byte of a million messages is paid for.

use std::io::Write;
use std::sync::{Arc, Mutex};

use clients::SystemClock;
use clients::traces::{Exporter, Spans};
use delivery::log;
use serde_json::{Map, Value, json};
use shared::lock::lock;
use shared::ports::Clock as _;
use shared::time::Timestamp;
use tokio::signal::unix::Signal;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_serde::fields::AsMap as _;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

use super::held_metrics::HeldMetrics;
use super::metrics;

/// Starts the log. `stack` is a dimension of every metric; an unknown level means `info`. `end`
/// comes before the end of the process; without it, no metric is held.
pub(super) fn start(
    stack: &str,
    level: &str,
    exporter: Option<Arc<Exporter>>,
    end: Option<Signal>,
) {
    let filter: LevelFilter = level.parse().unwrap_or(LevelFilter::INFO);
    let held = end.map(|end| {
        let held = Arc::new(Mutex::new(HeldMetrics::default()));
        tokio::spawn(finish(end, Arc::clone(&held), stack.to_owned()));
        held
    });
    let log = Registry::default().with(lines(stack, filter, held));
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
    held: Option<Arc<Mutex<HeldMetrics>>>,
) -> impl Layer<S> {
    Lines { stack: stack.to_owned(), held }.with_filter(level.and(filter_fn(Spans::leaves)))
}

/// Writes the held metrics when the process is about to end, and ends it.
async fn finish(mut end: Signal, held: Arc<Mutex<HeldMetrics>>, stack: String) {
    end.recv().await;
    let now = SystemClock.now();
    for rest in lock(&held).rest(now) {
        write(&finished(now, Level::INFO, &stack, rest));
    }
    std::process::exit(0);
}

fn write(line: &Value) {
    let mut line = line.to_string();
    line.push('\n');
    // If standard output fails, the failure cannot be reported anywhere.
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

struct Lines {
    stack: String,
    /// The metrics of every message; `None` if they are written with their events.
    held: Option<Arc<Mutex<HeldMetrics>>>,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Ok(Value::Object(fields)) = serde_json::to_value(event.field_map()) else { return };
        let (now, level) = (SystemClock.now(), *event.metadata().level());
        let Some(held) = &self.held else {
            return write(&line(now, level, &self.stack, fields));
        };
        let mut held = lock(held);
        if held.take(now, &fields) {
            write(&plain(now, level, fields));
        } else {
            write(&line(now, level, &self.stack, fields));
        }
        for due in held.due(now) {
            write(&finished(now, Level::INFO, &self.stack, due));
        }
    }
}

/// An event's line with its metrics.
fn line(now: Timestamp, level: Level, stack: &str, mut fields: Map<String, Value>) -> Value {
    match metrics::of(now, &fields) {
        Some(metrics) => {
            fields.extend(metrics);
            finished(now, level, stack, fields)
        }
        None => plain(now, level, fields),
    }
}

/// A line with metrics.
fn finished(now: Timestamp, level: Level, stack: &str, mut fields: Map<String, Value>) -> Value {
    fields.insert("Stack".to_owned(), json!(stack));
    plain(now, level, fields)
}

/// A line as CloudWatch gets it. Lambda reads its time and its level.
fn plain(now: Timestamp, level: Level, mut fields: Map<String, Value>) -> Value {
    fields.insert("timestamp".to_owned(), json!(now.to_text()));
    if level == Level::INFO && fields.contains_key("event.name") {
        fields.shift_remove("message");
        if fields.get("attempt").and_then(Value::as_u64) == Some(1) {
            fields.shift_remove("attempt");
        }
    } else {
        fields.insert("level".to_owned(), json!(level.as_str()));
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_collector_no_span_is_made() {
        let lines = lines("bridge", LevelFilter::DEBUG, None);
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
        let delivered = line(now, Level::INFO, "bridge", fields(event));
        insta::assert_json_snapshot!("delivered", delivered);
        let quiet =
            json!({ "event.name": "settled", "integration": "support", "message": "Settled." });
        insta::assert_json_snapshot!("settled", line(now, Level::INFO, "bridge", fields(quiet)));
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
            let line = line(now, Level::WARN, "bridge", fields(waits));
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
        assert!(line(now, Level::ERROR, "bridge", fields(asked))["WaitingAge"].is_null());
    }
}
