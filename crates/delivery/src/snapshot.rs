//! Reads a conversation and the record of one event in one round trip, and writes both atomically.
//!
//! Rule: each write is conditional on the versions that were read. A writer that loses a race reads
//! again and applies the same transitions again.

use std::time::Duration;

use conversation::{self, Conversation, Schedule, Transition};
use serde::Serialize;
use shared::ids::IntegrationName;
use shared::ports::{Change, Clock, Direction, Expected, Item, ItemKey, PortError, Store, Write};
use shared::time::Timestamp;

use super::dead_letter::DeadLetter;
use super::event::QueuedEvent;
use super::index;
use super::items::Items;
use super::record::EventRecord;
use super::stored::{read, to_json, unwritable};

/// How often a write may fail before the event returns to its queue. The other side has already
/// accepted the event, so stopping early means sending it twice.
const FAILURES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How often a write may lose against other writers: the sender of the other direction writes once
/// for each message of a burst.
const LOST_RACES: u32 = 100;

/// The conversation and the record of one event, with the versions that were read.
pub(super) struct Snapshot {
    pub conversation: Conversation,
    pub record: EventRecord,
    pub items: Items,
    pub found: Vec<(ItemKey, Item)>,
    state: Versioned,
    entry: Versioned,
}

/// The values under which the store's indexes find an item.
#[derive(Default)]
struct IndexValues {
    index: Option<String>,
    due: Option<Timestamp>,
}

struct Versioned {
    key: ItemKey,
    version: Option<u64>,
}

impl Versioned {
    fn put<T: Serialize>(
        &self,
        value: &T,
        expires_at: Timestamp,
        index_values: IndexValues,
    ) -> Result<Write, PortError> {
        Ok(Write {
            key: self.key.clone(),
            expected: self.version.map_or(Expected::Absent, Expected::Version),
            change: Change::Put {
                body: to_json(value)?,
                expires_at: Some(expires_at),
                index: index_values.index,
                due: index_values.due,
            },
        })
    }
}

/// Reads the page of an event.
pub(super) async fn load(
    store: &dyn Store,
    (direction, now): (Direction, Timestamp),
    event: &QueuedEvent,
    of_route: Vec<ItemKey>,
) -> Result<Snapshot, PortError> {
    let (state, entry) = (event.state_key(), event.record_key(direction));
    let mut keys = vec![state.clone(), entry.clone()];
    keys.extend_from_slice(&of_route);
    let mut answers = store.load(&keys).await?.into_iter();
    let (stored_state, stored_entry) = (answers.next().flatten(), answers.next().flatten());
    let mut items = Items::default();
    items.add(of_route, answers);
    Ok(Snapshot {
        conversation: read::<Conversation>(stored_state.as_ref())?.corrected(now),
        record: read(stored_entry.as_ref())?,
        items,
        found: Vec::new(),
        state: Versioned { key: state, version: stored_state.map(|item| item.version) },
        entry: Versioned { key: entry, version: stored_entry.map(|item| item.version) },
    })
}

/// The writes that accompany the record.
pub(super) struct Commit<'a> {
    pub transitions: &'a [Transition],
    pub writes: &'a [Write],
    /// The letter of an event that was given up. It is completed from the record at each try,
    /// because another process may have given up the same event meanwhile.
    pub letter: Option<&'a DeadLetter>,
    pub integration: &'a IntegrationName,
    /// Whether the bridge keeps a record of the event.
    pub recorded: bool,
    pub schedule: Schedule,
    /// The key of the write at whose place another event may have stored something meanwhile.
    pub guarded: Option<&'a ItemKey>,
    /// Whether the transitions state what the event itself reports.
    pub records_first: bool,
    /// The index value of the conversation while its Genesys id is unknown.
    pub address: String,
}

/// Writes the record, the transitions of the conversation and the accompanying writes; then the
/// page equals the stored state. If another item is stored under the key of the guarded write, this
/// function writes nothing and returns that item.
pub(super) async fn commit(
    store: &dyn Store,
    clock: &dyn Clock,
    snapshot: &mut Snapshot,
    commit: &Commit<'_>,
) -> Result<Option<Item>, PortError> {
    let mut attempts = WriteAttempts::default();
    loop {
        snapshot.take_newer(store, clock.now())?;
        let mut after = snapshot.conversation.clone();
        commit.transitions.iter().for_each(|transition| after.apply(transition));
        snapshot.record.moved |= commit.records_first && after != snapshot.conversation;
        after.set_due(clock.now(), &commit.schedule);
        let writes = writes(snapshot, &after, commit, clock.now())?;
        if writes.is_empty() {
            return Ok(None);
        }
        let Err(error) = store.write(&writes).await else {
            snapshot.committed(after, commit);
            return Ok(None);
        };
        attempts.failed(error, clock).await?;
        if let Some(found) = conflicting_item(store, commit).await {
            return snapshot.reread(store, clock.now()).await.map(|()| Some(found));
        }
        // The store may have made the write although its answer was lost. The versions show it.
        if let Err(error) = snapshot.reread(store, clock.now()).await {
            tracing::warn!(
                error = shared::error::chain(&error),
                "A conversation could not be read again."
            );
            attempts.failed(error, clock).await?;
        }
    }
}

