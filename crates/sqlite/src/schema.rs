//! The tables, and the connections to them.
//!
//! Rule: a commit is on the disk when it returns. The instance that owns a database of an older
//! version upgrades it in one transaction. A database of a newer version stays unchanged.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::OpenError;

/// The changes of each schema version to the previous version. Never change a released version; add
/// the next.
const STEPS: [&str; 4] = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4];

/// The newest schema version that this code reads and writes.
const KNOWN: i64 = STEPS.len() as i64;

/// Only an operator's tool can hold a lock that the writer needs; the tool gets this long to
/// finish.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// `direction`: 0 inbound, 1 outbound. `attempts`: failed attempts. Times are milliseconds since
/// 1970. AUTOINCREMENT, because a deletion that is still under way must never hit a new row with an
/// old number.
const SCHEMA_1: &str = "
CREATE TABLE items (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER,
    idx TEXT,
    PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX items_by_index ON items (idx) WHERE idx IS NOT NULL;
CREATE INDEX items_by_expiry ON items (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE queue (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    direction INTEGER NOT NULL,
    integration TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER,
    accepted_at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX queue_by_deduplication ON queue (direction, deduplication);
PRAGMA user_version = 1;
";

/// `due_at`: milliseconds since 1970. SQLite rewrites no row for the new column; creating the index
/// reads each row once.
const SCHEMA_2: &str = "
ALTER TABLE items ADD COLUMN due_at INTEGER;
CREATE INDEX items_by_due ON items (due_at) WHERE due_at IS NOT NULL;
PRAGMA user_version = 2;
";

/// Nothing changes in the tables: the item of a conversation may hold a recent list, which earlier
/// versions do not keep.
const SCHEMA_3: &str = "PRAGMA user_version = 3;";

/// Items have numbers, and their keys an index of their own. Without numbers the inner pages of
/// the tree hold whole items, four to a page, and an item of more than 1,000 bytes has a second
/// page. The body is last, so that no condition has to read past it. The indexes come first: built
/// afterwards, they would be sorted in memory.
const SCHEMA_4: &str = "
CREATE TABLE numbered (
    id INTEGER PRIMARY KEY,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER,
    idx TEXT,
    due_at INTEGER,
    body TEXT NOT NULL
);
DROP INDEX items_by_index;
DROP INDEX items_by_expiry;
DROP INDEX items_by_due;
CREATE UNIQUE INDEX items_by_key ON numbered (pk, sk);
CREATE INDEX items_by_index ON numbered (idx) WHERE idx IS NOT NULL;
CREATE INDEX items_by_expiry ON numbered (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX items_by_due ON numbered (due_at) WHERE due_at IS NOT NULL;
INSERT INTO numbered (pk, sk, version, expires_at, idx, due_at, body)
SELECT pk, sk, version, expires_at, idx, due_at, body FROM items;
DROP TABLE items;
ALTER TABLE numbered RENAME TO items;
PRAGMA user_version = 4;
";

/// Opens the one connection that writes, and creates or upgrades the tables.
pub(crate) fn open_writer(file: &Path) -> Result<Connection, OpenError> {
    let refused = |source| OpenError::Database { path: file.to_owned(), source };
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(refused)?;
    let found = version(&connection).map_err(refused)?;
    refuse_newer(file, found)?;
    prepare(&connection, found).map_err(refused)?;
    Ok(connection)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn refuse_newer(file: &Path, found: i64) -> Result<(), OpenError> {
    if found > KNOWN {
        return Err(OpenError::NewerSchema { path: file.to_owned(), found, known: KNOWN });
    }
    Ok(())
}

/// Whether the tables have the schema of this version, not of an older one.
pub(crate) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    version(connection).map(|found| found >= KNOWN)
}

/// Checks that a database of this version or an older one exists. Changes nothing.
pub(crate) fn check(file: &Path) -> Result<(), OpenError> {
    match std::fs::File::open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return Err(OpenError::Forbidden { path: file.to_owned() });
        }
        Err(_) => return Err(OpenError::Absent { path: file.to_owned() }),
    }
    let found = open_reader(file).and_then(|connection| version(&connection)).map_err(
        |source| match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                OpenError::Damaged { path: file.to_owned(), source }
            }
            _ => OpenError::Visit { path: file.to_owned(), source },
        },
    )?;
    if found == 0 {
        return Err(OpenError::Absent { path: file.to_owned() });
    }
    refuse_newer(file, found)
}

fn prepare(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    // A checkpoint every 4,000 pages (16 MiB) writes a busy page once; the default of 1,000 writes
    // it four times.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -8192;
         PRAGMA temp_store = MEMORY;",
    )?;
    upgrade(connection, found)
}

/// Upgrades from version `found`, 0 for an empty database, to the newest. If the connection ends,
/// nothing has changed.
pub(crate) fn upgrade(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    let taken = usize::try_from(found).unwrap_or_default();
    match STEPS.get(taken..).unwrap_or_default() {
        [] => Ok(()),
        missing => {
            if taken > 0 {
                tracing::info!(
                    from = taken,
                    to = KNOWN,
                    "the database gets a new schema; this takes some seconds for each gigabyte"
                );
            }
            connection.execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT;", missing.concat()))
        }
    }
}

/// The position of the last entry in the queues, 0 if there is none.
pub(crate) fn last_sequence(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(sequence), 0) FROM queue", [], |row| row.get(0))
}

/// Opens a connection that writes beside a running instance; the database must exist.
pub(crate) fn open_visitor(file: &Path) -> rusqlite::Result<Connection> {
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA synchronous = FULL;")?;
    Ok(connection)
}

/// Opens a read-only connection that sees committed data.
pub(crate) fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}
