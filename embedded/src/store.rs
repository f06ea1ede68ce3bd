//! The table of items, as the port wants it.
//!
//! Rule: reads go to the reader and writes to the writer; nothing is kept in between.

use async_trait::async_trait;
use shared::ports::{Change, Item, ItemKey, PortError, Store, Write};

use crate::database::Database;
use crate::reader::Question;
use crate::writer::Operation;

/// As many as the port allows.
const MOST_WRITES: usize = 25;

#[derive(Debug, thiserror::Error)]
#[error("more than {MOST_WRITES} writes, or two of the same item")]
struct BadWrites;

#[async_trait]
impl Store for Database {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let keys = keys.to_vec();
        self.reader().ask("load items", 0, |answer| Question::Load { keys, answer }).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        check(writes)?;
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
}

/// Refuses what the port does not allow.
pub(crate) fn check(writes: &[Write]) -> Result<(), PortError> {
    if writes.len() > MOST_WRITES || has_twins(writes) {
        return Err(PortError::unavailable("write items", BadWrites));
    }
    Ok(())
}

fn has_twins(writes: &[Write]) -> bool {
    writes
        .iter()
        .enumerate()
        .any(|(place, write)| writes[..place].iter().any(|earlier| earlier.key == write.key))
}

fn size(write: &Write) -> usize {
    match &write.change {
        Change::Put { body, .. } => body.len(),
        Change::Delete => 0,
    }
}
