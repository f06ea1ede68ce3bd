//! The table of items, as the port uses it.
//!
//! Rule: reads go to the reader and writes to the writer; nothing is cached.

use async_trait::async_trait;
use shared::ports::{Change, Item, ItemKey, PortError, Store, Write, check_writes};
use shared::time::Timestamp;

use crate::database::Database;
use crate::reader::Question;
use crate::writer::Operation;

#[async_trait]
impl Store for Database {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let keys = keys.to_vec();
        self.reader().ask("load items", 0, |answer| Question::Load { keys, answer }).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        check_writes(writes)?;
        let bytes = writes.iter().map(size).sum();
        let writes = writes.to_vec();
        self.writer().ask("write items", bytes, |answer| Operation::Write { writes, answer }).await
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
        self.reader()
            .ask("list items", 0, |answer| Question::List {
                partition,
                prefix,
                after,
                limit,
                answer,
            })
            .await
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let value = value.to_owned();
        self.reader().ask("find items", 0, |answer| Question::Find { value, answer }).await
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        self.reader()
            .ask("find due items", 0, |answer| Question::Due { until, limit, answer })
            .await
    }
}

fn size(write: &Write) -> usize {
    match &write.change {
        Change::Put { body, .. } => body.len(),
        Change::Delete => 0,
    }
}
