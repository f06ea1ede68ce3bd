//! `bridge setup`: from a name and a queue to an organisation that is ready and a configuration that works; the same again changes
//! nothing.
//!
//! Rules: nothing is changed before the whole plan was shown. What somebody else made is left alone. What is made is written down
//! before and after, so that a run that was cut off goes on where it stopped.

mod ask;
mod configuration;
mod execute;
mod flow;
mod lynn;
mod observed;
mod plan;
mod record;
mod remove;
mod rotate;
mod show;
mod step;
mod target;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use shared::ids::IntegrationName;
use shared::ports::Clock;
use shared::system_clock::SystemClock;
use shared::vendor::HttpVendor;

use crate::failure;
use crate::organization::{Administrator, Environment, Hosts, Organization};
use execute::Work;
use plan::{Consent, Decision, Question};
use record::{Kept, Record};
use step::Step;
use target::Target;
use wanted::{EventBridge, USUAL_MEDIA, Wanted};

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

/// How a set-up is to be. The administrator's OAuth client comes from GENESYS_ADMIN_CLIENT_ID and GENESYS_ADMIN_CLIENT_SECRET, or
/// is asked for.
#[derive(Debug, clap::Args)]
pub struct ApplyArguments {
    #[command(flatten)]
    hosts: Hosts,
    /// The integration's name: the last part of its URLs.
    #[arg(long, value_parser = integration_name)]
    name: IntegrationName,
    #[command(flatten)]
    target: target::Arguments,
    /// The name of what is made in Genesys Cloud; lynn-NAME when not given.
    #[arg(long)]
    label: Option<String>,
    /// Where Genesys Cloud posts: https://{your host}/genesys/{name}. A stack says it by itself.
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// The queue that customers wait in.
    #[arg(long, required_unless_present = "remove")]
    queue: Option<String>,
    /// Makes the queue when there is none of its name.
    #[arg(long)]
    create_queue: bool,
    /// Routes to a flow of the label's name as it is, when somebody else made it.
    #[arg(long)]
    use_flow: bool,
    /// For how long a conversation that ended can be continued: 0 to 72; without it the organisation's timeline stays.
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(0..=72))]
    window: Option<u64>,
    /// Changes the threading timeline, which holds for every Open Messaging integration of the organisation.
    #[arg(long)]
    change_threading_timeline: bool,
    /// Replaces secrets that are not known here.
    #[arg(long)]
    renew_secrets: bool,
    /// A media type that is allowed, such as image/*; several times for several.
    #[arg(long, value_name = "TYPE", default_values = USUAL_MEDIA)]
    media: Vec<String>,
    #[command(flatten)]
    lynn: lynn::Arguments,
    /// The AWS account that gets events over EventBridge, twelve digits.
    #[arg(long, value_name = "ACCOUNT", requires = "event_region", value_parser = account)]
    event_account: Option<String>,
    /// Its region.
    #[arg(long, value_name = "REGION", requires = "event_account")]
    event_region: Option<String>,
    /// The end of the event source's name; lynn-NAME when not given.
    #[arg(long, value_name = "SUFFIX", requires = "event_account")]
    event_suffix: Option<String>,
    /// Does not ask. What needs a yes of its own is still left out, unless its argument says so.
    #[arg(long)]
    yes: bool,
    /// Shows the plan and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Takes away what setup made, in reverse order, and leaves what it did not make.
    #[arg(long)]
    remove: bool,
}

fn integration_name(text: &str) -> anyhow::Result<IntegrationName> {
    if IntegrationName::is_valid(text) {
        return Ok(IntegrationName::new(text));
    }
    Err(anyhow!("a name has 1 to 64 of A-Z a-z 0-9 - _"))
}

fn account(text: &str) -> anyhow::Result<String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(anyhow!("an AWS account has twelve digits"))
}

/// Does it.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match arguments {
        Arguments::Action(Action::Rotate(arguments)) => rotate::run(arguments).await,
        Arguments::Apply(apply) if apply.remove => remove::run(apply).await,
        Arguments::Apply(apply) => apply.run().await,
    }
}

/// Logs in to an organisation.
async fn open(hosts: &Hosts, environment: Environment) -> anyhow::Result<Organization> {
    let administrator = Administrator::find(environment)?;
    let vendor = HttpVendor::new(IDLE).context("build the HTTP client")?;
    Ok(Organization::log_in(Arc::new(vendor), Arc::new(SystemClock), hosts.clone(), administrator)
        .await?)
}

