//! `bridge setup --remove`: removes what setup created, the last first, and keeps what it did not
//! create.
//!
//! Rule: the configuration and the record are removed when nothing is left at Genesys Cloud; until
//! then, the same command continues the removal.

use anyhow::anyhow;
use genesys_admin::organization::{Object, WEBHOOK_URL};
use genesys_admin::table::timeline::window;
use genesys_admin::{Resource, SetupRun};
use shared::ids::IntegrationName;

use super::arguments::ApplyArguments;
use super::lock::Lock;
use super::target::Target;
use super::{ask, open};
use crate::administrator::Environment;
use crate::operator::table;
use crate::output;
use crate::progress;

/// Shows what is removed, asks, and removes it.
pub async fn run(arguments: &ApplyArguments) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let target = arguments.given.target.open().await?;
    let path = arguments.given.target.record(&arguments.name);
    let _lock = if arguments.given.dry_run { None } else { Some(Lock::take(&path)?) };
    let has_record = path.exists();
    let configured = target.read(&arguments.name).await?;
    let mut wanted = arguments.wanted(&target, configured.as_ref())?;
    progress::show("reading the organisation");
    let (organization, mut record) =
        open(&arguments.hosts, arguments.administrator.clone(), path).await?;
    wanted.assign_queues(&mut record)?;
    let mut run = SetupRun::begin(&organization, &wanted, record, configured).await?;
    let (own, others) = run.removable();
    let row = |(resource, object): &(Resource, Object)| {
        [resource.word().to_owned(), object.name().to_owned(), object.id().to_owned()]
    };
    let mut rows: Vec<[String; 3]> = own.iter().map(row).collect();
    let is_configured = is_configured(&run);
    if is_configured {
        let place = target.entry_or_file(&arguments.name, run.record.made_file);
        rows.push(["configuration".to_owned(), arguments.name.to_string(), place]);
    }
    let is_nothing = rows.is_empty() && !has_record;
    if !is_nothing {
        table::layout(["TO REMOVE", "NAME", "ID"], &rows).iter().for_each(output::line);
    }
    for (resource, object) in others {
        output::line(format_args!(
            "kept, because setup did not create it: {} {}",
            resource.word(),
            object.name()
        ));
    }
    for (resource, object) in &run.observed.namesakes {
        output::line(format_args!(
            "kept, because it is not certain that setup created it: {} {} {}",
            resource.word(),
            object.name(),
            object.id()
        ));
    }
    for what in &run.observed.unseen {
        output::line(format_args!(
            "not checked, and perhaps still there: {what}; this OAuth client may not see it"
        ));
    }
    if let Some(minutes) = run.record.timeline_before {
        output::line(format_args!(
            "kept: the threading timeline; it was {} before setup",
            window(minutes)
        ));
    }
    if is_nothing {
        output::line(format_args!(
            "Nothing to remove: no record and no object of {}.",
            wanted.label
        ));
        return Ok(());
    }
    output::line("");
    if arguments.given.dry_run {
        output::line("Nothing was changed: --dry-run.");
        return Ok(());
    }
    if !arguments.given.yes && !ask::agrees(environment, "Remove all of this?")? {
        return Err(anyhow!("nothing was changed"));
    }
    let begins = |resource: Resource| progress::show(format!("removing the {}", resource.word()));
    let ends = |resource: Resource, object: &Object| {
        output::line(format_args!("{} {}: removed", resource.word(), object.name()));
    };
    let left = run.take_away(own, begins, ends).await?;
    if !left.is_empty() {
        // The next run needs the configuration and the record.
        return Err(anyhow!(
            "not everything is removed, so the configuration is kept: {}; run the same command again to continue",
            left.join("; ")
        ));
    }
    let mut left = left_to_do(&run, &target, &arguments.name)?;
    if is_configured {
        let place = target.entry_or_file(&arguments.name, run.record.made_file);
        left.extend(target.remove(&arguments.name, run.record.made_file).await?);
        output::line(format_args!("configuration: removed ({place})"));
    }
    run.record.forget()?;
    output::line("\nLeft to do by hand:");
    for line in left {
        output::line(format_args!("- {line}"));
    }
    if let Target::Stack { stack, .. } = &target {
        output::line(format_args!("\nThe stack {stack} continues without this integration."));
    }
    Ok(())
}

/// Whether the configuration has this integration, and not another one with its name.
fn is_configured(run: &SetupRun<'_>) -> bool {
    run.configured.as_ref().is_some_and(|entry| {
        let id = entry.pointer("/genesys/integrationId").and_then(serde_json::Value::as_str);
        let found = run.observed.object(Resource::Integration);
        found.is_none_or(|integration| id == Some(integration.id()))
    })
}

fn left_to_do(
    run: &SetupRun<'_>,
    target: &Target,
    integration: &IntegrationName,
) -> anyhow::Result<Vec<String>> {
    // Genesys Cloud's side of the same address, as it was before the removal.
    let webhook = run.observed.object(Resource::Integration);
    let webhook = webhook.map(|found| found.text(&format!("/{WEBHOOK_URL}")).to_owned());
    let end = format!("/genesys/{integration}");
    let base = webhook.as_deref().and_then(|url| url.strip_suffix(&end));
    let url = match (target.lynn_url(integration)?, base) {
        (Some(url), _) => format!("the URL {url}"),
        (None, Some(base)) => format!("the URL {base}/lynn/{integration}"),
        (None, None) => format!("the bridge's URL, which ends with /lynn/{integration}"),
    };
    Ok(vec![format!("Take {url} out of Lynn's flow.")])
}
