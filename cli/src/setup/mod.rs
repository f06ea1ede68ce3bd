//! `bridge setup`: creates everything in Genesys Cloud for an integration and writes its
//! configuration; it is idempotent.
//!
//! Rules: nothing is changed before the whole plan was shown. Only one run at a time works on a
//! record. The objects, and how they are created, are in `genesys_admin`.

mod apply;
mod arguments;
mod ask;
mod asker;
mod check;
mod configuration;
mod export;
mod lock;
mod lynn;
mod questions;
mod remove;
mod role;
mod rotate;
mod show;
mod target;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use arguments::Given;
use clients::HttpVendor;
use genesys_admin::organization::{Administrator, Hosts, Organization, PlatformClock, Problem};
use genesys_admin::{Record, WrongRecord};

use crate::administrator::{self, Environment};
use crate::failure;

/// How many times faster the clock runs. For tests only, against a platform with shortened times.
const FASTER: &str = "BRIDGE_SETUP_FASTER";
/// The usage text: clap does not know that `--queue` is required without `--remove`.
pub const USAGE: &str = "bridge setup --domain <DOMAIN> --name <NAME> --queue <QUEUE> <--config <FILE> --webhook-url <URL>|--stack <STACK>> --lynn-webhook-url <URL> [OPTIONS]
       bridge setup --remove --domain <DOMAIN> --name <NAME> <--config <FILE>|--stack <STACK>> [OPTIONS]
       bridge setup rotate --name <NAME> <--config <FILE>|--stack <STACK>> [OPTIONS]
       bridge setup --name <NAME> --queue <QUEUE> [OPTIONS], with the running `bridge local`";
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub enum Arguments {
    /// An action on an existing set-up.
    Action(Action),
    /// A set-up, or its removal.
    Apply(Box<Given>),
}

/// Written by hand: a derived implementation would require the arguments of the set-up beside the
/// subcommand, too. With `Option<Given>` flattened, clap 4.6 refuses the boxed type when
/// the program starts, and leaves the other one `None`.
impl clap::FromArgMatches for Arguments {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        match matches.subcommand_name() {
            Some(_) => Action::from_arg_matches(matches).map(Self::Action),
            None => Given::from_arg_matches(matches).map(Box::new).map(Self::Apply),
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
        let command = Given::augment_args(command);
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

/// An action on an existing set-up.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Replaces the webhook secret and the OAuth client. Old and new are valid together in between,
    /// so that nothing is refused.
    Rotate(rotate::Arguments),
}

pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments {
        Arguments::Action(Action::Rotate(arguments)) => rotate::run(&arguments).await,
        Arguments::Apply(given) if given.minimum_role => {
            role::run(*given, Environment::of_process()).await
        }
        Arguments::Apply(given) => {
            let apply = given.complete(Environment::of_process()).await?;
            match &apply.given.export_terraform {
                Some(folder) => apply.export(folder).await,
                None if apply.given.remove => remove::run(&apply).await,
                None => apply.apply().await,
            }
        }
    }
}

/// Logs in to an organisation, and opens the record about it.
async fn open(
    hosts: &Hosts,
    who: Administrator,
    record: PathBuf,
) -> anyhow::Result<(Organization, Record)> {
    let organization = log_in(hosts, who).await?;
    let wrong = |error: anyhow::Error| match error.is::<WrongRecord>() {
        true => failure::misconfigured(error),
        false => error,
    };
    let mut record = Record::open(record).map_err(wrong)?;
    let token = organization.get("/api/v2/tokens/me").await?;
    record.belong_to(token.text("/organization/id")).map_err(failure::misconfigured)?;
    Ok((organization, record))
}

async fn log_in(hosts: &Hosts, who: Administrator) -> anyhow::Result<Organization> {
    let vendor = HttpVendor::new(IDLE).context("build the HTTP client")?;
    let faster = Environment { asks: false }.get(FASTER).and_then(|text| text.parse().ok());
    let clock = Arc::new(PlatformClock::faster(faster.unwrap_or(1)));
    let (vendor, at) = (Arc::new(vendor), hosts.clone());
    let login = Organization::log_in(vendor, clock, at, who, administrator::tell);
    login.await.map_err(|error| {
        let failed = format!("the administrator's login in {} failed", hosts.domain.as_str());
        // A request without an answer already says what to check.
        let context = match &error.problem {
            Problem::Refused(_) => format!("{failed}; {}", administrator::advice(&error)),
            _ => failed,
        };
        anyhow!(error).context(context)
    })
}
