//! The conditions of the alarms: in trouble the real handlers write the log line, or fail as Lambda
//! counts it.
//!
//! Rule: an alarm on a metric of the program counts a line by its `event.name`; an alarm on
//! Lambda's metric counts an error that a handler returns.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use clients::genesys::client::GenesysClient;
use clients::genesys::{Call, Priority};
use clients::tokens::Tokens;
use conversation_scheduler::{ConversationScheduler, MOST};
use genesys_events::GenesysEvents;
use http::Request;
use lynn_inbound::LynnInbound;
use serde_json::{Value, json};
use shared::config::SendConfig;
use shared::ids::{IntegrationName, TraceId};
use shared::ports::{Clock, Item, ItemKey, PortError, SecretPart, Secrets, Store, Write};
use shared::settings::Settings;
use shared::time::Timestamp;
use testing::{ManualClock, MemoryQueue, MemorySecrets, MemoryStore, Reaction, ScriptedVendor};

use crate::known::FUNCTIONS;
use crate::template::Template;

/// The program's list of metrics.
const METRICS: &str = include_str!("../../../../crates/aws/src/metrics.rs");
const ENDED: &str = include_str!("../../../../events/invoke/genesys-events/customer-ended.json");

/// The lines of a log.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Collects the lines of this thread from now on.
    pub fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt().json().flatten_event(true);
        let log = log.with_writer(move || writer.clone()).finish();
        (lines, tracing::subscriber::set_default(log))
    }

    /// The event names, one for each line.
    pub fn names(&self) -> Vec<String> {
        let lines = self.all().into_iter();
        lines.map(|line| line["event.name"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The lines of one event name.
    pub fn of(&self, name: &str) -> Vec<Value> {
        self.all().into_iter().filter(|line| line["event.name"] == name).collect()
    }

    /// The size of all lines together.
    pub fn bytes(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn all(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The status with which Lynn's endpoint answers a wrong key under this configuration.
async fn knock(configuration: &str) -> u16 {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
    let secrets = MemorySecrets::new();
    secrets.set(
        &IntegrationName::new("support"),
        SecretPart::Receive,
        vec![configuration.to_owned()],
    );
    let secrets: Arc<dyn Secrets> = Arc::new(secrets);
    let endpoint = LynnInbound {
        settings: Arc::new(Settings::new(secrets, Arc::clone(&clock))),
        queue: Arc::new(MemoryQueue::new(Arc::clone(&clock))),
        store: Arc::new(MemoryStore::new(Arc::clone(&clock))),
        clock,
    };
    let request = Request::post("/lynn/support")
        .header("x-api-key", "wrong")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{}"))
        .unwrap();
    endpoint.handle(request).await.status().as_u16()
}

/// Checks that the alarm uses the metric that a line of this name counts.
fn counted(alarm: &str, event: &str) {
    let template = Template::read();
    let alarm = template.properties(alarm);
    assert_eq!(alarm["Namespace"], "LynnGenesysBridge");
    let metric = alarm["MetricName"].as_str().unwrap();
    let counts = ["count", "sum"].map(|how| format!("{how}(\"{event}\", \"{metric}\")"));
    assert!(counts.iter().any(|count| METRICS.contains(count)), "{event} {metric}");
}

#[tokio::test]
async fn a_caller_who_is_refused_is_counted() {
    let (lines, _guard) = Lines::listen();
    let configuration = json!({ "name": "support",
        "genesys": { "integrationId": "i-1", "webhookSecrets": ["at-least-16-characters"] },
        "lynn": { "inboundAuth": [ { "type": "apiKey", "key": "right" } ] } });
    assert_eq!(knock(&configuration.to_string()).await, 401);
    assert_eq!(lines.names(), ["rejected"]);
    counted("RejectedAlarm", "rejected");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_is_counted() {
    let (lines, _guard) = Lines::listen();
    assert_eq!(knock("{}").await, 503);
    assert_eq!(lines.names(), ["unconfigured"]);
    counted("UnconfiguredAlarm", "unconfigured");
}

/// A table that fails every call.
struct Broken;

fn broken<T>() -> Result<T, PortError> {
    Err(PortError::unavailable("obey a test", std::io::Error::other("it is broken")))
}

#[async_trait]
impl Store for Broken {
    async fn load(&self, _: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        broken()
    }

    async fn write(&self, _: &[Write]) -> Result<(), PortError> {
        broken()
    }

    async fn list(
        &self,
        _: &str,
        _: &str,
        _: Option<&str>,
        _: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        broken()
    }

    async fn find(&self, _: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        broken()
    }

    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        broken()
    }
}

#[tokio::test]
async fn a_rate_budget_that_is_not_shared_is_said() {
    let (lines, _guard) = Lines::listen();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
    let configuration = json!({ "name": "support",
        "genesys": { "domain": "genesys.test", "integrationId": "i-1",
                     "oauthClients": [{ "clientId": "client", "clientSecret": "secret" }] },
        "lynn": { "webhookUrl": "https://lynn.test/hook" } });
    let config = SendConfig::parse(&configuration.to_string().into()).unwrap();
    let vendor = ScriptedVendor::new(Arc::clone(&clock), |_| Reaction::status(500));
    let tokens = Tokens::new(Arc::new(Broken), Arc::clone(&clock));
    let client = GenesysClient::new(Arc::new(vendor), Arc::new(tokens), Arc::clone(&clock));
    let call = Call {
        method: http::Method::GET,
        path: "/api/v2/conversations".to_owned(),
        name: "look",
        body: String::new(),
        priority: Priority::Message,
        since: clock.now(),
        until: None,
    };
    assert!(client.call(&config, &call).await.is_err());
    assert_eq!(lines.names().first().map(String::as_str), Some("budget_not_shared"));
}

#[tokio::test]
async fn an_event_that_cannot_be_taken_fails_its_function() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
    let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
    let events = GenesysEvents { store: Arc::new(Broken), queue, clock };
    let taken = events.handle(&Bytes::from_static(ENDED.as_bytes()), TraceId::new("t-1")).await;
    assert!(taken.is_err());
}

#[tokio::test]
async fn a_wake_up_that_fails_fails_its_function() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
    let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
    let scheduler = ConversationScheduler { store: Arc::new(Broken), queue, clock };
    assert!(scheduler.run(MOST).await.is_err());
}

/// The metric names from Lambda's documentation: `Errors` and `Throttles` by `FunctionName`, as a
/// sum.
#[test]
fn a_function_is_watched_by_lambdas_own_names() {
    let template = Template::read();
    for (function, _) in FUNCTIONS {
        for metric in ["Errors", "Throttles"] {
            let alarm = template.properties(&format!("{function}{metric}Alarm"));
            let dimension =
                json!([{ "Name": "FunctionName", "Value": format!("${{{function}Function}}") }]);
            assert_eq!(
                (&alarm["Namespace"], &alarm["MetricName"]),
                (&json!("AWS/Lambda"), &json!(metric))
            );
            assert_eq!((&alarm["Dimensions"], &alarm["Statistic"]), (&dimension, &json!("Sum")));
            assert_eq!(
                (&alarm["Threshold"], &alarm["ComparisonOperator"]),
                (&json!(0), &json!("GreaterThanThreshold"))
            );
        }
    }
}
