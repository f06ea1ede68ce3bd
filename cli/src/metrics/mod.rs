//! The metrics of `bridge serve` in Prometheus' text format, on an address of their own.
//!
//! Rules: every series with known labels exists at 0 from the start. Labels are configured names or
//! fixed words, so that no caller can create series. Without `metricsListen` nothing is counted.

mod arrivals;
mod known;
mod listener;
mod process;
mod refusals;
mod series;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use clients::access_status;
use clients::genesys::client::GenesysClient;
use clients::tokens::Tokens;
use shared::config::{ConfigFile, SendConfig};
use shared::ports::{Queue, Store};
use sqlite::{Database, Visitor};

use self::arrivals::{Arrivals, Side};
use self::listener::Listener;
use self::refusals::Refusals;
use self::series::Series;
use crate::configuration_file::ConfigurationFile;
use crate::http_server::{RequestHandler, Server};

/// The sources that are read at each scrape.
pub struct Sources {
    pub visitor: Visitor,
    pub genesys: Arc<GenesysClient>,
    pub tokens: Arc<Tokens>,
    pub file: Option<Arc<ConfigurationFile>>,
}

/// Creates the series of the configured integrations and OAuth clients.
fn exist(series: &Series, config: &ConfigFile) {
    for (name, (_, send)) in &config.integrations {
        let clients = SendConfig::parse(send).map(|send| access_status::clients(&send));
        series.exist(name, &clients.unwrap_or_default());
    }
}

/// The metrics of one process.
#[derive(Clone)]
pub struct Metrics {
    series: Arc<Series>,
    known: Arc<known::Known>,
}

impl Metrics {
    /// Starts to count; `None` if the configuration has no address for the metrics.
    pub fn start(config: &ConfigFile) -> anyhow::Result<Option<Self>> {
        if config.metrics_listen.is_none() {
            return Ok(None);
        }
        let series = Series::new().context("register the metrics")?;
        exist(&series, config);
        let metrics = Self { series: Arc::new(series), known: Arc::default() };
        delivery::observer::observe_with(Box::new(metrics.clone()));
        Ok(Some(metrics))
    }

    /// Learns what waits from before the start.
    pub async fn recall(&self, database: &Database) {
        arrivals::recall(self, database).await;
    }

    /// Counts what the endpoints accept.
    pub fn of_endpoints(&self, queue: Arc<dyn Queue>, store: Arc<dyn Store>) -> Arc<dyn Queue> {
        self.counting(queue, store, Side::Endpoints)
    }

    /// Counts the receipts that the senders write.
    pub fn of_senders(&self, queue: Arc<dyn Queue>, store: Arc<dyn Store>) -> Arc<dyn Queue> {
        self.counting(queue, store, Side::Senders)
    }

    fn counting(&self, queue: Arc<dyn Queue>, store: Arc<dyn Store>, side: Side) -> Arc<dyn Queue> {
        Arc::new(Arrivals { queue, store, metrics: self.clone(), side })
    }

    /// Counts the requests that are refused.
    pub fn of_requests(&self, requests: Arc<dyn RequestHandler>) -> Arc<dyn RequestHandler> {
        Arc::new(Refusals { requests, series: Arc::clone(&self.series) })
    }

    /// Serves the metrics at the address of the configuration.
    pub async fn serve(&self, address: SocketAddr, sources: Sources) -> anyhow::Result<Server> {
        let listener = Listener { series: Arc::clone(&self.series), sources };
        let server = Server::start(address, Arc::new(listener)).await.with_context(|| {
            format!("metricsListen: listen on {address}; is another program using it?")
        })?;
        tracing::info!(
            event.name = "metrics",
            address = %server.address(),
            "Serves GET /metrics."
        );
        Ok(server)
    }
}
