//! The commands and their arguments.

use std::path::PathBuf;

use anyhow::Context;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::operator::{conversations, dead_letters, status};
use crate::reconciliation::ReconcileAfter;
use crate::{
    backup, config, console, demo, doctor, examples, health, local, render, send, serve, setup,
    shell, sign,
};

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("BRIDGE_COMMIT"), ")");

/// Carries conversations between Lynn and Genesys Cloud Open Messaging.
#[derive(Debug, Parser)]
#[command(
    name = "bridge",
    version = VERSION,
    arg_required_else_help = false,
    after_help = "Without a command, `bridge` runs `bridge local`: it serves a web page until you stop it."
)]
pub struct Arguments {
    /// The command; `local` without one.
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the bridge, a simulated Genesys Cloud and a simulated Lynn in one process, with a web
    /// page to play both sides.
    Local(Box<local::Arguments>),
    /// Plays a scenario or a recording of `bridge local` without a page; exit code 0 only if every
    /// step passes.
    Replay(local::replay::Arguments),
    /// Plays a scripted conversation through real HTTP and prints each step; exit code 0 only if
    /// every step passes.
    Demo,
    /// Runs the bridge between the two vendors that the configuration names, with SQLite as store
    /// and queue.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// How long an open conversation may be quiet before Genesys Cloud is asked about it: such
        /// as 90s, 60m, 2h, or off.
        #[arg(long, default_value = "60m")]
        reconcile_after: ReconcileAfter,
    },
    /// Asks a running bridge whether it works; exit code 0 only if it does. The health check of
    /// the image.
    Health(health::Arguments),
    /// Checks a configuration, stores it for a deployed stack, and reads it back.
    Config {
        #[command(subcommand)]
        action: config::Action,
    },
    /// Copies the data of `bridge serve`, running or not, into a new file: the database and the
    /// copies of files, as they are at one moment.
    Backup(backup::Arguments),
    /// Restores a backup into a data directory that is missing or empty.
    Restore(backup::Arguments),
    /// Lists conversations and their state; `show` prints one with its events. On a stack it reads
    /// the whole table.
    Conversations(conversations::Arguments),
    /// Shows on one screen what waits and since when, the next attempt, the last failure, the dead
    /// letters by cause, the rate budget and the tokens.
    ///
    /// The exit code is 0 whatever it shows, unless it cannot look. Of a stack with several
    /// integrations, whose queues they share, it shows what waits for all of them together.
    Status(status::Arguments),
    /// Serves a page on this machine with the same: what waits, conversations with their
    /// timelines, dead letters by cause; with --allow-redrive, it also redrives them.
    ///
    /// It prints the address, which holds a key: only who has it sees the page. Ids of contacts and
    /// texts are hidden until they are asked for, and each look at them is recorded in the audit
    /// log, as is each redrive: console-audit.jsonl in the data directory or, for a stack, in
    /// $XDG_STATE_HOME/lynn-genesys-bridge.
    Console(console::Arguments),
    /// Lists, shows and redrives events that were given up.
    DeadLetters(dead_letters::Arguments),
    /// Checks an installation from end to end, and says for each check the result and what to do;
    /// exit code 1 if something must be repaired.
    ///
    /// It reads the organisation in Genesys Cloud with the OAuth client in GENESYS_ADMIN_CLIENT_ID
    /// and GENESYS_ADMIN_CLIENT_SECRET. Checking changes nothing.
    Doctor(doctor::Arguments),
    /// Creates everything in Genesys Cloud for an integration and writes its configuration. Running
    /// it again changes only what differs.
    ///
    /// The administrator's OAuth client comes from GENESYS_ADMIN_CLIENT_ID and
    /// GENESYS_ADMIN_CLIENT_SECRET, or you are asked for it. LYNN_SIGNING_SECRET signs what the
    /// bridge posts to Lynn.
    #[command(override_usage = setup::USAGE)]
    Setup(setup::Arguments),
    /// Prints the headers that sign a body as Genesys Cloud or Lynn would.
    Sign(sign::Arguments),
    /// Shows what a template makes of an event: the request to Lynn, or the events of a request.
    /// Nothing is sent, and secrets are masked.
    Render(render::Arguments),
    /// Signs a sample webhook or a sample Lynn event, and posts it.
    Send(send::Arguments),
    /// Prints a script with which a shell completes the commands and options of `bridge`.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints a manual page: of `bridge`, or of one of its commands.
    Man {
        /// The command, such as `dead-letters redrive`.
        command: Vec<String>,
    },
}

