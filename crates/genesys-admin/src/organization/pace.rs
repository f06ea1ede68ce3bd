//! The clock that the administration waits by.
//!
//! Tests play against a platform whose own times are shortened; this clock runs faster by the same factor. Times of one speed can be
//! compared over several runs of the program, since each is the system's time multiplied.

use std::time::Duration;

use async_trait::async_trait;
use clients::SystemClock;
use shared::ports::Clock;
use shared::time::Timestamp;

/// A later time than this many times the present cannot be written.
const FASTEST: u32 = 100;

/// The system's clock, as fast as the tests say.
#[derive(Clone, Copy, Debug)]
pub struct PlatformClock {
    faster: u32,
}

impl PlatformClock {
    /// A clock that runs so many times faster, at most a hundred; faster than once for tests only.
    pub fn faster(times: u32) -> Self {
        Self { faster: times.clamp(1, FASTEST) }
    }
}

#[async_trait]
impl Clock for PlatformClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now().milliseconds();
        Timestamp::from_milliseconds(now.saturating_mul(i64::from(self.faster)))
    }

    fn random(&self) -> u64 {
        SystemClock.random()
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration / self.faster).await;
    }
}
