//! The tables, and the connections to them.
//!
//! Rule: a commit is on the disk when it returns; a database of an older bridge is brought up to date in one piece, by the
//! instance that owns it; one of a newer bridge is left alone.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::OpenError;

/// What each version of the schema adds to the one before. A version that is out is never changed: the next one follows.
const STEPS: [&str; 2] = [SCHEMA_1, SCHEMA_2];

/// The newest schema that this code reads and writes.
const KNOWN: i64 = STEPS.len() as i64;

/// Only a tool of an operator can hold a lock that the writer needs; it gets this long to finish.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// `direction`: 0 inbound, 1 outbound. `attempts`: failed ones. Times are milliseconds since 1970.
/// AUTOINCREMENT, since a deletion still under way must never hit a new row with an old number.
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

/// `due_at`: milliseconds since 1970. SQLite writes no row of the table anew for it; the index looks at each once.
const SCHEMA_2: &str = "
ALTER TABLE items ADD COLUMN due_at INTEGER;
CREATE INDEX items_by_due ON items (due_at) WHERE due_at IS NOT NULL;
PRAGMA user_version = 2;
";

/// Opens the one connection that writes, and makes the tables or brings them up to date.
pub(crate) fn open_writer(file: &Path) -> Result<Connection, OpenError> {
    let refused = |source| OpenError::Database { path: file.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(refused)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(refused)?;
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

/// Whether the tables are those of this version, not of an older one.
pub(crate) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    version(connection).map(|found| found >= KNOWN)
}

/// Checks that there is a database that this code knows, of this version or an older one, and changes nothing.
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
    // A checkpoint each 4,000 pages (16 MiB) writes a busy page once where the default of 1,000 writes it four times.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY;",
    )?;
    upgrade(connection, found)
}

/// Takes the steps from a version, 0 for an empty database, to the newest: all or, should the connection end, none.
pub(crate) fn upgrade(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    let taken = usize::try_from(found).unwrap_or_default();
    match STEPS.get(taken..).unwrap_or_default() {
        [] => Ok(()),
        missing => {
            connection.execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT;", missing.concat()))
        }
    }
}

/// The last entry of the queues, 0 when there is none.
pub(crate) fn last_sequence(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(sequence), 0) FROM queue", [], |row| row.get(0))
}

/// Opens a connection that writes beside the one of a running instance, to a database that there is.
pub(crate) fn open_visitor(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch("PRAGMA synchronous = FULL;")?;
    Ok(connection)
}

/// Opens a connection that sees what has been committed, and cannot write.
pub(crate) fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}
