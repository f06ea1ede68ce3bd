//! `bridge local`: bridge, simulated Genesys and simulated Lynn in one process, and a page to play both sides.

mod page;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use tracing_subscriber::filter::LevelFilter;

use self::page::Page;
use crate::http_server::Server;
use crate::samples::{EVENTS_KEY, INTEGRATION, LYNN_KEY, Stage, WEBHOOK_SECRET};
use crate::serve::{Signals, announce};
use crate::{failure, logging};

/// Where the bridge itself listens when it can.
const BRIDGE: &str = "127.0.0.1:8787";
/// The system's choice.
const ANY: &str = "127.0.0.1:0";

/// Plays until SIGTERM or SIGINT. The data is gone afterwards.
pub async fn run(listen: SocketAddr) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        let problem = anyhow::anyhow!(
            "--listen {listen}: the page has no login, so it listens on a loopback address only"
        );
        return Err(failure::misconfigured(problem));
    }
    logging::start(LevelFilter::WARN)?;
    let mut signals = Signals::listen()?;
    let data = tempfile::tempdir().context("make a folder for the data")?;
    let address = if free(BRIDGE).await { BRIDGE } else { ANY };
    let stage = Arc::new(Stage::start(address, data.path(), 1.0).await?);
    let page: Arc<Page> = Arc::new(Page { stage: Arc::clone(&stage) });
    let wanted =
        if free(&listen.to_string()).await { listen } else { SocketAddr::new(listen.ip(), 0) };
    let server =
        Server::start(wanted, page.clone()).await.with_context(|| format!("listen on {wanted}"))?;
    let bridge = stage.bridge.address();
    announce(&format!("The page to play both sides:  http://{}", server.address()))?;
    announce(&format!(
        "The bridge, for Lynn:         http://{bridge}/lynn/{INTEGRATION}  (x-api-key: {LYNN_KEY})"
    ))?;
    announce(&format!(
        "The bridge, for Genesys:      http://{bridge}/genesys/{INTEGRATION}  (secret: {WEBHOOK_SECRET})"
    ))?;
    announce(&format!(
        "The bridge, for events:       http://{bridge}/genesys/{INTEGRATION}/events  (x-api-key: {EVENTS_KEY})"
    ))?;
    announce("Ctrl-C ends it.")?;
    signals.wait().await;
    server.stop().await;
    drop(page);
    match Arc::try_unwrap(stage) {
        Ok(stage) => stage.bridge.stop().await,
        Err(_) => tracing::warn!("A request was still under way; the data was thrown away."),
    }
    Ok(())
}

async fn free(address: &str) -> bool {
    tokio::net::TcpListener::bind(address).await.is_ok()
}
