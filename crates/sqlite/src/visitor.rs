//! Access from another process to the database of a bridge that may be running: operators' commands
//! read and send through it.
//!
//! Rule: a visitor takes no lock of the directory and keeps no connection open between two calls,
//! so it never blocks the instance that owns the directory. The writer of that instance tells its
//! workers about entries that a visitor queued.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use shared::ids::IntegrationName;
use shared::ports::{
    Change, Clock, Direction, Item, ItemKey, PortError, Queue, QueueMessage, Store, Write,
    check_writes,
};
use shared::time::Timestamp;

use crate::apply::Statements;
use crate::error::{OlderSchema, OpenError};
use crate::inspect::{self, Backlog, DeadLetters, QueueStatus, Waiting};
use crate::queries::Queries;
use crate::{directory, schema};

/// The largest database that is read as a whole to find damage, in bytes.
const MOST_CHECKED: u64 = 512 * 1024 * 1024;

/// A database that another instance may own.
#[derive(Clone)]
pub struct Visitor {
    file: PathBuf,
    clock: Arc<dyn Clock>,
}

shared::debug_writes!(Visitor: |visitor| "{}", visitor.file.display());

impl Visitor {
    /// Opens the existing database in a directory and creates nothing.
    ///
    /// A database of an older version stays unchanged: a visitor can read it, send to it and delete
    /// from it. Putting an item and asking for due items are refused; the error says what to do.
    pub fn open(directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let file = directory::visited(directory)?;
        schema::check(&file)?;
        Ok(Self { file, clock })
    }

    /// The partitions with this prefix, sorted. Reads one item of each.
    pub async fn partitions(&self, prefix: &str) -> Result<Vec<String>, PortError> {
        let prefix = prefix.to_owned();
        self.read("list partitions", move |connection, _| {
            let mut next =
                connection.prepare("SELECT pk FROM items WHERE pk > ?1 ORDER BY pk LIMIT 1")?;
            let mut first =
                connection.prepare("SELECT pk FROM items WHERE pk >= ?1 ORDER BY pk LIMIT 1")?;
            let mut partitions: Vec<String> = Vec::new();
            let mut found: Option<String> =
                first.query_row([&prefix], |row| row.get(0)).optional()?;
            while let Some(partition) = found
                && partition.starts_with(&prefix)
            {
                found = next.query_row([&partition], |row| row.get(0)).optional()?;
                partitions.push(partition);
            }
            Ok(partitions)
        })
        .await
    }

    /// The items with this sort key in all partitions with the prefix `prefix`, after the partition
    /// `after` if it is given, sorted by partition. Scans all items in between.
    pub async fn across(
        &self,
        prefix: &str,
        sort: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let (prefix, sort) = (prefix.to_owned(), sort.to_owned());
        let after = after.map(str::to_owned);
        self.read("look through the items", move |connection, now| {
            let start = after.as_deref().unwrap_or_default().max(&prefix);
            let mut select = connection.prepare(
                "SELECT body, version, pk FROM items WHERE pk >= ?1 AND sk = ?2
                 AND (expires_at IS NULL OR expires_at > ?3) ORDER BY pk",
            )?;
            let mut rows = select.query(params![start, sort, now.milliseconds()])?;
            let mut items = Vec::new();
            while items.len() < limit
                && let Some(row) = rows.next()?
            {
                let partition: String = row.get(2)?;
                if !partition.starts_with(&prefix) {
                    break;
                }
                if after.as_deref() != Some(partition.as_str()) {
                    let version = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
                    let item = Item { body: row.get(0)?, version };
                    items.push((ItemKey::new(partition, sort.clone()), item));
                }
            }
            Ok(items)
        })
        .await
    }

    /// Counts the entries of both queues, as
    /// [`Database::queue_status`](crate::Database::queue_status) does.
    pub async fn queue_status(&self) -> Result<QueueStatus, PortError> {
        self.read("count the queues", QueueStatus::read).await
    }

