//! `bridge setup --remove`: takes back what setup made, the last first, and leaves what it did not make.

use anyhow::{Context as _, anyhow};
use serde_json::json;

use super::arguments::ApplyArguments;
use super::execute::grant_path;
use super::lock::Lock;
use super::observed::{Found, Observed, observe};
use super::record::Record;
use super::step::Step;
use super::target::Target;
use super::{ask, open, organization_id, plan, show};
use crate::operator::table;
use crate::organization::{Environment, Kind, Object, Organization};
use crate::output;

/// Shows what is taken away, asks, and does it.
pub async fn run(arguments: &ApplyArguments) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let target = arguments.target.open().await?;
    let path = arguments.target.record(&arguments.name);
    let _lock = if arguments.dry_run { None } else { Some(Lock::take(&path)?) };
    let configured = target.read(&arguments.name).await?;
    let wanted = arguments.wanted(&target, configured.as_ref())?;
    let organization = open(&arguments.hosts, environment).await?;
    let mut record = Record::open(path)?;
    record.belong_to(&organization_id(&organization).await?)?;
    let observed = observe(&organization, &wanted, &record, configured.as_ref()).await?;
    let (own, others) = sorted(&observed);
    let rows: Vec<[String; 3]> =
        own.iter().map(|(step, object)| show::row(*step, object)).collect();
    for line in table::layout(["TAKEN AWAY", "NAME", "ID"], &rows) {
        output::line(line);
    }
    for (step, object) in others {
        output::line(format_args!(
            "left alone, somebody else made it: {} {}",
            step.word(),
            object.name()
        ));
    }
    for what in &observed.unseen {
        output::line(format_args!(
            "not looked for, and perhaps left: {what}; this OAuth client may not see it"
        ));
    }
    if let Some(minutes) = record.timeline_before {
        output::line(format_args!(
            "left as it is: the threading timeline; it was {} before",
            plan::window(minutes)
        ));
    }
    output::line("");
    if arguments.dry_run {
        output::line("Nothing was changed: --dry-run.");
        return Ok(());
    }
    if !arguments.yes && !ask::agrees(environment, "Take this away, and the configuration?")? {
        return Err(anyhow!("nothing was changed"));
    }
    let is_configured = configured.as_ref().is_some_and(|entry| {
        let id = entry.pointer("/genesys/integrationId").and_then(serde_json::Value::as_str);
        id == Some(observed.integration.id()) || matches!(observed.integration, Found::Nothing)
    });
    if is_configured {
        target.remove(&arguments.name, record.made_file).await?;
        output::line(format_args!("configuration: taken away ({})", target.describe()));
    }
    note_all(&mut record, &own)?;
    take_away(&organization, &observed, &mut record).await?;
    record.forget()?;
    note_stack(&target);
    Ok(())
}

fn note_stack(target: &Target) {
    if let Target::Stack { stack, .. } = target {
        output::line(format_args!("\nThe stack {stack} goes on without this integration."));
    }
}

type Listed = Vec<(Step, Object)>;

/// What setup made and what it did not, the last step first.
fn sorted(observed: &Observed) -> (Listed, Listed) {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for (step, found) in found(observed).into_iter().rev() {
        match found {
            Found::Ours(object) => own.push((step, object.clone())),
            Found::Others(object) => others.push((step, object.clone())),
            Found::Nothing => {}
        }
    }
    (own, others)
}

fn found(observed: &Observed) -> Vec<(Step, &Found)> {
    let mut found = vec![
        (Step::SupportedContent, &observed.content),
        (Step::MessagingSetting, &observed.setting),
        (Step::Queue, &observed.queue),
        (Step::Flow, &observed.flow),
        (Step::Integration, &observed.integration),
        (Step::Role, &observed.role),
        (Step::Client, &observed.client),
        (Step::EventSource, &observed.events),
    ];
    let posted = Step::ALL.into_iter().filter(|step| step.is_of_posted_events());
    found.extend(posted.map(|step| (step, observed.posted.found(step))));
    found
}

/// Writes down whose they are: what proves it may be taken away before them.
fn note_all(record: &mut Record, own: &Listed) -> anyhow::Result<()> {
    own.iter().try_for_each(|(step, object)| record.note(*step, object.id()))
}

async fn take_away(
    organization: &Organization,
    observed: &Observed,
    record: &mut Record,
) -> anyhow::Result<()> {
    let (own, _) = sorted(observed);
    for (step, object) in own {
        remove(organization, observed, record, step, &object).await.with_context(|| {
            format!("the {} is still there; run the same again to go on", step.word())
        })?;
        record.disclaim(step)?;
        output::line(format_args!("{} {}: taken away", step.word(), object.name()));
    }
    Ok(())
}

async fn remove(
    organization: &Organization,
    observed: &Observed,
    record: &mut Record,
    step: Step,
    object: &Object,
) -> anyhow::Result<()> {
    let Some(kind) = step.kind() else { return Ok(()) };
    match step {
        Step::EventSource | Step::EventsIntegration => {
            let disabled = json!({ "intendedState": "DISABLED" });
            organization.patch(&kind.one(object.id()), disabled).await?;
        }
        // The administrator had the role only to hand it on.
        Step::Role if record.made.contains_key(&Step::Grant) => {
            let (client, division) = (organization.client_id(), observed.division.id());
            organization.delete(&grant_path(client, division, object.id())).await?;
            record.disclaim(Step::Grant)?;
        }
        // A recipient with a flow keeps its integration, and its flow.
        Step::Integration if !observed.recipient.text("/flow/id").is_empty() => {
            let place = Kind::Recipient.one(observed.recipient.id());
            organization.put(&place, json!({ "flow": null })).await?;
        }
        _ => {}
    }
    Ok(organization.delete(&kind.one(object.id())).await?)
}
