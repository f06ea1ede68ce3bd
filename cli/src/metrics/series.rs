//! All series, with their labels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use prometheus::core::Collector;
use prometheus::{
    Counter, Encoder as _, Gauge, HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use shared::about::{VERSION, commit};
use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::Direction;

/// The upper bounds of the histogram, in seconds: from a delivery at once to one after hours.
const BUCKETS: [f64; 16] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0,
    14_400.0,
];
const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];
/// The codes of failed attempts that are known beforehand: the bridge's own, of
/// docs/log-events.md, and those of a vendor's outage.
const CODES: [&str; 27] = [
    "408",
    "425",
    "429",
    "500",
    "501",
    "502",
    "503",
    "504",
    "credential",
    "internal.server.error",
    "login",
    "media",
    "media.busy",
    "media.copied",
    "media.refused",
    "media.store",
    "media.unconfigured",
    "no answer",
    "overtaken",
    "request.timeout",
    "service.unavailable",
    "store",
    "template",
    "token",
    "too.many.requests",
    "too.many.requests.retry.after",
    "unreachable",
];
/// The most codes; another one counts as `other`, since a vendor chooses its codes.
const MOST_CODES: usize = 50;
const OTHER: &str = "other";
const ENDPOINTS: [&str; 5] = ["lynn", "genesys", "events", "oauth", "media"];
/// The endpoint of a head that cannot be read, so that it names none, and its statuses.
pub const UNREADABLE: &str = "unreadable";
const OF_UNREADABLE: [&str; 2] = ["400", "431"];
const REASONS: [&str; 5] = ["missing", "key", "signature", "timestamp", "token"];
const STATUSES: [&str; 7] = ["400", "404", "405", "408", "413", "415", "503"];
const PROVIDERS: [&str; 2] = ["genesys", "lynn"];

pub struct Series {
    registry: Registry,
    pub accepted: IntCounterVec,
    pub repeated: IntCounterVec,
    pub delivered: IntCounterVec,
    pub settled: IntCounterVec,
    retried: IntCounterVec,
    codes: Mutex<BTreeSet<String>>,
    pub failed: IntCounterVec,
    pub notices: IntCounterVec,
    pub dead_letters: IntGaugeVec,
    pub waiting: IntGaugeVec,
    pub oldest: IntGaugeVec,
    pub seconds: HistogramVec,
    pub rejected: IntCounterVec,
    pub refused: IntCounterVec,
    pub rate_budget: IntGaugeVec,
    pub token_refreshes: IntCounterVec,
    pub process: Process,
    /// The integrations and directions that have gauges.
    pairs: Mutex<BTreeSet<[String; 2]>>,
}

/// The readings of the operating system about the process.
pub struct Process {
    pub cpu: Counter,
    pub resident: Gauge,
    pub virtual_memory: Gauge,
    pub started: Gauge,
    pub open_files: Gauge,
    pub most_files: Gauge,
}

/// Registers a metric.
fn add<C: Collector + Clone + 'static>(registry: &Registry, of: C) -> prometheus::Result<C> {
    registry.register(Box::new(of.clone()))?;
    Ok(of)
}

