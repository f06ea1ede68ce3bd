//! The table of items, as the port uses it.
//!
//! Rule: reads go to a connection that cannot write, and writes to the writer; nothing is cached.

use async_trait::async_trait;
use shared::ports::{Change, Item, ItemKey, PortError, Store, Write, check_writes};
use shared::time::Timestamp;

use crate::database::Database;
use crate::writer::Operation;

#[async_trait]
impl Store for Database {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        if let Some(items) = self.inner.quick_reads.load(keys, self.inner.clock.now()) {
            return Ok(items);
        }
        let keys = keys.to_vec();
        self.read("load items", move |queries, now| queries.load(&keys, now)).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        check_writes(writes)?;
        let bytes = writes.iter().map(size).sum();
        let writes = writes.to_vec();
        self.inner
            .writer
            .ask("write items", bytes, |answer| Operation::Write { writes, answer })
            .await
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let (partition, prefix) = (partition.to_owned(), prefix.to_owned());
        let after = after.map(str::to_owned);
        self.read("list items", move |queries, now| {
            queries.list(&partition, &prefix, after.as_deref(), limit, now)
        })
        .await
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let value = value.to_owned();
        self.read("find items", move |queries, now| queries.find(&value, now)).await
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        self.read("find due items", move |queries, now| queries.due(until, limit, now)).await
    }
}

fn size(write: &Write) -> usize {
    match &write.change {
        Change::Put { body, .. } | Change::Rewrite { body } => body.len(),
        Change::Delete => 0,
    }
}
