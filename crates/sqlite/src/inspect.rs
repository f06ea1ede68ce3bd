//! Queue statistics for operators: how many entries wait, for which integration, and how long.
//!
//! Rule: results contain no bodies and no groups, except when one conversation is requested. Each
//! query uses its own connection, so that a long query does not delay deliveries.

use std::fmt;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use shared::ids::IntegrationName;
use shared::ports::{Direction, PortError};
use shared::time::Timestamp;

use crate::apply::direction_number;
use crate::database::Database;
use crate::error::closed;
use crate::schema;

/// The entries that wait in both queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueStatus {
    /// From Lynn to Genesys Cloud.
    pub inbound: DirectionStatus,
    /// From Genesys Cloud to Lynn.
    pub outbound: DirectionStatus,
}

/// The entries that wait in one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectionStatus {
    /// The number of entries.
    pub pending: u64,
    /// How long the oldest entry has waited.
    pub oldest: Option<Duration>,
    /// The same for each integration with waiting entries, by name.
    pub integrations: Vec<IntegrationStatus>,
}

/// The entries that wait for one integration in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationStatus {
    pub integration: IntegrationName,
    /// The number of entries.
    pub pending: u64,
    /// How long the oldest entry has waited.
    pub oldest: Duration,
}

/// A queue entry without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMessage {
    /// The position in the queue.
    pub sequence: i64,
    pub integration: IntegrationName,
    /// How often the delivery failed.
    pub attempts: u32,
    /// How long the entry has waited.
    pub age: Duration,
}

/// A queue entry of one group.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiting {
    pub direction: Direction,
    /// How often the delivery failed.
    pub attempts: u32,
    /// The earliest time of the next attempt, if known.
    pub not_before: Option<Timestamp>,
    /// The event as it was queued.
    pub body: String,
}

impl fmt::Debug for Waiting {
    /// Omits the body.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Waiting({}, {} attempts)", self.direction.name(), self.attempts)
    }
}

/// The entries of a group in both queues, inbound first, each queue in delivery order.
pub(crate) fn waiting(
    connection: &Connection,
    group: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Waiting>> {
    let entry = |row: &Row<'_>| {
        let inbound = row.get::<_, i64>(0)? == direction_number(Direction::Inbound);
        Ok(Waiting {
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            attempts: row.get(1)?,
            not_before: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_milliseconds),
            body: row.get(3)?,
        })
    };
    connection
        .prepare(
            "SELECT direction, attempts, not_before, body FROM queue WHERE group_id = ?1
             ORDER BY direction, sequence LIMIT ?2",
        )?
        .query_map(params![group, i64::try_from(limit).unwrap_or(i64::MAX)], entry)?
        .collect()
}

impl Database {
    /// Counts the waiting entries. Takes some tens of milliseconds for a million entries.
    pub async fn queue_status(&self) -> Result<QueueStatus, PortError> {
        self.inspect("count the queues", QueueStatus::read).await
    }

    /// The first entries of a queue.
    pub async fn peek(
        &self,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<QueuedMessage>, PortError> {
        self.inspect("look into the queue", move |connection, now| {
            let queued = |row: &Row<'_>| {
                Ok(QueuedMessage {
                    sequence: row.get(0)?,
                    integration: IntegrationName::new(row.get::<_, String>(1)?),
                    attempts: row.get(2)?,
                    age: age(row.get(3)?, now),
                })
            };
            connection
                .prepare(
                    "SELECT sequence, integration, attempts, accepted_at FROM queue NOT INDEXED
                     WHERE direction = ?1 ORDER BY sequence LIMIT ?2",
                )?
                .query_map(
                    params![direction_number(direction), i64::try_from(limit).unwrap_or(i64::MAX)],
                    queued,
                )?
                .collect()
        })
        .await
    }

    async fn inspect<T: Send + 'static>(
        &self,
        operation: &'static str,
        query: impl FnOnce(&Connection, Timestamp) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        if self.reader().is_closed() {
            return Err(closed(operation));
        }
        let database = self.clone();
        let inspect = move || {
            let connection = schema::open_reader(database.file())?;
            query(&connection, database.clock().now())
        };
        tokio::task::spawn_blocking(inspect)
            .await
            .map_err(|error| PortError::unavailable(operation, error))?
            .map_err(|error| PortError::unavailable(operation, error))
    }
}

impl QueueStatus {
    pub(crate) fn read(connection: &Connection, now: Timestamp) -> rusqlite::Result<Self> {
        Ok(Self {
            inbound: status(connection, Direction::Inbound, now)?,
            outbound: status(connection, Direction::Outbound, now)?,
        })
    }
}

fn status(
    connection: &Connection,
    direction: Direction,
    now: Timestamp,
) -> rusqlite::Result<DirectionStatus> {
    let mut count = connection.prepare(
        "SELECT integration, COUNT(*), MIN(sequence) FROM queue WHERE direction = ?1 GROUP BY integration",
    )?;
    let mut accepted = connection.prepare("SELECT accepted_at FROM queue WHERE sequence = ?1")?;
    let mut rows = count.query([direction_number(direction)])?;
    let mut status = DirectionStatus::default();
    while let Some(row) = rows.next()? {
        let pending = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
        let first: i64 = row.get(2)?;
        let accepted_at: Option<i64> = accepted.query_row([first], |row| row.get(0)).optional()?;
        let oldest = accepted_at.map_or(Duration::ZERO, |instant| age(instant, now));
        status.pending += pending;
        status.oldest = status.oldest.max(Some(oldest));
        let integration = IntegrationName::new(row.get::<_, String>(0)?);
        status.integrations.push(IntegrationStatus { integration, pending, oldest });
    }
    Ok(status)
}

fn age(accepted_at: i64, now: Timestamp) -> Duration {
    let age = now.since(Timestamp::from_milliseconds(accepted_at));
    Duration::from_millis(u64::try_from(age).unwrap_or_default())
}