impl Series {
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let event = ["integration", "direction"];
        let counter = |name: &str, help: &str, labels: &[&str]| {
            add(&registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let gauge = |name: &str, help: &str, labels: &[&str]| {
            add(&registry, IntGaugeVec::new(Opts::new(name, help), labels)?)
        };
        let seconds = HistogramOpts::new(
            "bridge_delivery_seconds",
            "Time from the acceptance of an event until its delivery is recorded.",
        );
        let seconds = HistogramVec::new(seconds.buckets(BUCKETS.to_vec()), &event)?;
        let series = Self {
            accepted: counter(
                "bridge_events_accepted_total",
                "Events of the two vendors that were accepted for the first time.",
                &event,
            )?,
            repeated: counter(
                "bridge_events_repeated_total",
                "Events of the two vendors that were accepted before.",
                &event,
            )?,
            delivered: counter(
                "bridge_events_delivered_total",
                "Events that the other side accepted.",
                &event,
            )?,
            settled: counter(
                "bridge_events_settled_total",
                "Events that were completed without a call.",
                &event,
            )?,
            retried: counter(
                "bridge_events_retried_total",
                "Failed attempts after which an event is tried again, by the failure's code.",
                &[event[0], event[1], "code"],
            )?,
            codes: Mutex::default(),
            failed: counter("bridge_events_failed_total", "Events that were given up.", &event)?,
            notices: counter(
                "bridge_notices_total",
                "Receipts that the bridge itself wrote.",
                &event,
            )?,
            dead_letters: gauge("bridge_dead_letters", "Dead letters that are kept.", &event)?,
            waiting: gauge("bridge_waiting", "Entries that wait in the queue.", &event)?,
            oldest: gauge(
                "bridge_oldest_waiting_seconds",
                "How long the oldest entry of the queue has waited; 0 if none waits.",
                &event,
            )?,
            seconds: add(&registry, seconds)?,
            rejected: counter(
                "bridge_rejected_total",
                "Requests that were answered 401.",
                &["endpoint", "reason"],
            )?,
            refused: counter(
                "bridge_refused_total",
                "Requests that were answered with another 4xx or with 503.",
                &["endpoint", "status"],
            )?,
            rate_budget: gauge(
                "bridge_rate_budget_left",
                "Requests left in this minute, by OAuth client; 0 before its first answer.",
                &["client"],
            )?,
            token_refreshes: counter(
                "bridge_token_refreshes_total",
                "Tokens that were issued to the bridge.",
                &["provider"],
            )?,
            process: Process::new(&registry)?,
            pairs: Mutex::default(),
            registry: registry.clone(),
        };
        let about = gauge(
            "bridge_build_info",
            "The version and the commit of the bridge; always 1.",
            &["version", "commit"],
        )?;
        about.with_label_values(&[VERSION, commit()]).set(1);
        series.exist_for_all();
        Ok(series)
    }

    /// Creates the series of an integration and of its OAuth clients.
    pub fn exist(&self, integration: &IntegrationName, clients: &[String]) {
        for direction in DIRECTIONS {
            let labels = [integration.as_str(), direction.name()];
            lock(&self.pairs).insert(labels.map(str::to_owned));
            for of in [
                &self.accepted,
                &self.repeated,
                &self.delivered,
                &self.settled,
                &self.failed,
                &self.notices,
            ] {
                of.with_label_values(&labels);
            }
            for of in [&self.dead_letters, &self.waiting, &self.oldest] {
                of.with_label_values(&labels);
            }
            self.seconds.with_label_values(&labels);
            for code in CODES.into_iter().chain([OTHER]) {
                self.retried.with_label_values(&[labels[0], labels[1], code]);
            }
        }
        for client in clients {
            self.rate_budget.with_label_values(&[client]);
        }
    }

    /// Creates the series that belong to no integration.
    fn exist_for_all(&self) {
        lock(&self.codes).extend(CODES.map(str::to_owned));
        for endpoint in ENDPOINTS {
            for reason in REASONS {
                self.rejected.with_label_values(&[endpoint, reason]);
            }
            for status in STATUSES {
                self.refused.with_label_values(&[endpoint, status]);
            }
        }
        for status in OF_UNREADABLE {
            self.refused.with_label_values(&[UNREADABLE, status]);
        }
        for provider in PROVIDERS {
            self.token_refreshes.with_label_values(&[provider]);
        }
    }

    /// Sets a gauge by integration and direction; what has no value is 0.
    pub fn set(&self, gauge: &IntGaugeVec, values: &BTreeMap<[String; 2], i64>) {
        let mut pairs = lock(&self.pairs);
        pairs.extend(values.keys().cloned());
        for pair in &*pairs {
            gauge.with_label_values(pair).set(values.get(pair).copied().unwrap_or_default());
        }
    }

    pub fn retried(&self, integration: &IntegrationName, direction: Direction, code: &str) {
        let code = self.bounded(code);
        self.retried.with_label_values(&[integration.as_str(), direction.name(), code]).inc();
    }

    /// The code as a label.
    fn bounded<'c>(&self, code: &'c str) -> &'c str {
        let mut codes = lock(&self.codes);
        if codes.contains(code) {
            return code;
        }
        if codes.len() >= MOST_CODES {
            return OTHER;
        }
        codes.insert(code.to_owned());
        code
    }

    /// All series in Prometheus' text format.
    pub fn text(&self) -> prometheus::Result<Vec<u8>> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

