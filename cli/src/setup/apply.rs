//! A set-up from its plan to its summary.

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use super::arguments::ApplyArguments;
use super::decision::{Consent, Decision, Question};
use super::execute::{self, Work, client_settles};
use super::lock::Lock;
use super::record::{Kept, Record};
use super::step::Step;
use super::target::Target;
use super::{ask, check, configuration, observed, open, organization_id, show};
use crate::failure;
use crate::organization::settling::AFTER_SHOWN;
use crate::organization::{Environment, Object};
use crate::output;

impl ApplyArguments {
    /// Shows the plan, asks, does it, and writes the configuration.
    pub async fn apply(&self) -> anyhow::Result<()> {
        let environment = Environment::of_process();
        let target = self.target.open().await?;
        let path = self.target.record(&self.name);
        // A plan alone writes nothing.
        let _lock = if self.dry_run { None } else { Some(Lock::take(&path)?) };
        let configured = target.read(&self.name).await?;
        let wanted = self.wanted(&target, configured.as_ref())?;
        let lynn = self.lynn.section(environment, configured.as_ref())?;
        check::check(self, &target, configured.as_ref(), &lynn, &wanted.webhook_url)?;
        let organization = open(&self.hosts, environment).await?;
        let mut record = Record::open(path)?;
        record.belong_to(&organization_id(&organization).await?)?;
        let observed =
            observed::observe(&organization, &wanted, &record, configured.as_ref()).await?;
        let mut work =
            Work { organization: &organization, wanted: &wanted, observed, record, configured };
        let mut consent =
            Consent { timeline: self.change_threading_timeline, secrets: self.renew_secrets };
        let decisions = decisions(&work, consent);
        for line in show::plan(&wanted, &decisions) {
            output::line(line);
        }
        output::line("");
        if self.dry_run {
            output::line("Nothing was changed: --dry-run.");
            return Ok(());
        }
        refuse_blocked(&decisions)?;
        self.ask(environment, &decisions, &mut consent)?;
        execute(&mut work, consent).await?;
        let (client, role) = (work.observed.id(Step::Client), work.observed.id(Step::Role));
        client_settles(&organization, &work.record, client, role, AFTER_SHOWN).await?;
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
        let shown = work.observed.object(Step::Integration).and_then(Object::shown_secret);
        let webhook_secret = recorded.or_else(|| shown.map(str::to_owned));
        let client = work.record.client.clone();
        let events_key = known(work.record.events_key.as_ref());
        let inbound_key = execute::random_secret();
        let facts = configuration::Facts {
            name: self.name.as_str(),
            domain: hosts.domain.as_str(),
            api_base_url: hosts.api_base_url.as_ref().map(|url| url.0.as_str()),
            login_base_url: hosts.login_base_url.as_ref().map(|url| url.0.as_str()),
            integration_id: work.observed.id(Step::Integration),
            webhook_secret: webhook_secret.as_deref(),
            client: (
                work.observed.id(Step::Client),
                client.as_ref().map(|client| client.client_secret.expose()),
            ),
            timeline_minutes: work.observed.open_minutes(),
            lynn,
            events_key: events_key.as_deref(),
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
        if work.record.webhook_secret.take().is_some()
            | work.record.client.take().is_some()
            | work.record.events_key.take().is_some()
        {
            work.record.save()?;
        }
        let what = if changed { "written" } else { "unchanged" };
        output::line(format_args!("configuration: {what} ({})", target.describe()));
        output::line("\nLeft to do by hand:");
        let places = show::Places {
            configuration: target.describe(),
            is_file: matches!(target, Target::File(_)),
            lynn_url: target.lynn_url(&self.name)?,
        };
        for line in show::left_to_do(work, &places) {
            output::line(format_args!("- {line}"));
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
            let subject = format!("{} {name}", step.word());
            output::line(format_args!("{}: {}", subject.trim_end(), show::done(&decision)));
            done.push(step.word());
        }
    }
    Ok(())
}