    /// The waiting events by integration and direction. Scans the queues.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, PortError> {
        self.read("count the queues", |connection, _| inspect::backlogs(connection)).await
    }

    /// The events of an integration that were tried last and wait again, the latest first. Scans
    /// the queues.
    pub async fn tried_last(
        &self,
        integration: &IntegrationName,
        direction: Direction,
        limit: u32,
    ) -> Result<Vec<String>, PortError> {
        let integration = integration.clone();
        self.read("look for what was tried", move |connection, _| {
            inspect::tried_last(connection, &integration, direction, limit)
        })
        .await
    }

    /// The dead letters, by integration and direction. Reads all of them.
    pub async fn dead_letters(&self) -> Result<Vec<DeadLetters>, PortError> {
        self.read("count the dead letters", inspect::dead_letters).await
    }

    /// The waiting entries of one conversation, by its group: at most `limit`, in delivery order.
    /// Scans the queues.
    pub async fn waiting(&self, group: &str, limit: usize) -> Result<Vec<Waiting>, PortError> {
        let group = group.to_owned();
        let read = move |connection: &Connection, _| inspect::waiting(connection, &group, limit);
        self.read("look for what waits", read).await
    }

    /// The entries that have waited longest, the oldest first: at most `limit`, after the position
    /// `after`.
    pub async fn longest_waiting(
        &self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Waiting)>, PortError> {
        let read =
            move |connection: &Connection, _| inspect::longest_waiting(connection, after, limit);
        self.read("look for what waits", read).await
    }

    /// When the items of a partition expire, by sort key; those that never do are left out.
    pub async fn expiries(&self, partition: &str) -> Result<Vec<(String, Timestamp)>, PortError> {
        let partition = partition.to_owned();
        self.read("look when items expire", move |connection, _| {
            connection
                .prepare("SELECT sk, expires_at FROM items WHERE pk = ?1 AND expires_at > 0")?
                .query_map([partition], |row| {
                    Ok((row.get(0)?, Timestamp::from_milliseconds(row.get(1)?)))
                })?
                .collect()
        })
        .await
    }

    /// The damage that SQLite finds, in its own words. A database over 512 MiB is not read for
    /// that.
    pub async fn damage(&self) -> Result<Option<String>, PortError> {
        if std::fs::metadata(&self.file).is_ok_and(|file| file.len() > MOST_CHECKED) {
            return Ok(None);
        }
        self.read("check the database", |connection, _| {
            let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
            match found {
                Ok(said) => Ok(Some(said).filter(|said: &String| said != "ok")),
                Err(error) => match error.sqlite_error_code() {
                    Some(ErrorCode::DatabaseCorrupt) => Ok(Some(error.to_string())),
                    _ => Err(error),
                },
            }
        })
        .await
    }

    /// Refuses operations that need a newer schema than the database has.
    async fn needs_current(&self, operation: &'static str) -> Result<(), PortError> {
        match self.read(operation, |connection, _| schema::is_current(connection)).await? {
            true => Ok(()),
            false => Err(PortError::unavailable(operation, OlderSchema)),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        query: impl FnOnce(&Connection, Timestamp) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        let Self { file, clock } = self.clone();
        aside(operation, move || query(&schema::open_reader(&file)?, clock.now())).await
    }

    /// Makes the change in one transaction; if `change` returns `false`, rolls it back.
    async fn change(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut Statements<'_>, Timestamp) -> rusqlite::Result<bool> + Send + 'static,
    ) -> Result<bool, PortError> {
        let Self { file, clock } = self.clone();
        aside(operation, move || {
            let connection = schema::open_visitor(&file)?;
            let mut statements = Statements::prepare(&connection, Arc::default())?;
            statements.begin()?;
            // An error drops the connection, which also rolls the transaction back.
            let holds = change(&mut statements, clock.now())?;
            if holds {
                statements.commit()?
            } else {
                statements.roll_back()?
            }
            Ok(holds)
        })
        .await
    }
}

async fn aside<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, PortError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| PortError::unavailable(operation, error))?
        .map_err(|error| PortError::unavailable(operation, error))
}

#[async_trait]
impl Store for Visitor {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let keys = keys.to_vec();
        let load =
            move |connection: &Connection, now| Queries::prepare(connection)?.load(&keys, now);
        self.read("load items", load).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        check_writes(writes)?;
        let operation = "write items";
        if writes.iter().any(|write| matches!(write.change, Change::Put { .. })) {
            self.needs_current(operation).await?;
        }
        let writes = writes.to_vec();
        match self.change(operation, move |statements, now| statements.write(&writes, now)).await? {
            true => Ok(()),
            false => Err(PortError::Conflict { operation }),
        }
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
        self.read("list items", move |connection, now| {
            Queries::prepare(connection)?.list(&partition, &prefix, after.as_deref(), limit, now)
        })
        .await
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let value = value.to_owned();
        let find =
            move |connection: &Connection, now| Queries::prepare(connection)?.find(&value, now);
        self.read("find items", find).await
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        let operation = "find due items";
        self.needs_current(operation).await?;
        let due = move |connection: &Connection, now| {
            Queries::prepare(connection)?.due(until, limit, now)
        };
        self.read(operation, due).await
    }
}

#[async_trait]
impl Queue for Visitor {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let send = move |statements: &mut Statements<'_>, now| {
            statements.enqueue(direction, &message, now).map(|_| true)
        };
        self.change("send to the queue", send).await.map(drop)
    }
}
