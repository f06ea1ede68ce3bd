//! `bridge setup` from its plan to its summary.

use anyhow::anyhow;
use genesys_admin::organization::Object;
use genesys_admin::organization::settling::AFTER_SHOWN;
use genesys_admin::table::integration::random_secret;
use genesys_admin::{Decision, Kept, Question, Resource, SetupRun};
use serde_json::Value;

use super::arguments::ApplyArguments;
use super::asker::Asker;
use super::lock::Lock;
use super::target::Target;
use super::{ask, check, configuration, open, show};
use crate::administrator::Environment;
use crate::failure;
use crate::output;
use crate::progress;

impl ApplyArguments {
    /// Shows the plan, asks, carries it out, and writes the configuration.
    pub async fn apply(&self) -> anyhow::Result<()> {
        let environment = Environment::of_process();
        let target = self.given.target.open().await?;
        let path = self.given.target.record(&self.name);
        // A plan alone writes nothing.
        let _lock = if self.given.dry_run { None } else { Some(Lock::take(&path)?) };
        let configured = target.read(&self.name).await?;
        let mut wanted = self.wanted(&target, configured.as_ref())?;
        let lynn = self.lynn(environment, configured.as_ref())?;
        check::check(self, &target, configured.as_ref(), &lynn, &wanted.webhook_url)?;
        progress::show("reading the organisation");
        let (organization, mut record) =
            open(&self.hosts, self.administrator.clone(), path).await?;
        wanted.assign_queues(&mut record).map_err(failure::misconfigured)?;
        let mut run = SetupRun::begin(&organization, &wanted, record, configured).await?;
        let mut consent = Vec::new();
        consent.extend(self.given.change_threading_timeline.then_some(Question::Timeline));
        consent.extend(self.given.renew_secrets.then_some(Question::Secrets));
        let decisions = Resource::ALL.map(|resource| (resource, run.decide(resource, &consent)));
        for line in show::plan(&wanted, &decisions) {
            output::line(line);
        }
        output::line("");
        if self.given.dry_run {
            output::line("Nothing was changed: --dry-run.");
            return Ok(());
        }
        refuse_blocked(&decisions)?;
        self.ask(environment, &decisions, &mut consent)?;
        let begins = |resource: Resource| {
            progress::show(format!("setting up the {}", resource.word()));
        };
        let ends = |resource: Resource, decision: &Decision| {
            let subject = format!("{} {}", resource.word(), resource.name(&wanted));
            output::line(format_args!("{}: {}", subject.trim_end(), show::done(decision)));
        };
        run.reconcile(&consent, begins, ends).await?;
        // From now on the configuration has the client.
        let (client, role) = (run.observed.id(Resource::Client), run.observed.id(Resource::Role));
        let made = run.record.made_at(Resource::Client);
        organization.grant_settles(client, role, made, AFTER_SHOWN).await?;
        self.finish(&mut run, &target, lynn).await
    }

    /// The section `lynn` of the configuration; what is missing for a stack is asked for now.
    fn lynn(&self, environment: Environment, configured: Option<&Value>) -> anyhow::Result<Value> {
        let (mut lynn, mut asker) = (self.given.lynn.clone(), Asker::new(environment));
        lynn.complete(&mut asker, configured)?;
        asker.end()?;
        lynn.section(environment, configured)
    }

    /// Asks the operator to confirm the plan, and then each change that needs its own confirmation.
    fn ask(
        &self,
        environment: Environment,
        decisions: &[(Resource, Decision)],
        consent: &mut Vec<Question>,
    ) -> anyhow::Result<()> {
        let questions = decisions.iter().filter_map(|(resource, decision)| match decision {
            Decision::NeedsYes(what, question) => Some((resource, what, *question)),
            _ => None,
        });
        for (resource, what, question) in questions {
            let asked = format!("The {}: {what}. Change it?", resource.word());
            let agrees = !self.given.yes && ask::agrees(environment, &asked)?;
            match question {
                _ if agrees => consent.push(question),
                Question::Timeline => {}
                Question::Secrets => {
                    return Err(failure::misconfigured(anyhow!(
                        "nothing was changed: the {}: {what}. Give the configuration that has the secret, or give {}",
                        resource.word(),
                        question.argument()
                    )));
                }
            }
        }
        let changes = |(_, decision): &(Resource, Decision)| {
            matches!(decision, Decision::Create(_) | Decision::Change(_))
        };
        if self.given.yes
            || !decisions.iter().any(changes)
            || ask::agrees(environment, "Go ahead?")?
        {
            return Ok(());
        }
        Err(anyhow!("nothing was changed"))
    }

    /// Writes the configuration, then lists what is left to do.
    async fn finish(
        &self,
        run: &mut SetupRun<'_>,
        target: &Target,
        lynn: Value,
    ) -> anyhow::Result<()> {
        let (kept, hosts) = (run.record.clone(), self.hosts.clone());
        let shown = run.observed.object(Resource::Integration).and_then(Object::shown_secret);
        let client = kept.client.as_ref().map(|client| client.client_secret.expose());
        let inbound_key = random_secret();
        let facts = configuration::Facts {
            integration_id: run.observed.id(Resource::Integration),
            queue_id: Some(run.observed.id(Resource::Queue)).filter(|id| !id.is_empty()),
            webhook_secret: kept.webhook_secret.as_ref().map(Kept::expose).or(shown),
            client: (run.observed.id(Resource::Client), client),
            timeline_minutes: run.observed.open_minutes(),
            events_key: kept.events_key.as_ref().map(Kept::expose),
            inbound_key: &inbound_key,
            ..configuration::Facts::told(&self.name, &hosts, lynn)
        };
        let entry = configuration::entry(run.configured.as_ref(), &facts);
        if target.is_new_file() {
            run.record.made_file = true;
            run.record.save()?;
        }
        let changed = target
            .write(&self.name, &entry, Some(configuration::new_file(&run.wanted.webhook_url)))
            .await?;
        // From now on the configuration has the secrets.
        if run.record.webhook_secret.take().is_some()
            | run.record.client.take().is_some()
            | run.record.events_key.take().is_some()
        {
            run.record.save()?;
        }
        let what = if changed { "written" } else { "unchanged" };
        output::line(format_args!("configuration: {what} ({})", target.describe()));
        output::line("");
        show::addresses(run, target, hosts.domain.as_str())?.iter().for_each(output::line);
        output::line("\nLeft to do by hand:");
        for line in show::left_to_do(run, target)? {
            output::line(format_args!("- {line}"));
        }
        Ok(())
    }
}

fn refuse_blocked(decisions: &[(Resource, Decision)]) -> anyhow::Result<()> {
    let blocked = |(resource, decision): &(Resource, Decision)| match decision {
        Decision::Blocked(why) => Some(format!("the {}: {why}", resource.word())),
        _ => None,
    };
    let blocked: Vec<String> = decisions.iter().filter_map(blocked).collect();
    if blocked.is_empty() {
        return Ok(());
    }
    Err(failure::misconfigured(anyhow!("nothing was changed: {}", blocked.join("; "))))
}
