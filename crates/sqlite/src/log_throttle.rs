//! A log line about lasting trouble, which must not fill the log.
//!
//! Rule: at most one line in 10 s, and it says in `count` how many failures it stands for.

use std::sync::Mutex;
use std::time::Duration;

use shared::lock::lock;
use shared::time::Timestamp;

/// The time between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// The lines about one kind of trouble.
#[derive(Debug, Default)]
pub(crate) struct LogThrottle(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    written_at: Option<Timestamp>,
    /// Failures without a line.
    held: u64,
}

impl LogThrottle {
    /// For how many failures to write a line now; `None`: the failure is counted in a later line.
    pub(crate) fn count(&self, now: Timestamp) -> Option<u64> {
        let mut lately = lock(&self.0);
        if lately.written_at.is_some_and(|at| now.is_within(PAUSE, at)) {
            lately.held += 1;
            return None;
        }
        lately.written_at = Some(now);
        Some(1 + std::mem::take(&mut lately.held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_that_lasts_has_one_line_in_ten_seconds() {
        let line = LogThrottle::default();
        let at = |milliseconds| line.count(Timestamp::from_milliseconds(milliseconds));
        assert_eq!([at(0), at(1), at(9_999)], [Some(1), None, None]);
        assert_eq!([at(10_000), at(10_001)], [Some(3), None]);
        // A clock that is set back holds no line back.
        assert_eq!(at(500), Some(2));
    }
}
