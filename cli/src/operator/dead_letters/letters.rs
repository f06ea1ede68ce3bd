//! The dead letters of a place as they are read and taken away.
//!
//! Rule: what was written stays in the table: of thousands of letters only what tells them apart is held.

use shared::delivery::dead_letter::DeadLetter;
use shared::delivery::event::{QueuedEvent, Raw};
use shared::ids::IntegrationName;
use shared::ports::{Change, Clock, Expected, ItemKey, Store, Write};
use shared::system_clock::SystemClock;
use shared::time::Timestamp;

use super::super::place::Place;
use super::filter::Filter;
use super::id;

/// As many as one read brings; a letter may have some hundred kilobytes.
const PAGE: usize = 50;

/// Dead letters, the oldest first.
pub struct Letters(Vec<Letter>);

/// One of them.
pub struct Letter {
    /// How the operator names it.
    pub id: String,
    /// Whose it is.
    pub integration: IntegrationName,
    /// What it says, without the event's body.
    pub content: DeadLetter,
    /// What its event was, when it can be read.
    pub subject: Option<Subject>,
    key: ItemKey,
}

/// An event without what it carries and without who the customer is.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its kind.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its contact, as in the log.
    pub fingerprint: String,
    /// When it was accepted, or redriven last.
    pub accepted_at: Timestamp,
    /// Follows it through the log.
    pub trace: String,
    /// How often it was redriven.
    pub redrive: u32,
}

impl From<&QueuedEvent> for Subject {
    fn from(event: &QueuedEvent) -> Self {
        Self {
            kind: event.identity.kind(),
            id: event.identity.id(),
            fingerprint: event.fingerprint(),
            accepted_at: event.accepted_at,
            trace: event.trace.to_string(),
            redrive: event.redrive,
        }
    }
}

impl Letters {
    /// Reads those of one integration, or all, and keeps what the filter admits.
    pub async fn read(
        place: &Place,
        only: Option<IntegrationName>,
        filter: &Filter,
    ) -> anyhow::Result<Self> {
        let integrations = match only {
            Some(integration) => [integration].into(),
            None => place.with_dead_letters().await?,
        };
        let mut read = Vec::new();
        for integration in integrations {
            read_partition(place, &integration, filter, &mut read).await?;
        }
        read.sort_by(|(one, _), (other, _)| one.key.sort.cmp(&other.key.sort));
        // Among all of them, so that an id means the same with and without a filter.
        let sorts: Vec<&str> = read.iter().map(|(letter, _)| letter.key.sort.as_str()).collect();
        let ids = id::short(&sorts);
        for ((letter, _), id) in read.iter_mut().zip(ids) {
            letter.id = id;
        }
        Ok(Self(
            read.into_iter().filter(|(_, admitted)| *admitted).map(|(letter, _)| letter).collect(),
        ))
    }

    /// All of them.
    pub fn all(&self) -> &[Letter] {
        &self.0
    }

    /// The place of the one that is meant.
    pub fn position(&self, id: &str) -> anyhow::Result<usize> {
        let sorts: Vec<&str> = self.0.iter().map(|letter| letter.key.sort.as_str()).collect();
        id::find(&sorts, id)
    }

    /// The one that is meant.
    pub fn one(&self, id: &str) -> anyhow::Result<&Letter> {
        Ok(&self.0[self.position(id)?])
    }
}

/// Adds the letters of an integration, each with whether it is meant.
async fn read_partition(
    place: &Place,
    integration: &IntegrationName,
    filter: &Filter,
    letters: &mut Vec<(Letter, bool)>,
) -> anyhow::Result<()> {
    let partition = DeadLetter::partition(integration);
    let now = SystemClock.now();
    let mut after: Option<String> = None;
    loop {
        let page = place.store().list(&partition, "", after.as_deref(), PAGE).await?;
        let full = page.len() == PAGE;
        after = page.last().map(|(key, _)| key.sort.clone());
        for (key, item) in page {
            let Ok(content) = serde_json::from_str::<DeadLetter>(&item.body) else {
                eprintln!("{}: a dead letter of another version, left out", key.sort);
                continue;
            };
            let body = whole_body(place.store(), &key, &content).await?;
            let event = body.and_then(|body| serde_json::from_str::<QueuedEvent>(&body).ok());
            let letter = Letter::new(integration.clone(), key, content, event.as_ref());
            let admitted = filter.admits(&letter, event.as_ref(), now);
            letters.push((letter, admitted));
        }
        if !full {
            return Ok(());
        }
    }
}

async fn whole_body(
    store: &dyn Store,
    key: &ItemKey,
    content: &DeadLetter,
) -> anyhow::Result<Option<String>> {
    let keys = content.part_keys(key);
    let parts = if keys.is_empty() { Vec::new() } else { store.load(&keys).await? };
    Ok(content.whole_body(&parts))
}

impl Letter {
    /// One as it was read; its id is given when all are known.
    pub fn new(
        integration: IntegrationName,
        key: ItemKey,
        mut content: DeadLetter,
        event: Option<&QueuedEvent>,
    ) -> Self {
        content.body = Raw(String::new());
        Self { id: String::new(), integration, content, subject: event.map(Subject::from), key }
    }

    /// The queue entry's body; `None` when it, or a part of it, is gone.
    pub async fn body(&self, store: &dyn Store) -> anyhow::Result<Option<String>> {
        let Some(item) = store.load(std::slice::from_ref(&self.key)).await?.pop().flatten() else {
            return Ok(None);
        };
        let Ok(content) = serde_json::from_str::<DeadLetter>(&item.body) else { return Ok(None) };
        whole_body(store, &self.key, &content).await
    }

    /// What takes it away, with the parts of its body.
    pub fn removal(&self) -> Vec<Write> {
        let mut keys = self.content.part_keys(&self.key);
        keys.push(self.key.clone());
        let delete = |key| Write { key, expected: Expected::Anything, change: Change::Delete };
        keys.into_iter().map(delete).collect()
    }

    /// The order in which the letters of a conversation are sent again: that of its events, also where one of them has been
    /// redriven before and came back later. Two may have been given up in the same millisecond.
    pub fn order(&self) -> (Timestamp, Timestamp, Option<Timestamp>) {
        let accepted_at = self.subject.as_ref().map(|subject| subject.accepted_at);
        (self.content.place(), self.content.at, accepted_at)
    }
}
