//! Every limit of the server, in one place. docs/http-limits.md explains each; the largest body
//! depends on the endpoint.

use std::time::Duration;

/// The time for the whole head of a request, and between two requests of a connection.
pub(super) const HEAD_PATIENCE: Duration = Duration::from_secs(15);
/// The longest head: the request line with its path, and all headers.
pub(super) const HEAD_BYTES: usize = 32 * 1024;
pub(super) const HEADERS: usize = 100;

pub(super) const BODY_PATIENCE: Duration = Duration::from_secs(15);
/// The time before the slowest rate applies.
pub(super) const BODY_GRACE: Duration = Duration::from_secs(3);
/// The slowest rate of a body, in bytes a second.
pub(super) const BODY_RATE: usize = 1024;
/// A body that is too large is read up to this size, so that its client can read the answer.
pub(super) const DISCARDED: usize = 8 * 1024 * 1024;

/// A body beyond this size uses memory that all such bodies share, in steps of this size.
pub(super) const SMALL_BODY: usize = 64 * 1024;
/// The number of these steps for all bodies in progress: 64 MiB.
pub(super) const LARGE_BODY_STEPS: usize = 1024;

/// The slowest rate at which a client may read an answer: a file of the largest size within an
/// hour.
pub(super) const SLOWEST: Slowness =
    Slowness { silence: Duration::from_secs(20), grace: Duration::from_secs(20), rate: 8 * 1024 };
/// The part of an unread answer that the kernel keeps, in bytes; Linux reserves twice as much. A
/// third of it must pass in less than [`Slowness::silence`] at the slowest rate, since only then is
/// there room for more.
pub(super) const SEND_BUFFER: u32 = 128 * 1024;
/// Connections that wait to be accepted.
pub(super) const BACKLOG: u32 = 1024;

pub(super) const CONNECTIONS: usize = 2048;
/// Open files of one connection: its socket, and a copy that it gets.
pub(super) const FILES_EACH: usize = 2;
/// Open files for everything else: the database, the calls to the vendors, the configuration.
pub(super) const OTHER_FILES: usize = 256;

/// How long input after the last answer is read and discarded.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

/// The time for the requests in progress when the server ends.
pub(super) const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// How slowly a client may read an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slowness {
    /// How long it may read nothing.
    pub(super) silence: Duration,
    /// How long it may keep the bridge waiting before the slowest rate applies.
    pub(super) grace: Duration,
    /// The slowest rate, in bytes a second.
    pub(super) rate: usize,
}

impl Slowness {
    /// How long a client that has read this many bytes may have kept the bridge waiting.
    pub(super) fn allowed(&self, taken: usize) -> Duration {
        self.grace.saturating_add(time_of(taken, self.rate))
    }
}

fn time_of(length: usize, rate: usize) -> Duration {
    let milliseconds = length.saturating_mul(1000) / rate.max(1);
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}

/// How long a body may have taken when this much of it has arrived, counted from its head.
pub(super) fn patience(received: usize) -> Duration {
    BODY_GRACE.saturating_add(time_of(received, BODY_RATE)).min(BODY_PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_earns_time() {
        assert_eq!(patience(0), Duration::from_secs(3));
        assert_eq!(patience(1024), Duration::from_secs(4));
        assert_eq!(patience(12 * 1024), Duration::from_secs(15));
        assert_eq!(patience(1024 * 1024), Duration::from_secs(15));
    }
}
