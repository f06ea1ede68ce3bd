//! Limits the log lines that unauthenticated callers can cause.
//!
//! Rule: at most a few lines per subject within 10 s. The `count` of a line says how many requests
//! it stands for, including earlier requests without a line.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::lock::lock;
use crate::time::Timestamp;

const WINDOW: Duration = Duration::from_secs(10);
/// The most subjects kept; when there are more, all are cleared. Subjects consist of configured
/// names and fixed words, so there are few.
const SUBJECTS: usize = 1_000;

/// The recent lines, by subject.
#[derive(Default)]
pub(crate) struct LogLimit(Mutex<HashMap<String, Window>>);

struct Window {
    since: Timestamp,
    written: u32,
    /// Requests without a line.
    held: u64,
}

impl LogLimit {
    /// The number of requests that a line written now stands for. `None`: write no line; a later
    /// line counts this request. `most`: the most lines per subject within 10 s.
    pub(crate) fn count(&self, subject: String, most: u32, now: Timestamp) -> Option<u64> {
        let mut windows = lock(&self.0);
        if windows.len() >= SUBJECTS && !windows.contains_key(&subject) {
            windows.clear();
        }
        let window = windows.entry(subject).or_insert(Window { since: now, written: 0, held: 0 });
        // If the clock was set back, a new window begins.
        if !now.is_within(WINDOW, window.since) {
            (window.since, window.written) = (now, 0);
        }
        if window.written >= most {
            window.held += 1;
            return None;
        }
        window.written += 1;
        Some(1 + std::mem::take(&mut window.held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_has_few_lines_and_every_request_is_counted() {
        let limit = LogLimit::default();
        let at = |second: i64| Timestamp::from_milliseconds(second * 1000);
        let lines = |requests: usize, second: i64| {
            let told = (0..requests).filter_map(|_| limit.count("a".to_owned(), 3, at(second)));
            told.collect::<Vec<_>>()
        };
        assert_eq!(lines(100, 0), [1, 1, 1]);
        assert_eq!(lines(100, 9), [0; 0]);
        assert_eq!(lines(5, 10), [198, 1, 1]);
        assert_eq!(lines(1, 60), [3]);
        assert_eq!(limit.count("b".to_owned(), 3, at(60)), Some(1));
    }
}
