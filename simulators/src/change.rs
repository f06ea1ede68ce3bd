//! Notifies waiting tests of changes, without polling.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// A counter that any task may watch.
#[derive(Debug)]
pub(crate) struct Changes(watch::Sender<u64>);

impl Changes {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub(crate) fn announce(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns true as soon as `holds` is true, or false when it is still false after `timeout`.
    pub(crate) async fn wait_until(&self, timeout: Duration, holds: impl Fn() -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        let mut changes = self.0.subscribe();
        loop {
            if holds() {
                return true;
            }
            match timeout_at(deadline, changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return holds(),
            }
        }
    }
}
