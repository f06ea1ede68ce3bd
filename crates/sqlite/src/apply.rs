//! The changes that the writer makes to the tables, inside a transaction that it opened.
//!
//! Rule: an operation checks all its conditions before it changes anything. So a refused operation
//! leaves nothing behind, and the other operations of the transaction continue.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, Statement, params};
use shared::ids::IntegrationName;
use shared::ports::{Change, Direction, Expected, QueueMessage, Write};
use shared::time::Timestamp;

use crate::numbers::Numbers;

/// A purge deletes at most this many items in one transaction.
pub(crate) const PURGE_BATCH: usize = 500;

/// A queue entry that must be retried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Postponement {
    pub(crate) sequence: i64,
    /// How often the entry was handed out.
    pub(crate) attempts: u32,
    /// The earliest time of the next attempt.
    pub(crate) not_before: Timestamp,
}

/// A queue entry that another connection has queued.
#[derive(Debug)]
pub(crate) struct Brought {
    /// The position in the queue.
    pub(crate) sequence: i64,
    pub(crate) direction: Direction,
    pub(crate) integration: IntegrationName,
    pub(crate) group: String,
}

/// The version continues from an expired item, so that a writer that still holds the expired item's
/// version cannot mistake the new item for it. An item without a deadline costs the index of
/// deadlines nothing.
const PUT: &str =
    "INSERT INTO items (pk, sk, body, version, expires_at, idx, due_at) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
     ON CONFLICT (pk, sk) DO UPDATE SET body = excluded.body, version = version + 1,
     expires_at = excluded.expires_at, idx = excluded.idx, due_at = excluded.due_at";

/// A new body where nothing else changes, so that no index is touched. Most writes are so: a
/// conversation's place in the indexes changes rarely.
const PUT_BODY: &str = "UPDATE items SET body = ?3, version = version + 1
     WHERE pk = ?1 AND sk = ?2 AND version = ?7 AND expires_at IS ?4 AND idx IS ?5 AND due_at IS ?6
     AND (expires_at IS NULL OR expires_at > ?8)";

/// The number of a direction in the database.
pub(crate) fn direction_number(direction: Direction) -> i64 {
    match direction {
        Direction::Inbound => 0,
        Direction::Outbound => 1,
    }
}

/// The direction of a number of [`direction_number`].
pub(crate) fn direction_of(number: i64) -> Direction {
    if number == 0 { Direction::Inbound } else { Direction::Outbound }
}

/// The writer's prepared statements.
pub(crate) struct Statements<'connection> {
    connection: &'connection Connection,
    begin: Statement<'connection>,
    commit: Statement<'connection>,
    version: Statement<'connection>,
    /// Prepared at first use: a visitor may open a database of an older version, whose items have
    /// no deadlines. It can still delete items and send there.
    put: Option<Puts<'connection>>,
    /// [`PUT_BODY`] for an item whose number is probably known. Prepared at first use: a visitor
    /// has no numbers, and may open a database without them.
    numbered: Option<Statement<'connection>>,
    rewrite: Statement<'connection>,
    delete: Statement<'connection>,
    enqueue: Statement<'connection>,
    between: Statement<'connection>,
    postpone: Statement<'connection>,
    complete: Statement<'connection>,
    purge: Statement<'connection>,
    numbers: Arc<Numbers>,
}

/// The statements that put an item.
struct Puts<'connection> {
    body: Statement<'connection>,
    whole: Statement<'connection>,
}

