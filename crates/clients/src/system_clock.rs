//! The real clock: the only place that asks the system for the time and for random numbers.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use shared::ports::Clock;
use shared::time::Timestamp;

/// The system's clock, its random numbers, and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the clock that everything else takes as an argument"
        )]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn uptime(&self) -> i64 {
        static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
        i64::try_from(STARTED.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn random(&self) -> u64 {
        rand::random()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
