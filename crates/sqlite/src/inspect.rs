//! Queue statistics for operators: how many entries wait, and how long.
//!
//! Rule: results contain no bodies and no groups, except when one conversation is requested.

use std::time::Duration;

use rusqlite::{Connection, Row, params};
use shared::ports::{Direction, PortError};
use shared::time::Timestamp;

use crate::apply::{direction_number, direction_of};
use crate::database::Database;

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

// Omits the body.
shared::debug_writes!(Waiting: |waiting| "{}, {} attempts", waiting.direction.name(), waiting.attempts);

/// The entries of a group in both queues, inbound first, each queue in delivery order.
pub(crate) fn waiting(
    connection: &Connection,
    group: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Waiting>> {
    let entry = |row: &Row<'_>| {
        Ok(Waiting {
            direction: direction_of(row.get(0)?),
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
        self.read("count the queues", |queries, now| QueueStatus::read(queries.connection, now))
            .await
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
    let count = "SELECT COUNT(*), MIN(accepted_at) FROM queue WHERE direction = ?1";
    connection.query_row(count, [direction_number(direction)], |row| {
        let accepted_at = row.get::<_, Option<i64>>(1)?.map(Timestamp::from_milliseconds);
        let waited = |at| Duration::from_millis(u64::try_from(now.since(at)).unwrap_or_default());
        Ok(DirectionStatus {
            pending: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
            oldest: accepted_at.map(waited),
        })
    })
}
