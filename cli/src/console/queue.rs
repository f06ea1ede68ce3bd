//! The events that have waited longest, with the cause of their last failure.

use delivery::event::QueuedEvent;
use delivery::record::EventRecord;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::ports::{Item, ItemKey, Store as _};
use shared::time::Timestamp;
use sqlite::{Visitor, Waiting};

use super::query::{Answer, Refused};
use super::state::Console;
use crate::operator::installation::Installation;

/// The events in one piece.
const PAGE: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    /// The position after which they begin.
    after: Option<String>,
}

/// A piece of what waits, the oldest first; `waiting` is null for a stack, whose queues cannot be
/// read.
pub async fn piece(console: &Console, wanted: &Wanted) -> Answer {
    let Installation::Directory(visitor) = &console.installation else {
        return Ok(json!({ "waiting": null, "next": null }));
    };
    let after = wanted.after.as_deref().map_or(Ok(0), str::parse);
    let after = after.map_err(|_| Refused::wrong("after: a position that an answer named"))?;
    let found = visitor.longest_waiting(after, PAGE + 1).await?;
    let next = found.get(PAGE - 1).filter(|_| found.len() > PAGE).map(|(at, _)| at.to_string());
    let page: Vec<(Waiting, Option<QueuedEvent>)> =
        found.into_iter().take(PAGE).map(|(_, entry)| parsed(entry)).collect();
    let causes = causes(visitor, &page).await?;
    let shown: Vec<Value> = page
        .iter()
        .zip(causes)
        .map(|((entry, event), cause)| to_json(console, entry, event.as_ref(), cause))
        .collect();
    Ok(json!({ "waiting": shown, "next": next }))
}

fn parsed(entry: Waiting) -> (Waiting, Option<QueuedEvent>) {
    let event = serde_json::from_str(&entry.body).ok();
    (entry, event)
}

/// The last failure of each, if there was one.
async fn causes(
    visitor: &Visitor,
    page: &[(Waiting, Option<QueuedEvent>)],
) -> anyhow::Result<Vec<Option<String>>> {
    // An event that this version cannot read has no record that could be found.
    let key = |(entry, event): &(Waiting, Option<QueuedEvent>)| match event {
        Some(event) => event.record_key(entry.direction),
        None => ItemKey::new("", ""),
    };
    let keys: Vec<ItemKey> = page.iter().map(key).collect();
    let last = |item: Option<Item>| {
        let record: EventRecord = serde_json::from_str(&item?.body).ok()?;
        Some(record.history.last()?.summary.clone())
    };
    Ok(visitor.load(&keys).await?.into_iter().map(last).collect())
}

fn to_json(
    console: &Console,
    entry: &Waiting,
    event: Option<&QueuedEvent>,
    cause: Option<String>,
) -> Value {
    let contact = event.filter(|event| event.contact.is_some());
    json!({
        "direction": entry.direction,
        "attempts": entry.attempts,
        "nextAttemptAt": entry.not_before.map(Timestamp::to_text),
        "kind": event.map(|event| event.dedup_key.kind()),
        "id": event.map(|event| event.dedup_key.logged()),
        "acceptedAt": event.map(|event| event.accepted_at.to_text()),
        "integration": event.map(|event| &event.integration),
        "contactFingerprint": contact.map(|event| console.contacts.keep(&event.conversation())),
        "cause": cause,
    })
}
