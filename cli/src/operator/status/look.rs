//! Collects what `bridge status` shows, from a data directory or from a stack.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use aws::operator::Stack;
use clients::SystemClock;
use clients::access_status::{self, AccessStatus};
use delivery::event::QueuedEvent;
use delivery::record::EventRecord;
use shared::config::SendConfig;
use shared::ids::IntegrationName;
use shared::ports::{Clock as _, Direction, Item, ItemKey, SecretPart, Store};
use shared::time::Timestamp;
use sqlite::Visitor;

use super::report::{Integration, Report};
use crate::count::counted;
use crate::failure;
use crate::operator::dead_letters::{self, queues};
use crate::operator::installation::{Arguments, Installation};

/// The number of events whose records are asked for the last failure.
const ASKED: u32 = 20;

pub async fn look(arguments: &Arguments, installation: &Installation) -> anyhow::Result<Report> {
    let configured = arguments.configured(installation).await;
    let mut report = gather(configured.as_ref(), installation).await?;
    given_up(installation, &mut report).await?;
    if let Some(configured) = configured {
        report
            .integrations
            .retain(|name, integration| configured.contains(name) || integration.leave_behind());
    }
    Ok(report)
}

/// Everything but the dead letters.
pub async fn without_letters(
    arguments: &Arguments,
    installation: &Installation,
) -> anyhow::Result<Report> {
    let configured = arguments.configured(installation).await;
    gather(configured.as_ref(), installation).await
}

async fn gather(
    configured: Option<&BTreeSet<IntegrationName>>,
    installation: &Installation,
) -> anyhow::Result<Report> {
    let at = SystemClock.now();
    let mut report = Report {
        at,
        integrations: BTreeMap::new(),
        access_status: AccessStatus::default(),
        notes: Vec::new(),
    };
    for name in configured.into_iter().flatten() {
        report.integrations.insert(name.clone(), Integration::default());
    }
    match installation {
        Installation::Directory(visitor) => directory(visitor, installation, &mut report).await?,
        Installation::Stack(stack) => self::stack(stack, &mut report).await?,
    }
    report.access_status.complete();
    Ok(report)
}

async fn directory(
    visitor: &Visitor,
    installation: &Installation,
    report: &mut Report,
) -> anyhow::Result<()> {
    for name in installation.with_conversations().await? {
        report.integrations.entry(name).or_default();
    }
    for backlog in visitor.backlogs().await? {
        let (name, direction) = (backlog.integration, backlog.direction);
        let is_tried = backlog.next_attempt.is_some();
        let lane = report.integrations.entry(name.clone()).or_default().lane(direction);
        lane.waiting = Some(backlog.pending);
        lane.oldest = Some(report.at.elapsed_since(backlog.oldest));
        lane.next_attempt = backlog.next_attempt;
        if is_tried {
            for (at, cause) in failures(visitor, &name, direction).await? {
                lane.failed(at, cause);
            }
        }
    }
    for prefix in access_status::PARTITIONS {
        for partition in visitor.partitions(prefix).await? {
            for (key, item) in visitor.list(&partition, "", None, 1).await? {
                report.access_status.add(&key, &item, report.at);
            }
        }
    }
    Ok(())
}

/// The last failed attempt of each event that was tried and waits again.
async fn failures(
    visitor: &Visitor,
    integration: &IntegrationName,
    direction: Direction,
) -> anyhow::Result<Vec<(Timestamp, String)>> {
    let bodies = visitor.tried_last(integration, direction, ASKED).await?;
    let events = bodies.iter().filter_map(|body| serde_json::from_str::<QueuedEvent>(body).ok());
    let keys: Vec<ItemKey> = events.map(|event| event.record_key(direction)).collect();
    let records = visitor.load(&keys).await?.into_iter().flatten();
    let last = |item: Item| {
        let record: EventRecord = serde_json::from_str(&item.body).ok()?;
        let attempt = record.history.last()?;
        Some((attempt.at, attempt.summary.clone()))
    };
    Ok(records.filter_map(last).collect())
}

/// The queues of a stack are shared by its integrations, so what waits is known by integration only
/// if there is one.
async fn stack(stack: &Stack, report: &mut Report) -> anyhow::Result<()> {
    if report.integrations.is_empty() {
        let names = stack.secrets().integrations().await.context("read the integrations' names")?;
        report.integrations.extend(names.into_iter().map(|name| (name, Integration::default())));
    }
    let alone = report.integrations.len() == 1;
    for direction in [Direction::Inbound, Direction::Outbound] {
        let state = stack.waiting(direction).await?;
        for integration in report.integrations.values_mut() {
            let lane = integration.lane(direction);
            lane.waiting = alone.then_some(state.entries);
            lane.oldest = state.oldest.filter(|_| alone);
        }
        if !alone {
            let count = counted(state.entries, "event");
            let oldest = match state.oldest {
                Some(oldest) => format!(", the oldest for {} s", oldest.as_secs()),
                None => String::new(),
            };
            let way = direction.name();
            report.notes.push(format!("{way} of all integrations: {count} waiting{oldest}"));
        }
    }
    report.notes.extend(queues::count(stack).await?.lines());
    for name in report.integrations.keys() {
        match keys(stack, name).await {
            Ok(keys) => {
                let items = stack.store().load(&keys).await?;
                for (key, item) in keys.iter().zip(items) {
                    item.iter().for_each(|item| report.access_status.add(key, item, report.at));
                }
            }
            Err(error) => report.notes.push(format!(
                "{name}: its rate budget and its tokens are not shown: {}",
                failure::words(&error)
            )),
        }
    }
    Ok(())
}

async fn keys(stack: &Stack, integration: &IntegrationName) -> anyhow::Result<Vec<ItemKey>> {
    let secret = stack.secrets().get(integration, SecretPart::Send).await?;
    let secret = secret.context("there is no configuration")?;
    Ok(access_status::keys(&SendConfig::parse(&secret)?))
}

async fn given_up(installation: &Installation, report: &mut Report) -> anyhow::Result<()> {
    let mut names = match installation {
        Installation::Directory(_) => installation.with_dead_letters().await?,
        Installation::Stack(_) => [IntegrationName::new(delivery::dead_letter::UNREADABLE)].into(),
    };
    names.extend(report.integrations.keys().cloned());
    for name in names {
        for letter in dead_letters::summaries(installation, name.clone()).await? {
            report.gave_up(&name, letter);
        }
    }
    Ok(())
}
