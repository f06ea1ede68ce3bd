//! Every limit of the server, in one place. docs/http-limits.md says what each is for; the largest
//! body is the endpoint's to say.

use std::time::Duration;

/// For the whole head of a request, and between two requests of one connection.
pub(super) const HEAD_PATIENCE: Duration = Duration::from_secs(15);
/// The longest head: the request line with its path, and all headers.
pub(super) const HEAD_BYTES: usize = 32 * 1024;
/// The most headers.
pub(super) const HEADERS: usize = 100;

/// For the whole body.
pub(super) const BODY_PATIENCE: Duration = Duration::from_secs(15);
/// Before the slowest rate is demanded.
pub(super) const BODY_GRACE: Duration = Duration::from_secs(3);
/// The slowest rate of a body, in bytes a second.
pub(super) const BODY_RATE: usize = 1024;
/// A body that is too large is read up to this size, so that its client can read the answer.
pub(super) const DISCARDED: usize = 8 * 1024 * 1024;

/// A body beyond this size takes room from what all such bodies share, in steps of this size.
pub(super) const SMALL_BODY: usize = 64 * 1024;
/// How many such steps there are for all bodies that are under way: 64 MiB.
pub(super) const LARGE_BODY_STEPS: usize = 1024;

/// How slowly an answer may be taken: a file of the largest size within the hour.
pub(super) const SLOWEST: Slowness =
    Slowness { silence: Duration::from_secs(20), grace: Duration::from_secs(20), rate: 8 * 1024 };
/// What the kernel keeps of an answer that is not taken, in bytes; Linux reserves twice as much. A third of it must pass in
/// less than [`Slowness::silence`] at the slowest rate, since only then is there room for more.
pub(super) const SEND_BUFFER: u32 = 128 * 1024;
/// Connections that wait to be accepted.
pub(super) const BACKLOG: u32 = 1024;

/// Connections at once.
pub(super) const CONNECTIONS: usize = 2048;
/// Open files of one connection: itself, and a copy that it is given.
pub(super) const FILES_EACH: usize = 2;
/// Open files that are left for everything else: the database, the calls to the vendors, the configuration.
pub(super) const OTHER_FILES: usize = 256;

/// For what a client still sends when its last answer is complete: so long it is read away.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(2);

/// For the requests under way when the server ends.
pub(super) const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// How slow a client may be that takes an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slowness {
    /// So long it may take nothing at all.
    pub(super) silence: Duration,
    /// So long it may keep the bridge waiting before the slowest rate is demanded.
    pub(super) grace: Duration,
    /// The slowest rate, in bytes a second.
    pub(super) rate: usize,
}

impl Slowness {
    /// How long a client may have kept the bridge waiting that has taken so many bytes.
    pub(super) fn allowed(&self, taken: usize) -> Duration {
        self.grace.saturating_add(time_of(taken, self.rate))
    }
}

/// How long so many bytes take at a rate.
fn time_of(length: usize, rate: usize) -> Duration {
    let milliseconds = length.saturating_mul(1000) / rate.max(1);
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}

/// How long a body of which so much has come may take by now, counted from its head.
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