/// The commands with the examples of their help.
pub fn whole() -> clap::Command {
    examples::attach(Arguments::command())
}

/// The arguments of this process. Ends it after `--help`, and with exit code 2 after a mistake.
pub fn parse() -> Arguments {
    let mut whole = whole();
    let parsed = Arguments::from_arg_matches(&whole.get_matches_mut());
    parsed.unwrap_or_else(|error| error.format(&mut whole).exit())
}

impl Default for Command {
    fn default() -> Self {
        Self::Local(Box::default())
    }
}

pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Backup(arguments) => runtime()?.block_on(backup::back_up(&arguments)),
        Command::Restore(arguments) => runtime()?.block_on(backup::restore(&arguments)),
        Command::Config { action } => runtime()?.block_on(config::run(&action)),
        Command::Conversations(arguments) => runtime()?.block_on(conversations::run(&arguments)),
        Command::Console(arguments) => runtime()?.block_on(console::run(arguments)),
        Command::DeadLetters(arguments) => runtime()?.block_on(dead_letters::run(&arguments)),
        Command::Status(arguments) => runtime()?.block_on(status::run(&arguments)),
        Command::Doctor(arguments) => runtime()?.block_on(doctor::run(&arguments)),
        Command::Setup(arguments) => runtime()?.block_on(setup::run(&arguments)),
        Command::Render(arguments) => render::run(&arguments),
        Command::Sign(arguments) => sign::run(&arguments),
        Command::Send(arguments) => runtime()?.block_on(send::run(&arguments)),
        Command::Serve { config, reconcile_after } => {
            runtime()?.block_on(serve::run(&config, reconcile_after))
        }
        Command::Health(arguments) => runtime()?.block_on(health::run(&arguments)),
        Command::Completions { shell } => shell::completions(whole(), shell),
        Command::Man { command } => shell::man(whole(), &command),
        Command::Local(arguments) => runtime()?.block_on(local::run(&arguments)),
        Command::Replay(arguments) => runtime()?.block_on(local::replay::run(&arguments)),
        Command::Demo => runtime()?.block_on(demo::run()),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    fn parsed(arguments: &str) -> Result<super::Arguments, clap::Error> {
        super::Arguments::try_parse_from(arguments.split(' '))
    }

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        super::Arguments::command().debug_assert();
    }

    #[test]
    fn what_would_be_left_unused_is_refused() {
        let send = "bridge send lynn --url u --key k";
        assert!(parsed(&format!("{send} --body b.json")).is_ok());
        assert!(parsed(&format!("{send} --contact ana --text Hi --id m-1")).is_ok());
        for more in ["--contact ana", "--text Hi", "--id m-1"] {
            let error = parsed(&format!("{send} --body b.json {more}")).unwrap_err();
            assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict, "{more}");
        }
    }

    #[test]
    fn what_is_required_is_in_the_help() {
        let mut command = super::Arguments::command();
        let help = command.render_help().to_string();
        assert!(help.contains("Without a command, `bridge` runs `bridge local`"), "{help}");
        command.build();
        let setup = command.find_subcommand_mut("setup").unwrap().render_help().to_string();
        let (_, usage) = setup.split_once("Usage: ").unwrap();
        assert!(usage.lines().next().unwrap().contains("--queue <QUEUE>"), "{usage}");
    }

    #[test]
    fn an_id_is_not_empty() {
        for wrong in [
            "bridge send lynn --url u --key k --id=",
            "bridge send genesys --url u --secret s --id=",
            "bridge send lynn --url u --key k --contact=",
            "bridge sign lynn --secret s --id=",
        ] {
            let error = parsed(wrong).unwrap_err().to_string();
            assert!(error.contains("must not be empty"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_port_alone_is_no_address() {
        assert!(parsed("bridge local --listen 0").is_err());
        assert!(parsed("bridge local --listen 127.0.0.1:0").is_ok());
    }
}