impl<'connection> Statements<'connection> {
    /// `numbers` are those of items that were read lately.
    pub(crate) fn prepare(
        connection: &'connection Connection,
        numbers: Arc<Numbers>,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            version: connection.prepare(
                "SELECT version FROM items WHERE pk = ?1 AND sk = ?2
                 AND (expires_at IS NULL OR expires_at > ?3)",
            )?,
            put: None,
            numbered: None,
            rewrite: connection.prepare(
                "UPDATE items SET body = ?3, version = version + 1 WHERE pk = ?1 AND sk = ?2",
            )?,
            delete: connection.prepare("DELETE FROM items WHERE pk = ?1 AND sk = ?2")?,
            enqueue: connection.prepare(
                "INSERT INTO queue (direction, integration, group_id, deduplication, accepted_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (direction, deduplication) DO NOTHING",
            )?,
            between: connection.prepare(
                "SELECT sequence, direction, integration, group_id FROM queue
                 WHERE sequence > ?1 AND sequence < ?2 ORDER BY sequence",
            )?,
            postpone: connection
                .prepare("UPDATE queue SET attempts = ?2, not_before = ?3 WHERE sequence = ?1")?,
            complete: connection.prepare("DELETE FROM queue WHERE sequence = ?1")?,
            purge: connection.prepare(
                "DELETE FROM items WHERE (pk, sk) IN
                 (SELECT pk, sk FROM items WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
            )?,
            numbers,
        })
    }

    pub(crate) fn begin(&mut self) -> rusqlite::Result<()> {
        self.begin.execute([]).map(drop)
    }

    /// Makes the transaction durable.
    pub(crate) fn commit(&mut self) -> rusqlite::Result<()> {
        self.commit.execute([]).map(drop)
    }

    /// Rolls the transaction back; on a full disk SQLite has already done so.
    pub(crate) fn roll_back(&mut self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection.execute_batch("ROLLBACK")
    }

    /// Makes all writes, or makes none and returns `false`.
    pub(crate) fn write(&mut self, writes: &[Write], now: Timestamp) -> rusqlite::Result<bool> {
        if let [write] = writes
            && self.put_body(write, now)?
        {
            return Ok(true);
        }
        for write in writes {
            if !self.holds(write, now)? {
                return Ok(false);
            }
        }
        for write in writes {
            let key = &write.key;
            match &write.change {
                Change::Put { .. } if writes.len() > 1 && self.put_body(write, now)? => {}
                Change::Put { body, expires_at, index, due } => {
                    let (expires_at, due) =
                        (expires_at.map(whole_seconds), due.map(Timestamp::milliseconds));
                    let values = params![key.partition, key.sort, body, expires_at, index, due];
                    self.puts()?.whole.execute(values)?;
                }
                Change::Rewrite { body } => {
                    self.rewrite.execute(params![key.partition, key.sort, body])?;
                }
                Change::Delete => {
                    self.delete.execute(params![key.partition, key.sort])?;
                }
            }
        }
        Ok(true)
    }

    /// Makes a write that expects a version, if that is met and only the body changes. Otherwise
    /// changes nothing and returns `false`.
    fn put_body(&mut self, write: &Write, now: Timestamp) -> rusqlite::Result<bool> {
        let (Change::Put { body, expires_at, index, due }, Expected::Version(version)) =
            (&write.change, write.expected)
        else {
            return Ok(false);
        };
        let Ok(version) = i64::try_from(version) else { return Ok(false) };
        let (expires_at, due) = (expires_at.map(whole_seconds), due.map(Timestamp::milliseconds));
        let (partition, sort, now) = (&write.key.partition, &write.key.sort, now.milliseconds());
        if let Some(number) = self.numbers.get(&write.key) {
            let values =
                params![partition, sort, body, expires_at, index, due, version, now, number];
            if self.numbered()?.execute(values)? > 0 {
                return Ok(true);
            }
        }
        let values = params![partition, sort, body, expires_at, index, due, version, now];
        Ok(self.puts()?.body.execute(values)? > 0)
    }

    fn numbered(&mut self) -> rusqlite::Result<&mut Statement<'connection>> {
        match &mut self.numbered {
            Some(numbered) => Ok(numbered),
            none => {
                let numbered = format!("{PUT_BODY} AND id = ?9");
                Ok(none.insert(self.connection.prepare(&numbered)?))
            }
        }
    }

    fn puts(&mut self) -> rusqlite::Result<&mut Puts<'connection>> {
        match &mut self.put {
            Some(puts) => Ok(puts),
            none => {
                let whole = self.connection.prepare(PUT)?;
                Ok(none.insert(Puts { body: self.connection.prepare(PUT_BODY)?, whole }))
            }
        }
    }

    fn holds(&mut self, write: &Write, now: Timestamp) -> rusqlite::Result<bool> {
        if write.expected == Expected::Anything {
            return Ok(true);
        }
        let found: Option<i64> = self
            .version
            .query_row(params![write.key.partition, write.key.sort, now.milliseconds()], |row| {
                row.get(0)
            })
            .optional()?;
        let found = found.and_then(|version| u64::try_from(version).ok());
        Ok(match write.expected {
            Expected::Anything => true,
            Expected::Absent => found.is_none(),
            Expected::Version(version) => found == Some(version),
        })
    }

    /// Queues a message and returns its position; `None` if a message with the same id is still
    /// queued.
    pub(crate) fn enqueue(
        &mut self,
        direction: Direction,
        message: &QueueMessage,
        now: Timestamp,
    ) -> rusqlite::Result<Option<i64>> {
        let added = self.enqueue.execute(params![
            direction_number(direction),
            message.integration.as_str(),
            message.group,
            message.deduplication,
            now.milliseconds(),
            message.body
        ])?;
        Ok((added > 0).then(|| self.connection.last_insert_rowid()))
    }

    /// The entries between two positions in the queues, excluding both.
    pub(crate) fn between(&mut self, after: i64, before: i64) -> rusqlite::Result<Vec<Brought>> {
        let brought = |row: &Row<'_>| {
            Ok(Brought {
                sequence: row.get(0)?,
                direction: direction_of(row.get(1)?),
                integration: IntegrationName::new(row.get::<_, String>(2)?),
                group: row.get(3)?,
            })
        };
        self.between.query_map([after, before], brought)?.collect()
    }

    /// Records the outcomes of entries that were handed out. Ignores entries that no longer exist.
    pub(crate) fn settle(
        &mut self,
        postponed: &[Postponement],
        done: &[i64],
    ) -> rusqlite::Result<()> {
        for entry in postponed {
            let not_before = entry.not_before.milliseconds();
            self.postpone.execute(params![entry.sequence, entry.attempts, not_before])?;
        }
        for sequence in done {
            self.complete.execute(params![sequence])?;
        }
        Ok(())
    }

    /// Deletes at most [`PURGE_BATCH`] expired items and returns their number.
    pub(crate) fn purge(&mut self, now: Timestamp) -> rusqlite::Result<usize> {
        self.purge.execute(params![now.milliseconds(), PURGE_BATCH as i64])
    }
}

/// Rounds up to the next second, because a DynamoDB table stores expiry in whole seconds.
fn whole_seconds(instant: Timestamp) -> i64 {
    (instant + Duration::from_millis(999)).seconds() * 1000
}
