//! `bridge local`: the bridge, a simulated Genesys and a simulated Lynn in one process, with a page
//! to play both sides.

mod acts;
mod addresses;
mod clock;
mod configuration;
mod letters;
mod page;
mod playground;
mod recording;
pub mod replay;
mod scenario;
mod state;
mod tap;
mod traffic;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use tokio::sync::watch;
use tracing_subscriber::filter::LevelFilter;

use self::addresses::Addresses;
use self::clock::AheadClock;
use self::page::Page;
use self::playground::Playground;
use self::recording::Recording;
use self::tap::Lines;
use self::traffic::Traffic;
use crate::same_origin::SameOrigin;
use crate::samples::Vendors;
use crate::serve::{Signals, announce};
use crate::{failure, logging};

#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// The address of the web page; port 0, as in 127.0.0.1:0, takes a free port. Without this
    /// option: 127.0.0.1:8786, or a free port if that one is in use.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Writes the bridge's configuration to this file, with which `doctor`, `send`, `sign` and
    /// `setup` work. It may be an earlier one of this command, and no other file.
    #[arg(long, value_name = "FILE")]
    config_out: Option<PathBuf>,
    /// Records what is done on the page, as a scenario that `bridge replay` plays again.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// Runs until SIGTERM or SIGINT, or until its terminal is closed. The data is deleted afterwards.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let listen = arguments.listen;
    if let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback()) {
        let problem = anyhow::anyhow!(
            "--listen {listen}: the page has no login, so it listens on a loopback address only"
        );
        return Err(failure::misconfigured(problem));
    }
    let recording = arguments.record.as_deref().map(Recording::begin).transpose()?;
    let (traffic, clock) = (Traffic::new(), AheadClock::default());
    logging::start_watched(
        LevelFilter::WARN,
        Lines { traffic: traffic.clone(), clock: clock.clone() },
    )?;
    let mut signals = Signals::with_terminal()?;
    let folder = tempfile::tempdir().context("create a folder for the data")?;
    let addresses = Addresses::choose(listen).await?;
    let vendors = Vendors::start(addresses.genesys, addresses.lynn, 1.0).await?;
    let config = arguments.config_out.clone().unwrap_or_else(|| folder.path().join("bridge.json"));
    let listen = addresses.bridge.to_string();
    let document = vendors.configuration(&listen, &folder.path().join("data"));
    configuration::write(&config, &document)?;
    let playground = Playground::start(vendors, &config, traffic, clock).await?;
    let (seen, state) = watch::channel(Arc::from("{}"));
    let observer = tokio::spawn(state::observe(Arc::clone(&playground), seen));
    let page = Arc::new(Page::new(Arc::clone(&playground), state, recording));
    let wanted = addresses.page;
    let server = SameOrigin::serve(wanted, page)
        .await
        .with_context(|| format!("listen on {wanted}; is another program using it?"))?;
    for line in addresses::lines(&playground, server.address()) {
        announce(&line)?;
    }
    signals.wait().await;
    // Ends the streams of the pages, which would be waited for.
    observer.abort();
    let _ = observer.await;
    server.stop().await;
    playground.stop().await;
    Ok(())
}
