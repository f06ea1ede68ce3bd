//! Limits how many files a process copies at the same time, so that slow sources do not delay
//! others.
//!
//! Rule: an event never waits for a permit while it holds its conversation; it returns a little
//! later instead. The files of one host get at most half of the permits, so that a slow host leaves
//! the other half.

use std::collections::HashMap;
use std::sync::Mutex;

use shared::lock::lock;

/// The number of files copied at the same time, of all conversations of a direction.
const ALL: usize = 96;
/// The same for one host.
const OF_ONE_HOST: usize = ALL / 2;

/// The permits of a relay.
#[derive(Debug, Default)]
pub struct CopyPermits(Mutex<HashMap<String, usize>>);

/// The permit of one file. Dropping it releases it.
#[derive(Debug)]
pub(super) struct CopyPermit<'a> {
    permits: &'a CopyPermits,
    host: String,
}

impl CopyPermits {
    /// Returns a permit for a file of this host, if one is free.
    pub(super) fn take(&self, host: &str) -> Option<CopyPermit<'_>> {
        let mut taken = lock(&self.0);
        let of_host = taken.get(host).copied().unwrap_or_default();
        if of_host >= OF_ONE_HOST || taken.values().sum::<usize>() >= ALL {
            return None;
        }
        taken.insert(host.to_owned(), of_host + 1);
        Some(CopyPermit { permits: self, host: host.to_owned() })
    }
}

impl Drop for CopyPermit<'_> {
    fn drop(&mut self) {
        let mut taken = lock(&self.permits.0);
        match taken.get_mut(&self.host) {
            Some(of_host) if *of_host > 1 => *of_host -= 1,
            _ => drop(taken.remove(&self.host)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_leaves_half_of_the_seats_and_all_come_back() {
        let permits = CopyPermits::default();
        let slow: Vec<_> = (0..ALL).map_while(|_| permits.take("slow.example.com")).collect();
        assert_eq!(slow.len(), OF_ONE_HOST);
        let other: Vec<_> = (0..ALL).map_while(|_| permits.take("a.example.com")).collect();
        assert_eq!(other.len(), ALL - OF_ONE_HOST);
        assert!(permits.take("b.example.com").is_none());
        drop((slow, other));
        assert!(permits.0.lock().unwrap().is_empty());
        assert!(permits.take("b.example.com").is_some());
    }
}