/// Counts the failed tries of one write.
#[derive(Default)]
struct WriteAttempts {
    failures: u32,
    lost_races: u32,
}

impl WriteAttempts {
    /// Pauses after a failure. Allows a retry at once after a lost race, because the other writer
    /// made progress. Returns the error when the limit is reached.
    async fn failed(&mut self, error: PortError, clock: &dyn Clock) -> Result<(), PortError> {
        if matches!(error, PortError::Conflict { .. }) {
            self.lost_races += 1;
            return if self.lost_races == LOST_RACES { Err(error) } else { Ok(()) };
        }
        self.failures += 1;
        if self.failures == FAILURES {
            return Err(error);
        }
        clock.sleep(FIRST_PAUSE * 2_u32.pow(self.failures - 1)).await;
        Ok(())
    }
}

/// Returns the item under the key of the guarded write, unless the write expects that version.
async fn conflicting_item(store: &dyn Store, commit: &Commit<'_>) -> Option<Item> {
    let guarded = commit.guarded?;
    let write = commit.writes.iter().find(|write| write.key == *guarded)?;
    let items = store.load(std::slice::from_ref(guarded)).await.ok()?;
    let found = items.into_iter().next().flatten()?;
    (write.expected != Expected::Version(found.version)).then_some(found)
}

fn writes(
    snapshot: &Snapshot,
    after: &Conversation,
    commit: &Commit<'_>,
    now: Timestamp,
) -> Result<Vec<Write>, PortError> {
    let mut writes = commit.writes.to_vec();
    if let Some(letter) = commit.letter {
        let letter = letter.remembering(&snapshot.record);
        writes.extend(letter.writes(commit.integration).map_err(unwritable)?);
    }
    if *after != snapshot.conversation {
        let known = after.genesys_conversation.as_ref();
        let index = known.map_or_else(|| commit.address.clone(), index::of_conversation);
        let index_values = IndexValues { index: Some(index), due: after.due };
        let expires_at = conversation::kept_until(now);
        writes.push(snapshot.state.put(after, expires_at, index_values)?);
    }
    if commit.recorded {
        let expires_at = now + snapshot.record.kept();
        writes.push(snapshot.entry.put(&snapshot.record, expires_at, IndexValues::default())?);
    }
    Ok(writes)
}

impl Snapshot {
    /// Whether the store holds a record of the event.
    pub(super) fn is_recorded(&self) -> bool {
        self.entry.version.is_some()
    }

    fn committed(&mut self, after: Conversation, commit: &Commit<'_>) {
        let next = |version: Option<u64>| Some(version.unwrap_or_default() + 1);
        if after != self.conversation {
            self.conversation = after;
            self.state.version = next(self.state.version);
        }
        if commit.recorded {
            self.entry.version = next(self.entry.version);
        }
    }

    /// Takes the conversation as the other sender of this process wrote it meanwhile, without
    /// reading it: a write on condition of the older version would be refused.
    fn take_newer(&mut self, store: &dyn Store, now: Timestamp) -> Result<(), PortError> {
        let newer = store.recall(&self.state.key, self.state.version);
        let Some(item) = newer else { return Ok(()) };
        self.conversation = read::<Conversation>(Some(&item))?.corrected(now);
        self.state.version = Some(item.version);
        Ok(())
    }

    /// Reads again what the other sender, or another process with the same event, wrote meanwhile.
    async fn reread(&mut self, store: &dyn Store, now: Timestamp) -> Result<(), PortError> {
        let keys = [self.state.key.clone(), self.entry.key.clone()];
        let mut items = store.load(&keys).await?.into_iter();
        let (state, entry) = (items.next().flatten(), items.next().flatten());
        self.conversation = read::<Conversation>(state.as_ref())?.corrected(now);
        self.record.merge_stored(&read(entry.as_ref())?);
        self.state.version = state.map(|item| item.version);
        self.entry.version = entry.map(|item| item.version);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
