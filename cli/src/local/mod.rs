//! `bridge local`: the bridge, a simulated Genesys and a simulated Lynn in one process, with a page
//! to play both sides.

mod page;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use anyhow::Context;
use tracing_subscriber::filter::LevelFilter;

use self::page::Page;
use crate::only_here::OnlyHere;
use crate::samples::{EVENTS_KEY, INTEGRATION, LYNN_KEY, Stage, WEBHOOK_SECRET};
use crate::serve::{Signals, announce};
use crate::{failure, logging};

/// The page's usual address.
const PAGE: SocketAddr = here(8786);
/// The bridge's usual address.
const BRIDGE: SocketAddr = here(8787);
/// A free port of the system's choice.
const ANY: SocketAddr = here(0);

const fn here(port: u16) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}

/// Runs until SIGTERM or SIGINT, or until its terminal is closed. The data is deleted afterwards.
pub async fn run(listen: Option<SocketAddr>) -> anyhow::Result<()> {
    if let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback()) {
        let problem = anyhow::anyhow!(
            "--listen {listen}: the page has no login, so it listens on a loopback address only"
        );
        return Err(failure::misconfigured(problem));
    }
    logging::start(LevelFilter::WARN)?;
    let mut signals = Signals::with_terminal()?;
    let data = tempfile::tempdir().context("create a folder for the data")?;
    let wanted = match listen {
        Some(listen) => listen,
        None => free_or_any(PAGE).await,
    };
    let address = free_or_any(BRIDGE).await.to_string();
    let stage = Arc::new(Stage::start(&address, data.path(), 1.0).await?);
    let page = Arc::new(Page::new(Arc::clone(&stage)));
    let server = OnlyHere::serve(wanted, page)
        .await
        .with_context(|| format!("listen on {wanted}; is another program using it?"))?;
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
    match Arc::try_unwrap(stage) {
        Ok(stage) => stage.bridge.stop().await,
        Err(_) => tracing::warn!("A request was still in progress. The data was deleted."),
    }
    Ok(())
}

async fn free_or_any(address: SocketAddr) -> SocketAddr {
    if tokio::net::TcpListener::bind(address).await.is_ok() { address } else { ANY }
}
