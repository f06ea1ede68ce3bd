//! The table of items in memory.
//!
//! Rules: under one lock, all conditions are checked before anything changes. An expired item is
//! invisible, but its version number continues, so that a late writer cannot mistake the next item
//! for it.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use shared::lock::lock;
use shared::ports::{
    Change, Clock, Expected, Item, ItemKey, PortError, Store, Write, check_writes,
};
use shared::time::Timestamp;

/// [`Store`] in memory. Items expire by the given clock.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    rows: Mutex<BTreeMap<ItemKey, Row>>,
}

struct Row {
    item: Item,
    expires_at: Option<Timestamp>,
    index: Option<String>,
    due: Option<Timestamp>,
}

impl Row {
    fn lives(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }
}

impl MemoryStore {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, rows: Mutex::default() }
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<ItemKey, Row>> {
        lock(&self.rows)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let (rows, now) = (self.rows(), self.clock.now());
        let item = |key| rows.get(key).filter(|row| row.lives(now)).map(|row| row.item.clone());
        Ok(keys.iter().map(item).collect())
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        check_writes(writes)?;
        let (mut rows, now) = (self.rows(), self.clock.now());
        if !writes.iter().all(|write| holds(&rows, write, now)) {
            return Err(PortError::Conflict { operation: "write items" });
        }
        for write in writes {
            apply(&mut rows, write);
        }
        Ok(())
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let (rows, now) = (self.rows(), self.clock.now());
        let start = match after.filter(|after| *after >= prefix) {
            Some(after) => Bound::Excluded(ItemKey::new(partition, after)),
            None => Bound::Included(ItemKey::new(partition, prefix)),
        };
        Ok(rows
            .range((start, Bound::Unbounded))
            .take_while(|(key, _)| key.partition == partition && key.sort.starts_with(prefix))
            .filter(|(_, row)| row.lives(now))
            .take(limit)
            .map(|(key, row)| (key.clone(), row.item.clone()))
            .collect())
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let (rows, now) = (self.rows(), self.clock.now());
        Ok(rows
            .iter()
            .filter(|(_, row)| row.index.as_deref() == Some(value) && row.lives(now))
            .map(|(key, row)| (key.clone(), row.item.clone()))
            .collect())
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        let (rows, now) = (self.rows(), self.clock.now());
        let living = rows.iter().filter(|(_, row)| row.lives(now));
        let due = living.filter_map(|(key, row)| row.due.map(|due| (key.clone(), due)));
        let mut due: Vec<_> = due.filter(|(_, due)| *due <= until).collect();
        due.sort_by(|(one, first), (other, second)| (first, one).cmp(&(second, other)));
        due.truncate(limit);
        Ok(due)
    }
}

fn holds(rows: &BTreeMap<ItemKey, Row>, write: &Write, now: Timestamp) -> bool {
    let found = rows.get(&write.key).filter(|row| row.lives(now)).map(|row| row.item.version);
    match write.expected {
        Expected::Anything => true,
        Expected::Absent => found.is_none(),
        Expected::Version(version) => found == Some(version),
    }
}

fn apply(rows: &mut BTreeMap<ItemKey, Row>, write: &Write) {
    match &write.change {
        Change::Put { body, expires_at, index, due } => {
            let version = rows.get(&write.key).map_or(1, |row| row.item.version + 1);
            let item = Item { body: body.clone(), version };
            let row = Row {
                item,
                expires_at: expires_at.map(whole_seconds),
                index: index.clone(),
                due: *due,
            };
            rows.insert(write.key.clone(), row);
        }
        Change::Rewrite { body } => {
            if let Some(row) = rows.get_mut(&write.key) {
                row.item = Item { body: body.clone(), version: row.item.version + 1 };
            }
        }
        Change::Delete => {
            rows.remove(&write.key);
        }
    }
}

/// Rounds up to the next second, because a DynamoDB table stores expiry in whole seconds.
fn whole_seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_milliseconds((instant.milliseconds() + 999) / 1000 * 1000)
}
