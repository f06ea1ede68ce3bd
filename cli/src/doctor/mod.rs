//! `bridge doctor`: checks an installation from end to end, and reports for each check the result,
//! the cause and what to do.
//!
//! Rules: checking has no effect, except the test message of `--send`, for which it asks first.
//! What cannot be checked is a warning. Reading is separate from judging: what was read goes into a
//! function that returns a finding.

mod check;
mod clocks;
mod concurrency;
mod dead_letters;
mod disk;
mod event_bus;
mod examination;
mod finding;
mod genesys;
mod lynn;
mod lynn_inbound;
mod notes;
mod queues;
mod report;
mod running;
mod send;
mod stack;
mod subject;
mod unavailable;
mod web;
mod webhook_probe;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clients::HttpVendor;
use clients::SystemClock;
use shared::config::BaseUrl;

use self::check::Check;
use self::examination::Examination;
use self::finding::{Finding, Outcome};
use self::report::Report;
use self::subject::{Examined, Subject};
use self::unavailable::{Observation, Unavailable};
use self::web::Web;
use crate::account::Account;
use crate::administrator;
use crate::failure;
use crate::operator::installation::Installation;
use crate::output;
use crate::running_local::RunningLocal;

const IDLE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration file of `bridge serve`. Without it and --stack: that of the running
    /// `bridge local`, with its administrator.
    #[arg(long, conflicts_with = "stack")]
    config: Option<PathBuf>,
    /// A deployed stack: the name in CloudFormation.
    #[arg(long)]
    stack: Option<String>,
    #[command(flatten)]
    account: Account,
    /// Only this integration.
    #[arg(long)]
    integration: Option<String>,
    /// The public address of the bridge, without /genesys or /lynn, such as
    /// `https://bridge.example.com`. Without it: the address of the stack, or the one in the
    /// configuration file.
    #[arg(long, value_name = "URL", value_parser = bridge_url)]
    bridge_url: Option<String>,
    /// Prints JSON: an array of {id, integration, subject, outcome, reason, action, milliseconds}.
    #[arg(long)]
    json: bool,
    /// Prints the list of checks, and checks nothing.
    #[arg(long)]
    list: bool,
    /// Sends a marked message through the whole chain and back, and shows the time of each hop. An
    /// agent may see it, so it asks first.
    #[arg(long)]
    send: bool,
    /// With --send: does not ask.
    #[arg(long, requires = "send")]
    yes: bool,
}

/// Accepts an address that Genesys Cloud and Lynn can call, or one of this machine; it is used as
/// it was given.
fn bridge_url(text: &str) -> Result<String, &'static str> {
    BaseUrl::parse(text)?;
    Ok(text.trim_end_matches('/').to_owned())
}

/// Runs all checks; an error if something must be repaired.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.list {
        output::line(report::list(arguments.json));
        return Ok(());
    }
    if arguments.send && !arguments.yes {
        send::confirm()?;
    }
    let mut report = Report::new(arguments.json);
    let Some(mut subject) = arguments.subject(&mut report).await? else { return report.end() };
    arguments.narrow(&mut subject)?;
    let vendor = HttpVendor::new(IDLE).context("prepare the HTTP client")?;
    let web = Web { vendor: Arc::new(vendor), clock: Arc::new(SystemClock) };
    let bridge = Bridge { web: &web, subject: &subject };
    bridge.check(&mut report).await;
    let administrator = administrator::of_environment();
    for examined in &subject.integrations {
        let examination = Examination {
            web: &web,
            subject: &subject,
            examined,
            administrator: administrator.as_ref().map_err(String::as_str),
            sends: arguments.send,
        };
        let findings = examination.run().await;
        report.extend(findings.into_iter().map(|finding| finding.of(&examined.name)));
        output::check()?;
    }
    report.end()
}

impl Arguments {
    async fn subject(&self, report: &mut Report) -> anyhow::Result<Option<Subject>> {
        let bridge = self.bridge_url.clone();
        match (&self.config, &self.stack) {
            (Some(file), None) => Ok(Subject::of_file(file, bridge, report)),
            (None, Some(stack)) => Subject::of_stack(&self.account, stack, bridge, report).await,
            _ => {
                let running =
                    RunningLocal::use_only("say what to check: give --config or --stack")?;
                Ok(Subject::of_file(&running.config, bridge, report))
            }
        }
    }

    /// Keeps only the integration that was asked for.
    fn narrow(&self, subject: &mut Subject) -> anyhow::Result<()> {
        let Some(name) = &self.integration else { return Ok(()) };
        subject.integrations.retain(|examined| examined.name.as_str() == name);
        if subject.integrations.is_empty() {
            return Err(failure::misconfigured(anyhow!(
                "--integration {name}: the configuration has no such integration"
            )));
        }
        Ok(())
    }
}

/// The checks that are not about one integration.
struct Bridge<'a> {
    web: &'a Web,
    subject: &'a Subject,
}

impl Bridge<'_> {
    async fn check(&self, report: &mut Report) {
        report.add(shared_integrations(&self.subject.integrations));
        report.extend(running::check(self.web, self.subject.bridge.as_deref()).await);
        if let Some(directory) = &self.subject.data_directory {
            report.add(disk::database(&self.subject.installation, directory));
            report.add(disk::space(directory));
        }
        match &self.subject.installation {
            Ok(Installation::Directory(visitor)) => {
                report.extend(queues::of_directory(visitor).await)
            }
            Ok(Installation::Stack(stack)) => report.extend(stack::check(stack).await),
            Err(_) => {
                let unavailable = Unavailable::after(Check::Database);
                report.add(unavailable.finding(Check::InboundQueue));
                report.add(unavailable.finding(Check::OutboundQueue));
            }
        }
    }
}

/// Genesys Cloud posts the webhooks of one Open Messaging integration to one address only.
fn shared_integrations(integrations: &[Examined]) -> Finding {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for examined in integrations {
        let id = examined.send.genesys.integration_id.as_str();
        names.entry(id).or_default().push(examined.name.as_str());
    }
    match names.into_iter().find(|(_, names)| names.len() > 1) {
        None => Check::SharedIntegration.ok("each has its own"),
        Some((id, names)) => Check::SharedIntegration.fail(
            format!("{} have the same genesys.integrationId {id}", names.join(" and ")),
            "give each integration its own Open Messaging integration: Genesys Cloud posts to one address only",
        ),
    }
}
