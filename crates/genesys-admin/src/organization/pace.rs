//! The clock that the administration waits by.
//!
//! Tests run against a simulated platform whose own times are shortened; this clock runs faster by
//! the same factor. Times with the same factor can be compared across runs of the program, because
//! each is the system's time multiplied.

use std::time::Duration;

use async_trait::async_trait;
use clients::SystemClock;
use shared::ports::Clock;
use shared::time::Timestamp;

/// The largest factor: a time later than this multiple of the present cannot be written.
const FASTEST: u32 = 100;

/// The system's clock, made faster for tests.
#[derive(Clone, Copy, Debug)]
pub struct PlatformClock {
    faster: u32,
}

impl PlatformClock {
    /// A clock that runs `times` times faster, at most 100. Only tests use a factor above 1.
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
