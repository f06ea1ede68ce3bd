//! Handles the configuration file: checks it before anything is started, and stores it with the
//! program `bridge` when the stack is up.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::arguments::Arguments;
use crate::emulator::Emulator;
use crate::tool::{Tools, output};

/// Reports errors in the file before a minute is spent on building.
pub async fn check(tools: &Tools, arguments: &Arguments) -> anyhow::Result<()> {
    let Some(file) = file(arguments)? else { return Ok(()) };
    let mut command = tools.program(&bridge()?);
    command.args(["config", "check"]).arg(file);
    output(command, "bridge config check").await.map(drop)
}

/// Stores the file as the stack's secrets.
pub async fn push(tools: &Tools, emulator: &Emulator, arguments: &Arguments) -> anyhow::Result<()> {
    let Some(file) = file(arguments)? else { return Ok(()) };
    let mut command = tools.against(emulator.endpoint(), &bridge()?);
    command.args(["config", "push", "--yes", "--stack", &arguments.stack, "--config"]).arg(file);
    output(command, "bridge config push").await.map(drop)
}

fn file(arguments: &Arguments) -> anyhow::Result<Option<PathBuf>> {
    let absolute = |file: &PathBuf| {
        file.canonicalize().with_context(|| format!("{} cannot be read", file.display()))
    };
    arguments.config.as_ref().map(absolute).transpose()
}

/// The program `bridge` from the same build.
fn bridge() -> anyhow::Result<String> {
    let own = std::env::current_exe()?;
    let bridge = own.parent().unwrap_or(Path::new(".")).join("bridge");
    if !bridge.is_file() {
        bail!("{} is not there: build it with `cargo build --package bridge`", bridge.display());
    }
    Ok(bridge.to_string_lossy().into_owned())
}
