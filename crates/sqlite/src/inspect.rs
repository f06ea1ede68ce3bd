//! Queue statistics for operators: how many entries wait, and how long.
//!
//! Rule: results contain no bodies and no groups, except when one conversation is requested.

use std::time::Duration;

use rusqlite::{Connection, Row, params};
use shared::ids::IntegrationName;
use shared::ports::{Direction, PortError};
use shared::time::Timestamp;

use crate::apply::{direction_number, direction_of};
use crate::database::Database;

/// How many entries are read at once.
const PAGE: u32 = 500;

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

impl Database {
    /// Passes the bodies of at most `most` entries of both queues to `take`, the newest first.
    pub async fn each_queued(
        &self,
        most: usize,
        mut take: impl FnMut(Direction, &str),
    ) -> Result<(), PortError> {
        let (mut before, mut left) = (i64::MAX, most);
        while left > 0 {
            let limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
            let page =
                self.read("read the queue", move |queries, _| queries.queued_before(before, limit));
            let page = page.await?;
            let Some((last, ..)) = page.last() else { return Ok(()) };
            before = *last;
            left = left.saturating_sub(page.len());
            page.iter().for_each(|(_, direction, body)| take(*direction, body));
        }
        Ok(())
    }
}

/// The entries of a group in both queues, inbound first, each queue in delivery order.
pub(crate) fn waiting(
    connection: &Connection,
    group: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Waiting>> {
    connection
        .prepare(
            "SELECT direction, attempts, not_before, body FROM queue WHERE group_id = ?1
             ORDER BY direction, sequence LIMIT ?2",
        )?
        .query_map(params![group, i64::try_from(limit).unwrap_or(i64::MAX)], entry)?
        .collect()
}

/// The entries of both queues in the order in which they were accepted, after a position.
pub(crate) fn longest_waiting(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, Waiting)>> {
    connection
        .prepare(
            "SELECT direction, attempts, not_before, body, sequence FROM queue
             WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
        )?
        .query_map(params![after, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok((row.get(4)?, entry(row)?))
        })?
        .collect()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        direction: direction_of(row.get(0)?),
        attempts: row.get(1)?,
        not_before: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_milliseconds),
        body: row.get(3)?,
    })
}

/// The waiting events of one integration in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub integration: IntegrationName,
    pub direction: Direction,
    /// The number of entries; at least one.
    pub pending: u64,
    /// When the oldest entry was accepted.
    pub oldest: Timestamp,
    /// The earliest next attempt of the entries that failed before.
    pub next_attempt: Option<Timestamp>,
}

/// The waiting events by integration and direction, sorted.
pub(crate) fn backlogs(connection: &Connection) -> rusqlite::Result<Vec<Backlog>> {
    let backlog = |row: &Row<'_>| {
        Ok(Backlog {
            integration: IntegrationName::new(row.get::<_, String>(0)?),
            direction: direction_of(row.get(1)?),
            pending: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
            oldest: Timestamp::from_milliseconds(row.get(3)?),
            next_attempt: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_milliseconds),
        })
    };
    connection
        .prepare(
            "SELECT integration, direction, COUNT(*), MIN(accepted_at), MIN(not_before) FROM queue
             GROUP BY integration, direction ORDER BY integration, direction",
        )?
        .query_map([], backlog)?
        .collect()
}

/// The bodies of the entries that were tried last, the latest first.
pub(crate) fn tried_last(
    connection: &Connection,
    integration: &IntegrationName,
    direction: Direction,
    limit: u32,
) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(
            "SELECT body FROM queue WHERE integration = ?1 AND direction = ?2 AND attempts > 0
             ORDER BY not_before DESC LIMIT ?3",
        )?
        .query_map(params![integration.as_str(), direction_number(direction), limit], |row| {
            row.get(0)
        })?
        .collect()
}

/// The dead letters of one integration in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetters {
    pub integration: IntegrationName,
    pub direction: Direction,
    /// At least one.
    pub count: u64,
    /// When the first of them was given up.
    pub first: Timestamp,
    /// When the last of them was given up.
    pub last: Timestamp,
}