impl Process {
    fn new(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name: &str, help: &str| add(registry, Gauge::new(name, help)?);
        Ok(Self {
            cpu: add(registry, Counter::new("process_cpu_seconds_total", "Processor time used.")?)?,
            resident: gauge("process_resident_memory_bytes", "Resident memory.")?,
            virtual_memory: gauge("process_virtual_memory_bytes", "Virtual memory.")?,
            started: gauge(
                "process_start_time_seconds",
                "Start of the process, in seconds since 1970.",
            )?,
            open_files: gauge("process_open_fds", "Open file descriptors.")?,
            most_files: gauge("process_max_fds", "The most file descriptors.")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        let series = Series::new().unwrap();
        series.exist(&IntegrationName::new("support"), &["0123abcd".to_owned()]);
        series
    }

    #[test]
    fn a_vendor_cannot_create_many_series_by_its_codes() {
        let (series, support) = (series(), IntegrationName::new("support"));
        for number in 0..1000 {
            series.retried(&support, Direction::Inbound, &format!("code-{number}"));
        }
        let text = String::from_utf8(series.text().unwrap()).unwrap();
        let inbound = |line: &&str| {
            line.starts_with("bridge_events_retried_total{") && line.contains("inbound")
        };
        assert_eq!(text.lines().filter(inbound).count(), MOST_CODES + 1);
        let other = text.lines().find(|line| line.contains("code=\"other\"")).unwrap();
        assert!(other.ends_with(&format!(" {}", 1000 - (MOST_CODES - CODES.len()))), "{other}");
    }

    #[test]
    fn every_code_of_the_documents_exists_from_the_start() {
        let page = include_str!("../../../docs/log-events.md");
        let (_, table) = page.split_once("\n| `error.code` |").unwrap();
        let cells = table.lines().skip(2).map_while(|line| line.strip_prefix("| `"));
        let cells: Vec<&str> = cells.filter_map(|line| line.split(" | ").next()).collect();
        assert!(cells.len() > 10, "{cells:?}");
        for code in cells.iter().flat_map(|cell| cell.split("`, `")) {
            let code = code.split('`').next().unwrap().trim_end_matches('…');
            assert!(CODES.contains(&code), "{code}");
        }
    }

    #[test]
    fn every_series_exists_from_the_start() {
        let text = String::from_utf8(series().text().unwrap()).unwrap();
        for (series, value) in [
            ("bridge_events_accepted_total{direction=\"inbound\",integration=\"support\"}", "0"),
            ("bridge_delivery_seconds_count{direction=\"outbound\",integration=\"support\"}", "0"),
            ("bridge_rate_budget_left{client=\"0123abcd\"}", "0"),
            ("bridge_rejected_total{endpoint=\"media\",reason=\"token\"}", "0"),
            ("bridge_refused_total{endpoint=\"events\",status=\"503\"}", "0"),
            ("bridge_refused_total{endpoint=\"unreadable\",status=\"431\"}", "0"),
            ("bridge_token_refreshes_total{provider=\"lynn\"}", "0"),
        ] {
            let line = format!("{series} {value}");
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
