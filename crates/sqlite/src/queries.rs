//! What can be asked of committed data, and how it is read.
//!
//! Rule: an item whose time has passed is not seen, whether or not it is still there.

use rusqlite::{Connection, OptionalExtension as _, Row, Statement, params};
use shared::ids::IntegrationName;
use shared::ports::{Direction, Item, ItemKey};
use shared::time::Timestamp;

use crate::apply::direction_number;

/// The bodies of one batch stop here, whatever their number; a single one may be larger.
const BATCH_BYTES: usize = 1024 * 1024;

/// In the order of its index, so that it ends where the limit is reached. What has expired is purged soon, so little of it is
/// passed over.
const DUE: &str = "SELECT pk, sk, due_at FROM items WHERE due_at <= ?1
     AND (expires_at IS NULL OR expires_at > ?2) ORDER BY due_at, pk, sk LIMIT ?3";

/// A queue entry with its body.
pub(crate) struct StoredMessage {
    /// The group it was sent to.
    pub(crate) group: String,
    /// The body as it was sent.
    pub(crate) body: String,
}

/// A queue entry left from before the worker listened.
pub(crate) struct Leftover {
    /// Its place in the queue.
    pub(crate) sequence: i64,
    /// Whose it is.
    pub(crate) integration: IntegrationName,
    /// Its group.
    pub(crate) group: String,
    /// How often it failed.
    pub(crate) attempts: u32,
    /// Not to be tried before.
    pub(crate) not_before: Option<Timestamp>,
}

/// The reader's prepared statements.
pub(crate) struct Queries<'connection> {
    connection: &'connection Connection,
    load: Statement<'connection>,
    list: Statement<'connection>,
    find: Statement<'connection>,
    message: Statement<'connection>,
    leftovers: Statement<'connection>,
}

impl<'connection> Queries<'connection> {
    /// Prepares them.
    pub(crate) fn prepare(connection: &'connection Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            load: connection.prepare(
                "SELECT body, version FROM items WHERE pk = ?1 AND sk = ?2
                 AND (expires_at IS NULL OR expires_at > ?3)",
            )?,
            list: connection.prepare(
                "SELECT body, version, sk FROM items WHERE pk = ?1 AND sk >= ?2
                 AND (expires_at IS NULL OR expires_at > ?3) ORDER BY sk",
            )?,
            find: connection.prepare(
                "SELECT body, version, pk, sk FROM items WHERE idx = ?1
                 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY pk, sk",
            )?,
            message: connection.prepare("SELECT group_id, body FROM queue WHERE sequence = ?1")?,
            // The index on direction would have to be sorted; walking the table is cheaper.
            leftovers: connection.prepare(
                "SELECT sequence, integration, group_id, attempts, not_before FROM queue NOT INDEXED
                 WHERE direction = ?1 AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence LIMIT ?4",
            )?,
        })
    }

    /// The items under these keys, in the order asked.
    pub(crate) fn load(
        &mut self,
        keys: &[ItemKey],
        now: Timestamp,
    ) -> rusqlite::Result<Vec<Option<Item>>> {
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            let parameters = params![key.partition, key.sort, now.milliseconds()];
            items.push(self.load.query_row(parameters, item).optional()?);
        }
        Ok(items)
    }

    /// The items of a partition under a prefix. Its end is found by looking, since no string is the last with a prefix.
    pub(crate) fn list(
        &mut self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> rusqlite::Result<Vec<(ItemKey, Item)>> {
        let start = after.map_or(prefix, |after| after.max(prefix));
        let mut rows = self.list.query(params![partition, start, now.milliseconds()])?;
        let mut items = Vec::new();
        while items.len() < limit
            && let Some(row) = rows.next()?
        {
            let sort: String = row.get(2)?;
            if !sort.starts_with(prefix) {
                break;
            }
            if after != Some(sort.as_str()) {
                items.push((ItemKey::new(partition, sort), item(row)?));
            }
        }
        Ok(items)
    }

    /// The items under a value of the sparse index.
    pub(crate) fn find(
        &mut self,
        value: &str,
        now: Timestamp,
    ) -> rusqlite::Result<Vec<(ItemKey, Item)>> {
        let found = |row: &Row<'_>| {
            Ok((ItemKey::new(row.get::<_, String>(2)?, row.get::<_, String>(3)?), item(row)?))
        };
        self.find.query_map(params![value, now.milliseconds()], found)?.collect()
    }

    /// The items that are due, the earliest first. Prepared each time, since it is seldom asked and an older database that is
    /// only visited has no deadlines.
    pub(crate) fn due(
        &self,
        until: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> rusqlite::Result<Vec<(ItemKey, Timestamp)>> {
        let due = |row: &Row<'_>| {
            let key = ItemKey::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
            Ok((key, Timestamp::from_milliseconds(row.get(2)?)))
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let parameters = params![until.milliseconds(), now.milliseconds(), limit];
        self.connection.prepare(DUE)?.query_map(parameters, due)?.collect()
    }

    /// Queue entries with their bodies, `None` for one that is gone. Stops early, after at least one entry, rather than
    /// exceed the size of a batch.
    pub(crate) fn messages(
        &mut self,
        sequences: &[i64],
    ) -> rusqlite::Result<Vec<Option<StoredMessage>>> {
        let mut messages = Vec::with_capacity(sequences.len());
        let mut bytes = 0;
        for sequence in sequences {
            let stored =
                |row: &Row<'_>| Ok(StoredMessage { group: row.get(0)?, body: row.get(1)? });
            let message = self.message.query_row([sequence], stored).optional()?;
            bytes += message.as_ref().map_or(0, |message| message.body.len());
            if bytes > BATCH_BYTES && !messages.is_empty() {
                break;
            }
            messages.push(message);
        }
        Ok(messages)
    }

    /// The next entries of a queue between two places in it, the second included.
    pub(crate) fn leftovers(
        &mut self,
        direction: Direction,
        after: i64,
        through: i64,
        limit: u32,
    ) -> rusqlite::Result<Vec<Leftover>> {
        let leftover = |row: &Row<'_>| {
            Ok(Leftover {
                sequence: row.get(0)?,
                integration: IntegrationName::new(row.get::<_, String>(1)?),
                group: row.get(2)?,
                attempts: row.get(3)?,
                not_before: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_milliseconds),
            })
        };
        self.leftovers
            .query_map(params![direction_number(direction), after, through, limit], leftover)?
            .collect()
    }
}

/// Reads the first two columns.
fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let version: i64 = row.get(1)?;
    Ok(Item { body: row.get(0)?, version: u64::try_from(version).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn what_is_due_is_read_off_its_index_without_sorting() {
        let connection = Connection::open_in_memory().unwrap();
        schema::upgrade(&connection, 0).unwrap();
        let plan: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {DUE}"))
            .and_then(|mut plan| {
                let steps = plan.query_map(params![1, 2, 3], |row| row.get("detail"))?;
                steps.collect()
            })
            .unwrap();
        assert_eq!(plan, ["SEARCH items USING INDEX items_by_due (due_at<?)"]);
    }
}
