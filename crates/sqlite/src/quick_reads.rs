//! Reads items on the caller's own thread: the way to the reader thread and back costs more than
//! most reads.
//!
//! Rule: a read waits for nothing here, neither for another caller nor for a lock of the database.
//! The reader thread gets the reads that would have to wait.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::Connection;
use shared::lock::lock;
use shared::ports::{Item, ItemKey};
use shared::time::Timestamp;

use crate::numbers::Numbers;
use crate::queries;
use crate::schema;

/// In kilobytes, negative for SQLite: the inner pages of a million conversations.
const CACHE: i64 = -6144;

pub(crate) struct QuickReads {
    /// A connection that cannot write; `None` once it is closed.
    connection: Mutex<Option<Connection>>,
    numbers: Arc<Numbers>,
}

impl QuickReads {
    /// `numbers` gets the numbers of the items that are read.
    pub(crate) fn open(file: &Path, numbers: Arc<Numbers>) -> rusqlite::Result<Self> {
        let connection = schema::open_reader(file)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        Ok(Self { connection: Mutex::new(Some(connection)), numbers })
    }

    /// The items with these keys, in the order of `keys`, from one snapshot that has every write
    /// answered so far. `None`: ask the reader thread, which names an error, too.
    pub(crate) fn load(&self, keys: &[ItemKey], now: Timestamp) -> Option<Vec<Option<Item>>> {
        let mut held = self.connection.try_lock().ok()?;
        let connection = held.as_ref()?;
        let read = || queries::load_numbered(connection, keys, now, &self.numbers);
        let items = in_a_snapshot(connection, read);
        if !connection.is_autocommit() {
            // A snapshot that does not end would keep the log from being reused.
            *held = None;
        }
        items.ok()
    }

    /// Ends all reads, so that none holds the log when the writer checkpoints.
    pub(crate) fn close(&self) {
        drop(lock(&self.connection).take());
    }
}

fn in_a_snapshot<T>(
    connection: &Connection,
    read: impl FnOnce() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = read();
    let ended = connection.prepare_cached("COMMIT")?.execute([]);
    result.and_then(|result| ended.map(|_| result))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> [ItemKey; 2] {
        [ItemKey::new("here", "item"), ItemKey::new("not here", "item")]
    }

    /// The folder, a connection that writes, and quick reads beside it.
    fn opened() -> (tempfile::TempDir, Connection, QuickReads) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("database");
        std::fs::write(&file, "").unwrap();
        let writing = schema::open_writer(&file).unwrap();
        let reads = QuickReads::open(&file, Arc::default()).unwrap();
        (folder, writing, reads)
    }

    fn put(writing: &Connection, version: u64) {
        let put = "INSERT OR REPLACE INTO items (pk, sk, body, version) VALUES ('here', 'item', '{}', ?1)";
        writing.execute(put, [i64::try_from(version).unwrap()]).unwrap();
    }

    fn versions(reads: &QuickReads) -> Option<Vec<Option<u64>>> {
        let items = reads.load(&keys(), Timestamp::from_milliseconds(0))?;
        Some(items.into_iter().map(|item| item.map(|item| item.version)).collect())
    }

    #[test]
    fn each_read_has_what_was_committed_before_it() {
        let (_folder, writing, reads) = opened();
        for version in 1..=3 {
            put(&writing, version);
            assert_eq!(versions(&reads), Some(vec![Some(version), None]));
        }
    }

    #[test]
    fn no_snapshot_remains_that_would_hold_the_log() {
        let (_folder, writing, reads) = opened();
        put(&writing, 1);
        assert!(versions(&reads).is_some());
        let busy: i64 =
            writing.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
        assert_eq!(busy, 0);
    }

    #[test]
    fn what_would_have_to_wait_is_left_to_the_reader_thread() {
        let (_folder, _writing, reads) = opened();
        let held = lock(&reads.connection);
        assert_eq!(versions(&reads), None);
        drop(held);
        reads.close();
        assert_eq!(versions(&reads), None);
    }
}
