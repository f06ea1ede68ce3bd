//! Kills `bridge serve` again and again under load and checks whether anything was lost: `make
//! crash`.
//!
//! The program is the build of the same workspace and profile; the vendors are the simulators, in
//! this process. The exit code is 1 if a single accepted event was lost, or came out of order, or
//! came twice for another reason than a kill.

mod course;
#[path = "../../../tests/listening/mod.rs"]
mod listening;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use course::{Course, Progress};

#[derive(Debug, Parser)]
struct Arguments {
    /// How often to kill the bridge.
    #[arg(long, default_value_t = 100)]
    kills: usize,
    /// How many contacts write at the same time, each with an agent.
    #[arg(long, default_value_t = 24)]
    conversations: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let program = std::env::current_exe()?.with_file_name("../bridge").canonicalize();
    let program = program.context("find the program; build it first: cargo build")?;
    let course = Course { program, kills: arguments.kills, conversations: arguments.conversations };
    let report = course.run(show).await?;
    eprintln!();
    println!("{report}");
    if report.breaches.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for breach in report.breaches.iter().take(20) {
        println!("BREACH: {breach}");
    }
    print!("{}", report.log());
    println!("The data and the log are kept in {}", report.keep().display());
    Ok(ExitCode::FAILURE)
}

/// One line that is overwritten on a terminal; elsewhere a line now and then.
fn show(progress: Progress) {
    let Progress { kills, of, accepted } = progress;
    if std::io::stderr().is_terminal() {
        eprint!("\r{kills} of {of} kills, {accepted} events accepted ");
        let _ = std::io::stderr().flush();
    } else if kills % 10 == 0 || kills == of {
        eprintln!("{kills} of {of} kills, {accepted} events accepted");
    }
}
