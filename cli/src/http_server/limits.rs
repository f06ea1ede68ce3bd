//! Every limit of the server, in one place. The table under "The open door" in ARCHITECTURE.md says what each is for; the largest
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

/// Connections at once.
pub(super) const CONNECTIONS: usize = 2048;
/// Open files that are left for everything else: the database, the calls to the vendors, the configuration.
pub(super) const OTHER_FILES: usize = 256;

/// For the requests under way when the server ends.
pub(super) const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// How long a body of which so much has come may take by now, counted from its head.
pub(super) fn patience(received: usize) -> Duration {
    let earned =
        Duration::from_millis(u64::try_from(received * 1000 / BODY_RATE).unwrap_or(u64::MAX));
    BODY_GRACE.saturating_add(earned).min(BODY_PATIENCE)
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
