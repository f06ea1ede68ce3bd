//! Passes new messages from the writer to a worker that will probably need them soon, so that they
//! are not read again from the disk.
//!
//! Rule: this is never the only copy, and it uses at most [`MOST_BYTES`] bytes. The worker reads
//! other messages from the database when their turn comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::queries::StoredMessage;

/// The most bytes of bodies kept in memory, for both directions together.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Counts the bytes in use.
#[derive(Clone, Default)]
pub(crate) struct BodyMemory(Arc<AtomicUsize>);

/// A message in memory; dropping it releases its bytes.
pub(crate) struct Fresh {
    message: StoredMessage,
    bytes: usize,
    memory: BodyMemory,
}

impl BodyMemory {
    /// Keeps a message that was just committed, if there is memory. Only the writer calls this, so
    /// the check and the addition need not be atomic.
    pub(crate) fn keep(&self, group: &str, body: String) -> Option<Fresh> {
        let bytes = body.len();
        if self.0.load(Ordering::Relaxed).saturating_add(bytes) > MOST_BYTES {
            return None;
        }
        self.0.fetch_add(bytes, Ordering::Relaxed);
        let message = StoredMessage { group: group.to_owned(), body };
        Some(Fresh { message, bytes, memory: self.clone() })
    }
}

impl Fresh {
    /// Returns the message and releases its bytes.
    pub(crate) fn take(mut self) -> StoredMessage {
        StoredMessage {
            group: std::mem::take(&mut self.message.group),
            body: std::mem::take(&mut self.message.body),
        }
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.memory.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back() {
        let memory = BodyMemory::default();
        let body = || "x".repeat(MOST_BYTES / 2);
        let (first, second) = (memory.keep("group", body()), memory.keep("group", body()));
        assert!(memory.keep("group", "x".to_owned()).is_none());
        assert_eq!(first.unwrap().take().body.len(), MOST_BYTES / 2);
        assert!(memory.keep("group", body()).is_some());
        drop(second);
        assert_eq!(memory.0.load(Ordering::Relaxed), 0);
    }
}
