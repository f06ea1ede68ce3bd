//! `bridge local`: the bridge, a simulated Genesys and a simulated Lynn in one process, with a page
//! to play both sides.

mod acts;
mod addresses;
mod cast;
mod clock;
mod configuration;
mod hybrid;
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
use simulators::{GenesysSimulator, LynnSimulator};
use tokio::sync::watch;
use tracing_subscriber::filter::LevelFilter;

use self::addresses::Addresses;
use self::cast::Cast;
use self::clock::AheadClock;
use self::hybrid::Real;
use self::page::Page;
use self::playground::Playground;
use self::recording::Recording;
use self::tap::Lines;
use self::traffic::{Side, Traffic};
use crate::only_here::{self, OnlyHere};
use crate::running_local::{Announced, RunningLocal};
use crate::samples::{SIGNING_SECRET, Vendors};
use crate::serve::{Signals, announce};
use crate::{administrator, failure, logging, output};

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
    #[command(flatten)]
    hybrid: hybrid::Arguments,
}

/// Runs until SIGTERM or SIGINT, or until its terminal is closed. The data is deleted afterwards.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    only_here::check(arguments.listen)?;
    let real = arguments.hybrid.read()?;
    let recording = arguments.record.as_deref().map(Recording::begin).transpose()?.map(Arc::new);
    let (traffic, clock) = (Traffic::new(), AheadClock::default());
    logging::start_watched(
        LevelFilter::WARN,
        Lines { traffic: traffic.clone(), clock: clock.clone() },
    )?;
    let folder = tempfile::tempdir().context("create a folder for the data")?;
    let addresses = Addresses::choose(arguments.listen).await?;
    let vendors = Vendors::start(addresses.genesys, addresses.lynn, 1.0).await?;
    let config = arguments.config_out.clone().unwrap_or_else(|| folder.path().join("bridge.json"));
    let listen = addresses.bridge.to_string();
    let mut document = vendors.configuration(&listen, &folder.path().join("data"));
    if let Some(real) = &real {
        real.replace(&mut document);
    }
    configuration::write(&config, &document)?;
    let cast = match &real {
        Some(real) => real.cast(vendors),
        None => Cast::simulated(vendors),
    };
    let playground = Playground::start(cast, &config, traffic, clock).await?;
    let played = arguments.play(&playground, addresses.page, real.as_ref(), recording).await;
    // Whatever happened: the bridge must not look for its data after they are deleted.
    playground.stop().await;
    played
}

impl Arguments {
    /// Serves the page until a signal comes.
    async fn play(
        &self,
        playground: &Arc<Playground>,
        listen: SocketAddr,
        real: Option<&Real>,
        recording: Option<Arc<Recording>>,
    ) -> anyhow::Result<()> {
        let mut signals = Signals::with_terminal()?;
        let (seen, state) = watch::channel(Arc::from("{}"));
        let observer = tokio::spawn(state::observe(Arc::clone(playground), seen));
        let page = Arc::new(Page::new(Arc::clone(playground), state, recording.clone()));
        let server = OnlyHere::serve(listen, page)
            .await
            .with_context(|| format!("listen on {listen}; is another program using it?"))?;
        let public = match real {
            Some(real) => Some(real.serve(Arc::clone(playground)).await?),
            None => None,
        };
        if let Some(recording) = &recording {
            recording.write()?;
        }
        let of_real = real
            .zip(public.as_ref())
            .map(|(real, public)| real.lines(&playground.cast, public.address()));
        // Kept until the end.
        let announced = announced(playground, server.address());
        for line in addresses::lines(playground, server.address(), of_real.unwrap_or_default()) {
            announce(&line)?;
        }
        signals.wait().await;
        drop(announced);
        // Ends the streams of the pages, which would be waited for.
        observer.abort();
        let _ = observer.await;
        server.stop().await;
        if let Some(public) = public {
            public.stop().await;
        }
        Ok(())
    }
}

/// Tells other commands of this one. Without that, they need its configuration as an argument.
fn announced(playground: &Playground, page: SocketAddr) -> Option<Announced> {
    let cast = &playground.cast;
    let (genesys, lynn) = (&cast.vendors.genesys, &cast.vendors.lynn);
    let genesys = (cast.real != Some(Side::Genesys)).then_some(genesys);
    let lynn = (cast.real != Some(Side::Lynn)).then_some(lynn);
    let administrator = genesys.map(|genesys| {
        let options = genesys.options();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        [
            pair(administrator::ID, &options.admin_client_id),
            pair(administrator::SECRET, &options.admin_client_secret),
        ]
    });
    let secret = lynn.map(|_| ("LYNN_SIGNING_SECRET".to_owned(), SIGNING_SECRET.to_owned()));
    let running = RunningLocal {
        page: format!("http://{page}"),
        bridge: playground.bridge_url.clone(),
        config: std::path::absolute(&playground.config).ok()?,
        genesys: genesys.map(GenesysSimulator::base_url),
        lynn: lynn.map(LynnSimulator::webhook_url),
        variables: administrator.into_iter().flatten().chain(secret).collect(),
    };
    match running.announce() {
        Ok(announced) => Some(announced),
        Err(error) => {
            let why = failure::words(&error);
            output::note(format_args!("Other commands need --config to find this one: {why}"));
            None
        }
    }
}
