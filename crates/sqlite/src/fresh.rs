//! Passes new messages from the writer to a worker that will probably need them soon, so that they
//! are not read again from the disk.
//!
//! Rule: this is never the only copy, and it uses at most [`ROOM`] bytes. The worker reads other
//! messages from the database when their turn comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::queries::StoredMessage;

/// The most bytes of bodies kept in memory, for both directions together.
const ROOM: usize = 4 * 1024 * 1024;

/// Counts the bytes in use.
#[derive(Clone, Default)]
pub(crate) struct Room(Arc<AtomicUsize>);

/// A message in memory; dropping it releases its bytes.
pub(crate) struct Fresh {
    message: StoredMessage,
    bytes: usize,
    room: Room,
}

impl Room {
    /// Keeps a message that was just committed, if there is room. Only the writer calls this, so
    /// the check and the addition need not be atomic.
    pub(crate) fn keep(&self, group: &str, body: String) -> Option<Fresh> {
        let bytes = body.len();
        if self.0.load(Ordering::Relaxed).saturating_add(bytes) > ROOM {
            return None;
        }
        self.0.fetch_add(bytes, Ordering::Relaxed);
        let message = StoredMessage { group: group.to_owned(), body };
        Some(Fresh { message, bytes, room: self.clone() })
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
        self.room.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_given_back() {
        let room = Room::default();
        let body = || "x".repeat(ROOM / 2);
        let (first, second) = (room.keep("group", body()), room.keep("group", body()));
        assert!(room.keep("group", "x".to_owned()).is_none());
        assert_eq!(first.unwrap().take().body.len(), ROOM / 2);
        assert!(room.keep("group", body()).is_some());
        drop(second);
        assert_eq!(room.0.load(Ordering::Relaxed), 0);
    }
}