/// The id of the organisation that the administrator belongs to.
async fn organization_id(organization: &Organization) -> anyhow::Result<String> {
    let token = organization.get("/api/v2/tokens/me").await?;
    Ok(token.text("/organization/id").to_owned())
}

impl ApplyArguments {
    fn wanted(&self, target: &Target, configured: Option<&Value>) -> anyhow::Result<Wanted> {
        let label = self.label.clone().unwrap_or_else(|| format!("lynn-{}", self.name));
        let events = self.event_account.clone().zip(self.event_region.clone());
        let suffix = self.event_suffix.clone().unwrap_or_else(|| format!("lynn-{}", self.name));
        let told = target.webhook_url(&self.name)?;
        let webhook_url = self.webhook_url.clone().or(told).unwrap_or_default();
        if !self.remove {
            check_webhook_url(&webhook_url).map_err(failure::misconfigured)?;
        }
        Ok(Wanted {
            name: self.name.clone(),
            label,
            webhook_url,
            queue: self.queue.clone().unwrap_or_default(),
            create_queue: self.create_queue,
            use_flow: self.use_flow,
            window_minutes: self.window.map(|hours| hours * 60),
            media_types: self.media.clone(),
            disconnects: self.lynn.disconnects(configured),
            events: events.map(|(account, region)| EventBridge { account, region, suffix }),
        })
    }

    async fn run(&self) -> anyhow::Result<()> {
        let environment = Environment::of_process();
        let target = self.target.open().await?;
        let configured = target.read(&self.name).await?;
        let wanted = self.wanted(&target, configured.as_ref())?;
        let lynn = self.lynn.section(environment, configured.as_ref())?;
        let organization = open(&self.hosts, environment).await?;
        let mut record = Record::open(self.target.record(&self.name))?;
        record.belong_to(&organization_id(&organization).await?)?;
        let observed =
            observed::observe(&organization, &wanted, &record, configured.as_ref()).await?;
        let clock = SystemClock;
        let mut work = Work {
            organization: &organization,
            clock: &clock,
            wanted: &wanted,
            observed,
            record,
            configured,
        };
        let mut consent =
            Consent { timeline: self.change_threading_timeline, secrets: self.renew_secrets };
        let decisions = decisions(&work, consent);
        for line in show::plan(&wanted, &decisions) {
            println!("{line}");
        }
        println!();
        if self.dry_run {
            println!("Nothing was changed: --dry-run.");
            return Ok(());
        }
        refuse_blocked(&decisions)?;
        self.ask(environment, &decisions, &mut consent)?;
        execute(&mut work, consent).await?;
        self.finish(&mut work, &target, lynn).await
    }

    /// Asks for a yes to the plan, and one to each thing that needs its own.
    fn ask(
        &self,
        environment: Environment,
        decisions: &[(Step, Decision)],
        consent: &mut Consent,
    ) -> anyhow::Result<()> {
        let questions = decisions.iter().filter_map(|(step, decision)| match decision {
            Decision::NeedsYes(what, question) => Some((step, what, *question)),
            _ => None,
        });
        for (step, what, question) in questions {
            let asked = format!("The {}: {what}. Change it?", step.word());
            let agrees = !self.yes && ask::agrees(environment, &asked)?;
            match question {
                Question::Timeline => consent.timeline |= agrees,
                Question::Secrets if agrees => consent.secrets = true,
                Question::Secrets => {
                    return Err(failure::misconfigured(anyhow!(
                        "nothing was changed: the {}: {what}. Give the configuration that has the secret, or say {}",
                        step.word(),
                        question.argument()
                    )));
                }
            }
        }
        let changes = |(_, decision): &(Step, Decision)| {
            matches!(decision, Decision::Create(_) | Decision::Change(_))
        };
        if self.yes || !decisions.iter().any(changes) || ask::agrees(environment, "Go ahead?")? {
            return Ok(());
        }
        Err(anyhow!("nothing was changed"))
    }

