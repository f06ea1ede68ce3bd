//! `bridge setup`: from a name and a queue to an organisation that is ready and a configuration that works; the same again changes
//! nothing.
//!
//! Rules: nothing is changed before the whole plan was shown. One run at a time works on a record.
//! What is made, and how, is in `genesys_admin`.

mod apply;
mod arguments;
mod ask;
mod check;
mod configuration;
mod lock;
mod lynn;
mod remove;
mod rotate;
mod show;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use arguments::ApplyArguments;
use clients::HttpVendor;
use genesys_admin::organization::{Hosts, Organization, PlatformClock, Problem};
use genesys_admin::{Record, WrongRecord};

use crate::administrator::{self, Environment};
use crate::failure;

/// How many times faster the clock runs, for tests only: they play against a platform whose own times
/// are shortened.
const FASTER: &str = "BRIDGE_SETUP_FASTER";
/// How the command is called: clap does not know that `--queue` is required without `--remove`.
pub const USAGE: &str = "bridge setup --domain <DOMAIN> --name <NAME> --queue <QUEUE> <--config <FILE> --webhook-url <URL>|--stack <STACK>> --lynn-webhook-url <URL> [OPTIONS]
       bridge setup --remove --domain <DOMAIN> --name <NAME> <--config <FILE>|--stack <STACK>> [OPTIONS]
       bridge setup rotate --name <NAME> <--config <FILE>|--stack <STACK>> [OPTIONS]";
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// What is done.
#[derive(Debug)]
pub enum Arguments {
    /// Something about a set-up that is there.
    Action(Action),
    /// A set-up, or its end.
    Apply(Box<ApplyArguments>),
}

/// By hand: derived, the arguments of the set-up would be asked for beside the subcommand, too.
impl clap::FromArgMatches for Arguments {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand_name() {
            Some(_) => Action::from_arg_matches(matches).map(Self::Action),
            None => ApplyArguments::from_arg_matches(matches).map(Box::new).map(Self::Apply),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Arguments {
    fn augment_args(command: clap::Command) -> clap::Command {
        use clap::Subcommand as _;
        let command = ApplyArguments::augment_args(command);
        Action::augment_subcommands(command)
            .subcommand_required(false)
            .arg_required_else_help(false)
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// What is done to a set-up that is there.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Renews the webhook secret and the OAuth client, old and new valid together in between, so that nothing is refused.
    Rotate(rotate::Arguments),
}

pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match arguments {
        Arguments::Action(Action::Rotate(arguments)) => rotate::run(arguments).await,
        Arguments::Apply(apply) if apply.remove => remove::run(apply).await,
        Arguments::Apply(apply) => apply.apply().await,
    }
}

/// Logs in to an organisation, and opens the record about it.
async fn open(
    hosts: &Hosts,
    environment: Environment,
    record: PathBuf,
) -> anyhow::Result<(Organization, Record)> {
    let who = administrator::find(environment)?;
    let vendor = HttpVendor::new(IDLE).context("build the HTTP client")?;
    let faster = Environment { asks: false }.get(FASTER).and_then(|text| text.parse().ok());
    let clock = Arc::new(PlatformClock::faster(faster.unwrap_or(1)));
    let (vendor, at) = (Arc::new(vendor), hosts.clone());
    let login = Organization::log_in(vendor, clock, at, who, administrator::tell);
    let organization = login.await.map_err(|error| {
        let failed = format!("the administrator's login in {} failed", hosts.domain.as_str());
        // What did not arrive says by itself what to look at.
        let context = match &error.problem {
            Problem::Refused(_) => format!("{failed}; {}", administrator::advice(&error)),
            _ => failed,
        };
        anyhow!(error).context(context)
    })?;
    let wrong = |error: anyhow::Error| match error.is::<WrongRecord>() {
        true => failure::misconfigured(error),
        false => error,
    };
    let mut record = Record::open(record).map_err(wrong)?;
    let token = organization.get("/api/v2/tokens/me").await?;
    record.belong_to(token.text("/organization/id")).map_err(failure::misconfigured)?;
    Ok((organization, record))
}
