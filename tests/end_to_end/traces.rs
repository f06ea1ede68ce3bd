//! Traces for OpenTelemetry: one from the acceptance of an event to the vendor's answer, on one
//! machine and through the deployed functions.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Collector, LynnFault};
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, SOON, Setup};

/// The variable that names the file with the spans of the deployed functions.
const FILE: &str = "BRIDGE_STACK_TRACES";

/// Where the spans of the tested bridge are.
enum Spans {
    Of(Collector),
    In(PathBuf),
}

impl Spans {
    /// Starts a bridge that sends its traces, and says where they are.
    async fn start() -> (Harness, Self) {
        if let Some(file) = std::env::var_os(FILE) {
            return (Harness::start().await, Self::In(file.into()));
        }
        let collector = Collector::start(None).await.expect("a collector");
        let endpoint = collector.base_url();
        let setup = Setup::new().environment("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint);
        (setup.start().await, Self::Of(collector))
    }

    fn all(&self) -> Vec<Value> {
        match self {
            Self::Of(collector) => collector.spans(),
            Self::In(file) => {
                let text = std::fs::read_to_string(file).unwrap_or_default();
                text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
            }
        }
    }

    /// The spans of a trace in the order of their beginning, once the event is delivered.
    async fn of(&self, trace: &str, id: &str) -> Vec<Value> {
        let deadline = Instant::now() + SOON;
        loop {
            let mut spans = self.all();
            spans.retain(|span| span["traceId"] == trace);
            let is_delivered = |span: &Value| {
                attribute(span, "messaging.message.id") == id
                    && attribute(span, "bridge.outcome") == "delivered"
            };
            if spans.iter().any(is_delivered) {
                spans.sort_by_key(|span| span["startTimeUnixNano"].as_str().map(str::to_owned));
                return spans;
            }
            assert!(Instant::now() < deadline, "{spans:#?}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The value of an attribute.
fn attribute<'a>(span: &'a Value, name: &str) -> &'a Value {
    let attributes = span["attributes"].as_array().expect("attributes");
    let known = attributes.iter().find(|attribute| attribute["key"] == name);
    known.map_or(&Value::Null, |known| {
        known["value"].as_object().and_then(|value| value.values().next()).expect("a value")
    })
}

/// The trace of an event, from the line about its acceptance.
async fn trace(harness: &Harness, id: &str) -> String {
    let line = harness.logged(&[("event.name", "accepted"), ("event.id", id)]).await;
    line["trace.id"].as_str().expect("a trace").trim_start_matches("1-").replace('-', "")
}

#[tokio::test]
async fn one_trace_leads_from_the_acceptance_to_the_vendor() {
    let (harness, spans) = Spans::start().await;
    let id = format!("m-{}", harness.name());
    harness.say("ana", &id, "a secret word").await;
    harness.accepted("ana", 1).await;
    let trace = trace(&harness, &id).await;
    let spans = spans.of(&trace, &id).await;
    let named = |name: &str| spans.iter().filter(|span| span["name"] == name).collect::<Vec<_>>();
    let (accept, deliver) = (named("accept")[0], named("deliver")[0]);
    assert_eq!(accept["parentSpanId"], Value::Null);
    assert_eq!(deliver["parentSpanId"], accept["spanId"]);
    assert_eq!((&accept["kind"], &deliver["kind"]), (&json!(4), &json!(5)));
    for span in [accept, deliver] {
        assert_eq!(attribute(span, "messaging.message.id"), &json!(id));
        assert_eq!(attribute(span, "messaging.destination.name"), "inbound");
        assert_eq!(attribute(span, "bridge.integration"), harness.name());
    }
    assert_eq!(attribute(deliver, "bridge.outcome"), "delivered");
    assert_eq!(attribute(deliver, "bridge.attempt"), "1");
    let mut calls = named("call");
    // The functions may know a token of an earlier test, whose simulator had the same address.
    let is_refused = |call: &Value| attribute(call, "http.response.status_code") == "401";
    calls.retain(|call| !(harness.is_deployed() && is_refused(call)));
    assert!(!calls.is_empty());
    for call in calls {
        assert_eq!(call["parentSpanId"], deliver["spanId"]);
        assert_eq!(
            (&call["kind"], attribute(call, "http.request.method")),
            (&json!(3), &json!("POST"))
        );
        assert_eq!(attribute(call, "server.address"), "127.0.0.1");
        assert_eq!(attribute(call, "http.response.status_code"), "200");
        assert_eq!(call["status"], Value::Null);
    }
    let services: Vec<_> = [accept, deliver].map(|span| span["service"].clone()).into();
    let expected =
        if harness.is_deployed() { ["lynn-inbound", "genesys-sender"] } else { ["bridge"; 2] };
    assert_eq!(services, expected);
    let text = json!(spans).to_string();
    assert!(!text.contains("secret word") && !text.contains("ana"), "{text}");
    harness.end();
}

#[tokio::test]
async fn a_failed_attempt_is_a_span_that_failed_and_the_next_one_is_its_own() {
    let (harness, spans) = Spans::start().await;
    harness.say("ana", &format!("m-1-{}", harness.name()), "Hello").await;
    harness.accepted("ana", 1).await;
    harness.lynn.script(LynnFault::Status { code: 503, retry_after: None });
    let id = harness.agent("ana", "Good morning").await;
    harness.heard("ana", 1).await;
    let trace = trace(&harness, &id).await;
    let spans = spans.of(&trace, &id).await;
    let of_message = |span: &&Value| {
        span["name"] == "deliver" && attribute(span, "messaging.message.id") == &json!(id)
    };
    let attempts: Vec<_> = spans.iter().filter(of_message).collect();
    let outcomes: Vec<_> = attempts.iter().map(|span| attribute(span, "bridge.outcome")).collect();
    assert_eq!(outcomes, ["retried", "delivered"]);
    assert_eq!(attribute(attempts[0], "error.type"), "503");
    assert_eq!((&attempts[0]["status"]["code"], &attempts[1]["status"]), (&json!(2), &Value::Null));
    for attempt in attempts {
        let of_attempt =
            |span: &&Value| span["name"] == "call" && span["parentSpanId"] == attempt["spanId"];
        assert_eq!(spans.iter().filter(of_attempt).count(), 1, "{spans:#?}");
    }
    harness.end();
}
