//! Copies of files in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use media::{Kind, MediaKey, MediaStore, MediaWriter, StoredCopy};
use shared::lock::lock;
use shared::ports::PortError;
use shared::time::Timestamp;

type Copies = BTreeMap<MediaKey, (StoredCopy, Vec<u8>)>;

/// [`MediaStore`] in memory.
#[derive(Clone, Default)]
pub struct MemoryMedia {
    copies: Arc<Mutex<Copies>>,
    full: Arc<Mutex<bool>>,
}

impl MemoryMedia {
    pub fn new() -> Self {
        Self::default()
    }

    /// While the store is full, every append fails.
    pub fn set_full(&self, full: bool) {
        *lock(&self.full) = full;
    }

    /// The bytes of all copies, ordered by key.
    pub fn contents(&self) -> Vec<Vec<u8>> {
        self.copies().values().map(|(_, bytes)| bytes.clone()).collect()
    }

    fn copies(&self) -> MutexGuard<'_, Copies> {
        lock(&self.copies)
    }
}

#[async_trait]
impl MediaStore for MemoryMedia {
    async fn find(&self, key: &MediaKey) -> Result<Option<StoredCopy>, PortError> {
        Ok(self.copies().get(key).map(|(found, _)| found.clone()))
    }

    async fn begin(&self, key: &MediaKey) -> Result<Box<dyn MediaWriter>, PortError> {
        Ok(Box::new(MemoryCopyWriter { store: self.clone(), key: key.clone(), bytes: Vec::new() }))
    }
}

struct MemoryCopyWriter {
    store: MemoryMedia,
    key: MediaKey,
    bytes: Vec<u8>,
}

#[async_trait]
impl MediaWriter for MemoryCopyWriter {
    async fn append(&mut self, piece: Bytes) -> Result<(), PortError> {
        if *lock(&self.store.full) {
            return Err(PortError::unavailable("write a copy", "there is no room"));
        }
        self.bytes.extend_from_slice(&piece);
        Ok(())
    }

    async fn commit(self: Box<Self>, kind: &Kind, now: Timestamp) -> Result<(), PortError> {
        let size = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let found = StoredCopy { mime: kind.mime.to_owned(), size, stored_at: now };
        self.store.copies().insert(self.key, (found, self.bytes));
        Ok(())
    }
}
