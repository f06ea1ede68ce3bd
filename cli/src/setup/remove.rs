//! `bridge setup --remove`: takes back what setup made, the last first, and leaves what it did not make.
//!
//! Rule: the configuration and the record go when nothing is left at Genesys Cloud; until then, the same again goes on.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use serde_json::json;

use super::arguments::ApplyArguments;
use super::execute::grant_path;
use super::lock::Lock;
use super::observed::{Found, Observed, observe};
use super::record::Record;
use super::step::Step;
use super::target::Target;
use super::{ask, open, organization_id, plan, show};
use crate::failure;
use crate::operator::table;
use crate::organization::{CallError, Environment, Kind, Object, Organization};
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
    for (step, object) in &observed.namesakes {
        output::line(format_args!(
            "left alone, nothing proves that setup made it: {} {} {}",
            step.word(),
            object.name(),
            object.id()
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
    note_all(&mut record, &own)?;
    let left = take_away(&organization, &observed, &mut record, own).await?;
    if !left.is_empty() {
        // Who runs it again needs the configuration and the record.
        return Err(anyhow!(
            "not everything is taken away, and the configuration stays until it is: {}; run the same again to go on",
            left.join("; ")
        ));
    }
    let is_configured = configured.as_ref().is_some_and(|entry| {
        let id = entry.pointer("/genesys/integrationId").and_then(serde_json::Value::as_str);
        let found = observed.object(Step::Integration);
        found.is_none_or(|integration| id == Some(integration.id()))
    });
    if is_configured {
        target.remove(&arguments.name, record.made_file).await?;
        output::line(format_args!("configuration: taken away ({})", target.describe()));
    }
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
    for step in Step::ALL.into_iter().rev() {
        match observed.found(step) {
            Found::Ours(object) => own.push((step, object.clone())),
            Found::Others(object) => others.push((step, object.clone())),
            Found::Nothing => {}
        }
        let spares = observed.spares.iter().filter(|(of, _)| *of == step);
        own.extend(spares.cloned());
    }
    (own, others)
}

/// Writes down whose they are: what proves it may be taken away before them.
fn note_all(record: &mut Record, own: &Listed) -> anyhow::Result<()> {
    let mut noted = BTreeSet::new();
    for (step, object) in own {
        // What there is besides is known by its mark.
        if noted.insert(*step) && record.id(*step) != Some(object.id()) {
            record.note(*step, object.id())?;
        }
    }
    Ok(())
}

/// Takes away what can be taken away; says what stays, and why. What still uses something stays together with it.
async fn take_away(
    organization: &Organization,
    observed: &Observed,
    record: &mut Record,
    own: Listed,
) -> anyhow::Result<Vec<String>> {
    let mut left: Vec<String> = Vec::new();
    let mut in_use: BTreeMap<Step, &'static str> = BTreeMap::new();
    let mut is_cut_off = false;
    for (step, object) in own {
        let what = format!("the {} {} ({})", step.word(), object.name(), object.id());
        let outcome = match in_use.get(&step) {
            Some(user) => Err(format!("{what} is still used by the {user}")),
            None if is_cut_off => Err(format!("{what} was not tried")),
            None => match remove(organization, observed, record, step, &object).await {
                Ok(()) => Ok(()),
                Err(error) => {
                    is_cut_off =
                        error.downcast_ref::<CallError>().is_some_and(|error| !error.is_answered());
                    Err(format!("{what} is still there: {}", failure::words(&error)))
                }
            },
        };
        match outcome {
            Ok(()) => {
                if record.id(step) == Some(object.id()) {
                    record.disclaim(step)?;
                }
                output::line(format_args!("{} {}: taken away", step.word(), object.name()));
            }
            Err(why) => {
                left.push(why);
                in_use.extend(step.uses().into_iter().map(|used| (used, step.word())));
            }
        }
    }
    Ok(left)
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
        // The administrator had the role only to hand it on.
        Step::Role if record.made.contains_key(&Step::Grant) => {
            let (client, division) = (organization.client_id(), observed.division.id());
            organization.delete(&grant_path(client, division, object.id())).await?;
            record.disclaim(Step::Grant)?;
        }
        // A recipient with a flow keeps its integration, and its flow.
        Step::Integration if !observed.recipient.text("/flow/id").is_empty() => {
            let place = Kind::Recipient.one(observed.recipient.id());
            let detached = organization.put(&place, json!({ "flow": null })).await;
            match detached {
                Err(error) if !error.is_status(404) => return Err(error.into()),
                _ => {}
            }
        }
        _ => {}
    }
    if record.id(step) == Some(object.id()) {
        record.leave(step)?;
    }
    Ok(organization.remove(kind, object).await?)
}
