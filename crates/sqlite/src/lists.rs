//! The recent lists of conversations in this store.

use std::sync::Arc;

use delivery::RecentStore;
use shared::ports::{Clock, Store};

/// The most bytes of a conversation's body. With its key and the other columns, the row then has
/// less than 1,002 bytes. SQLite stores the rest of a longer row of a table without row ids on a
/// page of its own, so that each conversation would take 4 KB more and each change two pages.
const MOST_BYTES: usize = 850;

/// A database as the bridge uses it: conversations hold the records of their latest events.
pub fn with_lists(rows: Arc<dyn Store>, clock: Arc<dyn Clock>) -> RecentStore {
    RecentStore::new(rows, clock).with_bodies_of(MOST_BYTES)
}
