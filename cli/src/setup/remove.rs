//! `bridge setup --remove`: takes back what setup made, the last first, and leaves what it did not
//! make.
//!
//! Rule: the configuration and the record go when nothing is left at Genesys Cloud; until then, the
//! same again goes on.

use anyhow::anyhow;
use genesys_admin::organization::Object;
use genesys_admin::table::timeline::window;
use genesys_admin::{Resource, Work};

use super::arguments::ApplyArguments;
use super::lock::Lock;
use super::target::Target;
use super::{ask, open};
use crate::administrator::Environment;
use crate::operator::table;
use crate::output;

/// Shows what is taken away, asks, and does it.
pub async fn run(arguments: &ApplyArguments) -> anyhow::Result<()> {
    let environment = Environment::of_process();
    let target = arguments.target.open().await?;
    let path = arguments.target.record(&arguments.name);
    let _lock = if arguments.dry_run { None } else { Some(Lock::take(&path)?) };
    let configured = target.read(&arguments.name).await?;
    let wanted = arguments.wanted(&target, configured.as_ref())?;
    let (organization, record) = open(&arguments.hosts(), environment, path).await?;
    let mut work = Work::begin(&organization, &wanted, record, configured).await?;
    let (own, others) = work.removable();
    let row = |(resource, object): &(Resource, Object)| {
        [resource.word().to_owned(), object.name().to_owned(), object.id().to_owned()]
    };
    let rows: Vec<[String; 3]> = own.iter().map(row).collect();
    for line in table::layout(["TAKEN AWAY", "NAME", "ID"], &rows) {
        output::line(line);
    }
    for (resource, object) in others {
        output::line(format_args!(
            "left alone, somebody else made it: {} {}",
            resource.word(),
            object.name()
        ));
    }
    for (resource, object) in &work.observed.namesakes {
        output::line(format_args!(
            "left alone, nothing proves that setup made it: {} {} {}",
            resource.word(),
            object.name(),
            object.id()
        ));
    }
    for what in &work.observed.unseen {
        output::line(format_args!(
            "not looked for, and perhaps left: {what}; this OAuth client may not see it"
        ));
    }
    if let Some(minutes) = work.record.timeline_before {
        output::line(format_args!(
            "left as it is: the threading timeline; it was {} before",
            window(minutes)
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
    let tell = |resource: Resource, object: &Object| {
        output::line(format_args!("{} {}: taken away", resource.word(), object.name()));
    };
    let left = work.take_away(own, tell).await?;
    if !left.is_empty() {
        // Who runs it again needs the configuration and the record.
        return Err(anyhow!(
            "not everything is taken away, and the configuration stays until it is: {}; run the same again to go on",
            left.join("; ")
        ));
    }
    let is_configured = work.configured.as_ref().is_some_and(|entry| {
        let id = entry.pointer("/genesys/integrationId").and_then(serde_json::Value::as_str);
        let found = work.observed.object(Resource::Integration);
        found.is_none_or(|integration| id == Some(integration.id()))
    });
    if is_configured {
        target.remove(&arguments.name, work.record.made_file).await?;
        output::line(format_args!("configuration: taken away ({})", target.describe()));
    }
    work.record.forget()?;
    if let Target::Stack { stack, .. } = &target {
        output::line(format_args!("\nThe stack {stack} goes on without this integration."));
    }
    Ok(())
}
