//! Work that a call only begins: it is done after some reads, or after some time.

use std::time::Duration;

use tokio::time::Instant;

/// When work that was begun is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// After so many reads that found it still in progress.
    AfterReads(u32),
    /// At the first read after this time.
    After(Duration),
}

/// One such work.
#[derive(Debug)]
pub(super) struct Progress {
    completion: Completion,
    begun: Instant,
    reads: u32,
    /// What it will fail with.
    pub(super) error: Option<String>,
}

impl Progress {
    pub(super) fn begin(completion: Completion, error: Option<String>) -> Self {
        Self { completion, begun: Instant::now(), reads: 0, error }
    }

    /// Whether a read finds it done.
    pub(super) fn is_done_at_read(&mut self) -> bool {
        match self.completion {
            Completion::AfterReads(reads) => {
                let is_done = self.reads >= reads;
                self.reads = self.reads.saturating_add(1);
                is_done
            }
            Completion::After(time) => self.begun.elapsed() >= time,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Completion, Progress};

    #[test]
    fn work_is_done_after_its_reads() {
        let mut progress = Progress::begin(Completion::AfterReads(2), None);
        let found: Vec<_> = (0..4).map(|_| progress.is_done_at_read()).collect();
        assert_eq!(found, [false, false, true, true]);
        assert!(Progress::begin(Completion::AfterReads(0), None).is_done_at_read());
    }

    #[test]
    fn work_is_done_after_its_time() {
        let after = |time| Progress::begin(Completion::After(time), None).is_done_at_read();
        assert!(after(Duration::ZERO));
        assert!(!after(Duration::from_secs(3600)));
    }
}
