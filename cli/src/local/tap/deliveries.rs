//! Which event is being delivered, so that a call to a vendor can be shown with its event.
//!
//! Rule: the records of a batch are delivered in order, and the log has a line about each before
//! the next one is begun.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use delivery::batch::{BatchHandler, Outcome, QueueRecord};

use super::queue::read;

tokio::task_local! {
    static BATCH: Arc<Batch>;
}

/// The records that are being delivered.
struct Batch {
    /// The trace of each record.
    traces: Vec<String>,
    current: AtomicUsize,
}

impl Batch {
    fn current(&self) -> Option<&String> {
        self.traces.get(self.current.load(Ordering::Relaxed))
    }

    /// A line says how the delivery of the current record ended.
    fn ended(&self, trace: &str) {
        if self.current().is_some_and(|current| current == trace) {
            self.current.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub struct Tapped {
    pub inner: Arc<dyn BatchHandler>,
}

#[async_trait]
impl BatchHandler for Tapped {
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
        let trace = |record: &QueueRecord| {
            let event = read(&record.body);
            event.map(|event| event.trace.as_str().to_owned()).unwrap_or_default()
        };
        let traces = records.iter().map(trace).collect();
        let batch = Batch { traces, current: AtomicUsize::new(0) };
        BATCH.scope(Arc::new(batch), self.inner.handle(records)).await
    }
}

/// The trace of the event that is being delivered by this task.
pub fn current() -> Option<String> {
    BATCH.try_with(|batch| batch.current().cloned()).ok().flatten()
}

/// The names of the lines with which the delivery of a record ends, for now or for good.
const ENDS: [&str; 8] =
    ["delivered", "settled", "left", "failed", "retried", "delayed", "held_back", "shed"];

/// The log has a line about an event.
pub fn noted(name: &str, trace: &str) {
    if ENDS.contains(&name) {
        // Outside a batch there is nothing to end.
        let _ = BATCH.try_with(|batch| batch.ended(trace));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_about_the_current_record_begins_the_next_one() {
        let traces = vec!["a".to_owned(), "b".to_owned()];
        let batch = Arc::new(Batch { traces, current: AtomicUsize::new(0) });
        BATCH
            .scope(batch, async {
                assert_eq!(current(), Some("a".to_owned()));
                noted("accepted", "a");
                noted("delivered", "b");
                assert_eq!(current(), Some("a".to_owned()));
                noted("delivered", "a");
                assert_eq!(current(), Some("b".to_owned()));
                noted("retried", "b");
                assert_eq!(current(), None);
            })
            .await;
        assert_eq!(current(), None);
    }
}
