//! `bridge serve`: runs the bridge against the vendors that a configuration file names.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use shared::config::{Checked, ConfigFile};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;

use crate::bridge::Bridge;
use crate::config::templates;
use crate::reconciliation::ReconcileAfter;
use crate::traces::Traces;
use crate::{failure, logging, traces};

/// Serves until SIGTERM or SIGINT.
pub async fn run(path: &Path, reconcile_after: ReconcileAfter) -> anyhow::Result<()> {
    let Checked { file: config, warnings } =
        ConfigFile::check_for_one_machine(path).map_err(failure::misconfigured)?;
    let exporter = traces::exporter()?;
    logging::start_traced(LevelFilter::INFO, exporter.clone())?;
    // A template that fails makes its events wait; everything else is served.
    let of_templates = templates::faults(&config).into_iter().chain(templates::warnings(&config));
    for warning in warnings.into_iter().chain(of_templates) {
        tracing::warn!(
            event.name = "configuration.warning",
            key = warning.key,
            warning = warning.problem,
            "A key of the configuration will not work, or is weak."
        );
    }
    let mut signals = Signals::listen()?;
    let traces = Traces::send(exporter);
    let bridge = Bridge::start(config, path.to_owned(), reconcile_after).await?;
    announce(&format!("listening on http://{}", bridge.address()))?;
    tracing::info!(event.name = "started", address = %bridge.address(), "The bridge is ready.");
    signals.wait().await;
    tracing::info!(event.name = "stopping", "The bridge stops after the work in progress.");
    bridge.stop().await;
    traces.finish().await;
    tracing::info!(
        event.name = "stopped",
        "The bridge has stopped. Every accepted event is delivered or stored."
    );
    Ok(())
}

/// Prints a line that another program may wait for.
pub fn announce(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).context("write to standard output")
}

/// The signals that end the program.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    /// From now on these signals no longer kill the process.
    pub fn listen() -> anyhow::Result<Self> {
        let (terminate, interrupt) = (of(SignalKind::terminate())?, of(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hangup: None })
    }

    /// Also reacts to the end of the terminal, for commands that a person runs. A service may be
    /// started so that it outlives its terminal.
    pub fn with_terminal() -> anyhow::Result<Self> {
        Ok(Self { hangup: Some(of(SignalKind::hangup())?), ..Self::listen()? })
    }

    /// Returns at the first signal.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = arrived(self.hangup.as_mut()) => {}
        }
    }
}

fn of(kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).context("listen for signals")
}

/// Never returns if the signal is not listened for.
async fn arrived(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}
