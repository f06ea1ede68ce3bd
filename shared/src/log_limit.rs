//! How many log lines callers can cause who have proved nothing.
//!
//! Rule: within 10 s at most a few lines for one subject; a line says in `count` how many requests
//! it stands for, those that had no line of their own before it included.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::time::Timestamp;

/// How long a window is, in milliseconds.
const WINDOW_MILLISECONDS: i64 = 10_000;
/// Subjects remembered; beyond it all are forgotten. They are made of configured names and fixed
/// words, so there are few.
const SUBJECTS: usize = 1_000;

/// What was written lately, by subject.
#[derive(Default)]
pub(crate) struct LogLimit(Mutex<HashMap<String, Window>>);

struct Window {
    since: Timestamp,
    written: u32,
    /// Requests without a line.
    held: u64,
}

impl LogLimit {
    /// For how many requests a line is to be written now; `None`: for none, this one is counted in
    /// a later line. `most`: lines of this subject within 10 s.
    pub(crate) fn count(&self, subject: String, most: u32, now: Timestamp) -> Option<u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= SUBJECTS && !windows.contains_key(&subject) {
            windows.clear();
        }
        let window = windows.entry(subject).or_insert(Window { since: now, written: 0, held: 0 });
        // A clock that was set back begins a new window.
        if !now.is_within(WINDOW_MILLISECONDS, window.since) {
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
