//! Work that continues after the call that started it: it is finished after some reads, or after
//! some time.

use std::time::Duration;

use tokio::time::Instant;

/// When started work is finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// After this number of reads that found it in progress.
    AfterReads(u32),
    /// At the first read after this time.
    After(Duration),
}

#[derive(Debug)]
pub(super) struct Progress {
    completion: Completion,
    begun: Instant,
    reads: u32,
    /// The error with which it will fail.
    pub(super) error: Option<String>,
}

impl Progress {
    pub(super) fn begin(completion: Completion, error: Option<String>) -> Self {
        Self { completion, begun: Instant::now(), reads: 0, error }
    }

    /// Whether a read finds it finished.
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
