//! The queries on committed data.
//!
//! Rule: an expired item is invisible, whether or not it has been deleted.

use rusqlite::{Connection, OptionalExtension as _, Row, Statement, params};
use shared::ids::IntegrationName;
use shared::ports::{Direction, Item, ItemKey};
use shared::time::Timestamp;

use crate::apply::{direction_number, direction_of};
use crate::numbers::Numbers;

/// The limit of a batch's bodies, in bytes. A single larger body is still returned.
const BATCH_BYTES: usize = 1024 * 1024;

const LOAD: &str = "SELECT body, version FROM items WHERE pk = ?1 AND sk = ?2
     AND (expires_at IS NULL OR expires_at > ?3)";

/// The same with the item's number, which a database of an older version does not have.
const LOAD_NUMBERED: &str = "SELECT body, version, id FROM items WHERE pk = ?1 AND sk = ?2
     AND (expires_at IS NULL OR expires_at > ?3)";

/// Read off its index, so that only items with the same deadline are sorted and the query stops at
/// the limit. Expired items are purged soon, so it skips few of them.
const DUE: &str = "SELECT pk, sk, due_at FROM items WHERE due_at <= ?1
     AND (expires_at IS NULL OR expires_at > ?2) ORDER BY due_at, pk, sk LIMIT ?3";

/// A queue entry with its body.
pub(crate) struct StoredMessage {
    /// The group it was sent to.
    pub(crate) group: String,
    /// The body as it was sent.
    pub(crate) body: String,
}

/// A queue entry that was queued before the worker listened.
pub(crate) struct Leftover {
    /// The position in the queue.
    pub(crate) sequence: i64,
    pub(crate) integration: IntegrationName,
    pub(crate) group: String,
    /// How often the delivery failed.
    pub(crate) attempts: u32,
    /// The earliest time of the next attempt.
    pub(crate) not_before: Option<Timestamp>,
}

/// The reader's prepared statements.
pub(crate) struct Queries<'connection> {
    pub(crate) connection: &'connection Connection,
    list: Statement<'connection>,
    find: Statement<'connection>,
    message: Statement<'connection>,
    leftovers: Statement<'connection>,
}

impl<'connection> Queries<'connection> {
    pub(crate) fn prepare(connection: &'connection Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            list: connection.prepare(
                "SELECT body, version, sk FROM items WHERE pk = ?1 AND sk >= ?2
                 AND (expires_at IS NULL OR expires_at > ?3) ORDER BY sk",
            )?,
            find: connection.prepare(
                "SELECT body, version, pk, sk FROM items WHERE idx = ?1
                 AND (expires_at IS NULL OR expires_at > ?2) ORDER BY pk, sk",
            )?,
            message: connection.prepare("SELECT group_id, body FROM queue WHERE sequence = ?1")?,
            // The index on direction would need a sort; walking the table is cheaper.
            leftovers: connection.prepare(
                "SELECT sequence, integration, group_id, attempts, not_before FROM queue NOT INDEXED
                 WHERE direction = ?1 AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence LIMIT ?4",
            )?,
        })
    }

    /// The items with these keys, in the order of `keys`.
    pub(crate) fn load(
        &mut self,
        keys: &[ItemKey],
        now: Timestamp,
    ) -> rusqlite::Result<Vec<Option<Item>>> {
        load(self.connection, keys, now)
    }

    /// The items of a partition with this prefix. The loop itself checks for the end, because no
    /// string is the last one with a prefix.
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

    /// The items with this value in the sparse index.
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

    /// The due items, earliest first. Prepared for each call, because calls are rare and a visitor
    /// may open a database of an older version, which has no deadlines.
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

    /// Queue entries with their bodies, `None` for an entry that no longer exists. Stops early to
    /// stay within the size of a batch, but returns at least one entry.
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

    /// The last entries of both queues before a position, the newest first.
    pub(crate) fn queued_before(
        &self,
        before: i64,
        limit: u32,
    ) -> rusqlite::Result<Vec<(i64, Direction, String)>> {
        let entry = |row: &Row<'_>| Ok((row.get(0)?, direction_of(row.get(1)?), row.get(2)?));
        self.connection
            .prepare(
                "SELECT sequence, direction, body FROM queue WHERE sequence < ?1
                 ORDER BY sequence DESC LIMIT ?2",
            )?
            .query_map(params![before, limit], entry)?
            .collect()
    }

    /// The next entries of a queue, after position `after` up to and including `through`.
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

/// The items with these keys, in the order of `keys`.
pub(crate) fn load(
    connection: &Connection,
    keys: &[ItemKey],
    now: Timestamp,
) -> rusqlite::Result<Vec<Option<Item>>> {
    load_by(connection, LOAD, keys, now, |_, row| item(row))
}

/// The same in a database of this version; keeps the items' numbers.
pub(crate) fn load_numbered(
    connection: &Connection,
    keys: &[ItemKey],
    now: Timestamp,
    numbers: &Numbers,
) -> rusqlite::Result<Vec<Option<Item>>> {
    load_by(connection, LOAD_NUMBERED, keys, now, |key, row| {
        numbers.put(key, row.get(2)?);
        item(row)
    })
}

fn load_by(
    connection: &Connection,
    query: &str,
    keys: &[ItemKey],
    now: Timestamp,
    read: impl Fn(&ItemKey, &Row<'_>) -> rusqlite::Result<Item>,
) -> rusqlite::Result<Vec<Option<Item>>> {
    let mut statement = connection.prepare_cached(query)?;
    let mut items = Vec::with_capacity(keys.len());
    for key in keys {
        let parameters = params![key.partition, key.sort, now.milliseconds()];
        items.push(statement.query_row(parameters, |row| read(key, row)).optional()?);
    }
    Ok(items)
}

/// Reads the body and the version from the first two columns.
fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    let version: i64 = row.get(1)?;
    Ok(Item { body: row.get(0)?, version: u64::try_from(version).unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn what_is_due_is_read_off_its_index() {
        let connection = Connection::open_in_memory().unwrap();
        schema::upgrade(&connection, 0).unwrap();
        let plan: Vec<String> = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {DUE}"))
            .and_then(|mut plan| {
                let steps = plan.query_map(params![1, 2, 3], |row| row.get("detail"))?;
                steps.collect()
            })
            .unwrap();
        assert_eq!(
            plan,
            [
                "SEARCH items USING INDEX items_by_due (due_at<?)",
                "USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY"
            ]
        );
    }
}