/// The dead letters, by integration and direction, sorted. Leaves out what another version wrote.
pub(crate) fn dead_letters(
    connection: &Connection,
    now: Timestamp,
) -> rusqlite::Result<Vec<DeadLetters>> {
    let letters = |row: &Row<'_>| {
        let (partition, direction): (String, String) = (row.get(0)?, row.get(1)?);
        let name = partition.strip_prefix("dead#").unwrap_or_default();
        let inbound = direction == Direction::Inbound.name();
        Ok(DeadLetters {
            integration: IntegrationName::new(name),
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            count: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
            first: Timestamp::from_milliseconds(row.get(3)?),
            last: Timestamp::from_milliseconds(row.get(4)?),
        })
    };
    // `$` follows `#`. The parts of long bodies have partitions of their own, which hold a
    // further `#`, and are texts.
    connection
        .prepare(
            "SELECT pk, body ->> '$.direction' AS way, COUNT(*), MIN(body ->> '$.at'),
             MAX(body ->> '$.at') FROM items
             WHERE pk >= 'dead#' AND pk < 'dead$' AND pk NOT LIKE 'dead#%#%'
             AND (expires_at IS NULL OR expires_at > ?1) AND json_valid(body)
             AND typeof(body ->> '$.at') = 'integer' AND typeof(body ->> '$.direction') = 'text'
             GROUP BY pk, way ORDER BY pk, way",
        )?
        .query_map([now.milliseconds()], letters)?
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
        let waited = |at| now.elapsed_since(at);
        Ok(DirectionStatus {
            pending: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
            oldest: accepted_at.map(waited),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        schema::upgrade(&connection, 0).unwrap();
        connection
    }

    #[test]
    fn what_waits_is_told_by_integration_and_direction() {
        let connection = database();
        let mut queue = connection
            .prepare(
                "INSERT INTO queue (direction, integration, group_id, deduplication, attempts,
                 not_before, accepted_at, body) VALUES (?1, ?2, 'g', ?3, ?4, ?5, ?6, ?3)",
            )
            .unwrap();
        for (direction, name, id, attempts, not_before, accepted_at) in [
            (0, "a", "1", 2, Some(50), 10),
            (0, "a", "2", 0, None, 5),
            (0, "a", "3", 1, Some(60), 20),
            (1, "a", "4", 0, None, 7),
            (0, "b", "5", 0, None, 8),
        ] {
            queue.execute(params![direction, name, id, attempts, not_before, accepted_at]).unwrap();
        }
        let backlog = |name: &str, direction, pending, oldest, next: Option<i64>| Backlog {
            integration: IntegrationName::new(name),
            direction,
            pending,
            oldest: at(oldest),
            next_attempt: next.map(at),
        };
        assert_eq!(
            backlogs(&connection).unwrap(),
            [
                backlog("a", Direction::Inbound, 3, 5, Some(50)),
                backlog("a", Direction::Outbound, 1, 7, None),
                backlog("b", Direction::Inbound, 1, 8, None),
            ]
        );
        let name = IntegrationName::new("a");
        let tried = |limit| tried_last(&connection, &name, Direction::Inbound, limit).unwrap();
        assert_eq!(tried(9), ["3", "1"]);
        assert_eq!(tried(1), ["3"]);
    }

    #[test]
    fn dead_letters_are_counted_without_the_parts_of_their_bodies_and_what_cannot_be_read() {
        let connection = database();
        let put =
            "INSERT INTO items (pk, sk, body, version, expires_at) VALUES (?1, ?2, ?3, 1, ?4)";
        let letter = |way: &str, at: i64| format!(r#"{{"direction":"{way}","at":{at}}}"#);
        for (partition, sort, body, expires_at) in [
            ("dead#a", "1", letter("inbound", 30), None),
            ("dead#a", "2", letter("inbound", 10), Some(1_000)),
            ("dead#a", "3", letter("outbound", 20), None),
            ("dead#a", "4", letter("inbound", 5), Some(99)),
            ("dead#a", "5", "of another version".to_owned(), None),
            ("dead#a", "6", "{}".to_owned(), None),
            ("dead#a#body", "1#00", "\"text\"".to_owned(), None),
            ("deaf", "1", letter("inbound", 1), None),
        ] {
            connection.execute(put, params![partition, sort, body, expires_at]).unwrap();
        }
        let letters = |direction, count, first, last| DeadLetters {
            integration: IntegrationName::new("a"),
            direction,
            count,
            first: at(first),
            last: at(last),
        };
        assert_eq!(
            dead_letters(&connection, at(100)).unwrap(),
            [letters(Direction::Inbound, 2, 10, 30), letters(Direction::Outbound, 1, 20, 20)]
        );
    }
}
