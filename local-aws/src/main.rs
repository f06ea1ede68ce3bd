//! Runs the deployed bridge on an AWS emulator of this machine: `sam deploy` of the real template,
//! and an HTTP front.
//!
//! Rule: every process that the program started ends with it, however the program ends.

mod arguments;
mod configuration;
mod deployment;
mod emulator;
mod files;
mod front;
mod group;
mod layout;
mod logs;
mod outputs;
mod roles;
mod server;
mod signals;
mod state;
mod tool;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use simulators::Collector;

use crate::arguments::Arguments;
use crate::deployment::Deployment;
use crate::emulator::Process;
use crate::files::Folder;
use crate::front::Front;
use crate::state::State;
use crate::tool::Tools;

/// The child processes die with the thread that started them. They are therefore started from the
/// main thread, which lives as long as the program.
#[tokio::main]
async fn main() -> ExitCode {
    let ended = tokio::select! {
        signal = signals::end() => signal.map(|()| ExitCode::SUCCESS),
        ended = run(Arguments::parse()) => ended.map(|()| ExitCode::FAILURE),
    };
    ended.unwrap_or_else(|error| {
        eprintln!("local-aws: {error:#}");
        ExitCode::FAILURE
    })
}

/// Starts everything and serves until it fails. Dropping this future ends everything.
async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let tools = Tools::find(&arguments.directory)?;
    let listener = server::bind(arguments.port).await?;
    configuration::check(&tools, &arguments).await?;
    let folder = Folder::create()?;
    let (mut process, emulator) = Process::start(&tools, &folder, &arguments).await?;
    println!("emulator {}", emulator.endpoint());
    let collector = match &arguments.traces {
        Some(file) => Some(Collector::start(Some(file.clone())).await?),
        None => None,
    };
    let endpoint = collector.as_ref().map(Collector::base_url);
    let deployment =
        Deployment::make(&tools, &emulator, &folder, &arguments, endpoint.as_deref()).await?;
    // The functions are where the emulator is, perhaps in a container.
    let guards = roles::between(&emulator, arguments.emulator_host).await?;
    layout::tell(&emulator, deployment.outputs()).await?;
    configuration::push(&tools, &emulator, &arguments).await?;
    let front = Front::new(&deployment, &emulator)?;
    State::of(&listener, &emulator, &deployment, &arguments)?
        .publish(arguments.state.as_deref())?;
    tokio::select! {
        ended = process.ended() => ended,
        ended = logs::show(&emulator) => ended,
        ended = roles::serve(&emulator, guards) => ended,
        ended = server::serve(listener, Arc::new(front)) => ended,
    }
}