    /// Writes the configuration, then says what is left to do.
    async fn finish(
        &self,
        work: &mut Work<'_>,
        target: &Target,
        lynn: Value,
    ) -> anyhow::Result<()> {
        let hosts = &self.hosts;
        let known = |kept: Option<&Kept>| kept.map(|kept| kept.expose().to_owned());
        let recorded = known(work.record.webhook_secret.as_ref());
        let shown = work.observed.integration.object().and_then(plan::shown_secret);
        let webhook_secret = recorded.or_else(|| shown.map(str::to_owned));
        let client = work.record.client.clone();
        let inbound_key = execute::random_secret();
        let facts = configuration::Facts {
            name: self.name.as_str(),
            domain: hosts.domain.as_str(),
            api_base_url: hosts.api_base_url.as_ref().map(|url| url.0.as_str()),
            login_base_url: hosts.login_base_url.as_ref().map(|url| url.0.as_str()),
            integration_id: work.observed.integration.id(),
            webhook_secret: webhook_secret.as_deref(),
            client: (
                work.observed.client.id(),
                client.as_ref().map(|client| client.client_secret.expose()),
            ),
            timeline_minutes: work.observed.open_minutes(),
            lynn,
            inbound_key: &inbound_key,
        };
        let entry = configuration::entry(work.configured.as_ref(), &facts);
        if target.is_new_file() {
            work.record.made_file = true;
            work.record.save()?;
        }
        let changed = target
            .write(&self.name, &entry, Some(configuration::new_file(&work.wanted.webhook_url)))
            .await?;
        // From now on the configuration holds the secrets.
        if work.record.webhook_secret.take().is_some() | work.record.client.take().is_some() {
            work.record.save()?;
        }
        let what = if changed { "written" } else { "unchanged" };
        println!("configuration: {what} ({})", target.describe());
        println!("\nLeft to do by hand:");
        let places = show::Places {
            configuration: target.describe(),
            is_file: matches!(target, Target::File(_)),
            lynn_url: target.lynn_url(&self.name)?,
        };
        for line in show::left_to_do(work, &places) {
            println!("- {line}");
        }
        Ok(())
    }
}

fn decisions(work: &Work<'_>, consent: Consent) -> Vec<(Step, Decision)> {
    Step::ALL.into_iter().map(|step| (step, work.decide(step, consent))).collect()
}

fn refuse_blocked(decisions: &[(Step, Decision)]) -> anyhow::Result<()> {
    let blocked = |(step, decision): &(Step, Decision)| match decision {
        Decision::Blocked(why) => Some(format!("the {}: {why}", step.word())),
        _ => None,
    };
    let blocked: Vec<String> = decisions.iter().filter_map(blocked).collect();
    if blocked.is_empty() {
        return Ok(());
    }
    Err(failure::misconfigured(anyhow!("nothing was changed: {}", blocked.join("; "))))
}

/// Step by step. What each needs is decided again right before it: steps give the next ones their ids.
async fn execute(work: &mut Work<'_>, consent: Consent) -> anyhow::Result<()> {
    let mut done = Vec::new();
    for step in Step::ALL {
        let decision = work.decide(step, consent);
        if let Decision::Blocked(why) = &decision {
            return Err(anyhow!("the {}: {why}", step.word()));
        }
        let name = show::name(step, work.wanted);
        work.apply(step, &decision).await.with_context(|| {
            let done = if done.is_empty() { "nothing".to_owned() } else { done.join(", ") };
            format!(
                "the {} is not done (changed before it: {done}); run the same again to go on",
                step.word()
            )
        })?;
        if matches!(decision, Decision::Create(_) | Decision::Change(_)) {
            println!("{} {name}: {}", step.word(), show::done(&decision));
            done.push(step.word());
        }
    }
    Ok(())
}

/// Genesys Cloud posts to a public https URL on port 443; a loopback host is for tries on one machine.
fn check_webhook_url(text: &str) -> anyhow::Result<()> {
    let url = shared::config::BaseUrl::parse(text)
        .map_err(|problem| anyhow!("--webhook-url: {problem}"))?;
    let port = url.as_str().parse::<http::Uri>().ok().and_then(|url| url.port_u16());
    if url.as_str().starts_with("https://") && port.is_some_and(|port| port != 443) {
        return Err(anyhow!("--webhook-url: Genesys Cloud calls port 443 only"));
    }
    Ok(())
}

/// Waits, for commands that wait themselves.
async fn pause(clock: &dyn Clock, time: Duration) {
    clock.sleep(time).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_url_is_https_on_port_443_or_on_this_machine() {
        for good in [
            "https://b.example.com/genesys/s",
            "https://b.example.com:443/x",
            "http://127.0.0.1:8787/x",
        ] {
            assert!(check_webhook_url(good).is_ok(), "{good}");
        }
        for bad in ["", "http://b.example.com/x", "https://b.example.com:8443/x"] {
            assert!(check_webhook_url(bad).is_err(), "{bad}");
        }
    }
}
