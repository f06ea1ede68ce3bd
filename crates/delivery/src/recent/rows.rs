//! The items of conversations as this process read or wrote them last.
//!
//! Rule: this is only a guess. Each write is conditional on the version of the item that is used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use shared::lock::lock;
use shared::ports::Item;

/// The most items. A process delivers fewer events at once; each item has about 2 KB.
const MOST: usize = 1024;

/// The items by partition.
#[derive(Default)]
pub(super) struct Rows(Mutex<HashMap<String, Arc<Item>>>);

impl Rows {
    pub(super) fn put(&self, partition: String, item: Arc<Item>) {
        let mut rows = lock(&self.0);
        if rows.len() >= MOST {
            rows.clear();
        }
        rows.insert(partition, item);
    }

    pub(super) fn get(&self, partition: &str) -> Option<Arc<Item>> {
        lock(&self.0).get(partition).cloned()
    }

    /// Returns the item and forgets it, because a write makes it old.
    pub(super) fn take(&self, partition: &str) -> Option<Arc<Item>> {
        lock(&self.0).remove(partition)
    }
}
