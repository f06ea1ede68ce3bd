//! A clock that can be set ahead, so that a person need not wait an hour, or three days.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use clients::SystemClock;
use shared::ports::Clock;
use shared::time::Timestamp;

/// The system's clock, ahead by some time. Clones share how much.
#[derive(Clone, Default)]
pub struct AheadClock(Arc<AtomicI64>);

impl AheadClock {
    /// Sets the clock further ahead.
    pub fn jump(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// How far it would be ahead after this jump, in milliseconds.
    pub fn ahead_after(&self, minutes: u32) -> i64 {
        self.ahead().saturating_add(i64::from(minutes).saturating_mul(60_000))
    }

    /// How far it is ahead, in milliseconds.
    pub fn ahead(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(SystemClock.now().milliseconds().saturating_add(self.ahead()))
    }

    fn uptime(&self) -> i64 {
        SystemClock.uptime().saturating_add(self.ahead())
    }

    fn random(&self) -> u64 {
        SystemClock.random()
    }

    async fn sleep(&self, duration: Duration) {
        SystemClock.sleep(duration).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_sets_every_clone_and_both_clocks_ahead() {
        let clock = AheadClock::default();
        let before = clock.clone().moment();
        clock.jump(3_600_000);
        let after = clock.clone().moment();
        assert!((3_600_000..3_660_000).contains(&after.at.since(before.at)));
        assert!((3_600_000..3_660_000).contains(&(after.uptime - before.uptime)));
        assert_eq!(clock.ahead(), 3_600_000);
    }
}
