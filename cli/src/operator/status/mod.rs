//! `bridge status`: one screen about a bridge: what waits, what failed, what was given up.
//!
//! Rule: looking changes nothing, and what it finds never changes the exit code; only a bridge that
//! cannot be looked at does.

pub mod look;
pub mod report;
mod screen;

use std::io::IsTerminal as _;
use std::time::Duration;

use serde_json::Value;

use super::installation::{self, Installation};
use crate::failure;
use crate::output;

/// The pause between two looks.
const EVERY: Duration = Duration::from_secs(2);
/// Clears a terminal.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    installation: installation::Arguments,
    /// Looks again every 2 s, until it is stopped.
    #[arg(long)]
    watch: bool,
    /// Prints JSON; with `--watch`, one document in each line.
    #[arg(long)]
    json: bool,
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let installation = arguments.installation.open().await?;
    if !arguments.watch {
        return shown(arguments, &installation).await;
    }
    let looks = async {
        loop {
            // A look that fails now may succeed later: the bridge is being restarted.
            if let Err(error) = shown(arguments, &installation).await {
                output::note(format_args!("bridge: {}", failure::words(&error)));
            }
            output::check()?;
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        ended = looks => ended,
        stopped = tokio::signal::ctrl_c() => stopped.map_err(Into::into),
    }
}

async fn shown(arguments: &Arguments, installation: &Installation) -> anyhow::Result<()> {
    let report = look::look(&arguments.installation, installation).await?;
    if arguments.json {
        let report: Value = report.to_json();
        if arguments.watch {
            output::line(report);
        } else {
            output::line(format_args!("{report:#}"));
        }
        return Ok(());
    }
    let screen = screen::lines(&report).join("\n");
    let clear = if arguments.watch && std::io::stdout().is_terminal() { CLEAR } else { "" };
    output::line(format_args!("{clear}{screen}"));
    Ok(())
}
