//! A clock that moves only when a task sleeps or a test moves it, and random numbers from a seed.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use shared::ports::Clock;
use shared::time::{Timestamp, whole_milliseconds};

/// 2026-11-22T10:00:00Z: the time at which every clock starts.
const BEGINNING: i64 = 1_795_341_600_000;
/// The increment of the generator `SplitMix64`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A clock in virtual time.
///
/// A sleeping task lets every other task run once. Then the clock moves to the end of the sleep,
/// unless other tasks have already moved it further. So concurrent sleeps overlap, as real ones do.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    /// By how much the time was set back in all, in milliseconds.
    back: AtomicI64,
    seed: AtomicU64,
}

impl ManualClock {
    /// The same seed gives the same random numbers.
    pub fn new(seed: u64) -> Self {
        Self { now: AtomicI64::new(BEGINNING), back: AtomicI64::new(0), seed: AtomicU64::new(seed) }
    }

    pub fn advance(&self, duration: Duration) {
        self.now.fetch_add(whole_milliseconds(duration), Ordering::SeqCst);
    }

    /// Sets the time back, as when the clock of a machine is corrected.
    pub fn set_back(&self, duration: Duration) {
        let milliseconds = whole_milliseconds(duration);
        self.back.fetch_add(milliseconds, Ordering::SeqCst);
        self.now.fetch_sub(milliseconds, Ordering::SeqCst);
    }

    /// Moves the time forward to `instant`; an earlier instant changes nothing.
    pub fn advance_to(&self, instant: Timestamp) {
        self.now.fetch_max(instant.milliseconds(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.now.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> i64 {
        self.now.load(Ordering::SeqCst) + self.back.load(Ordering::SeqCst)
    }

    fn random(&self) -> u64 {
        let mut mixed = self.seed.fetch_add(GOLDEN, Ordering::SeqCst).wrapping_add(GOLDEN);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.now() + duration;
        tokio::task::yield_now().await;
        self.advance_to(end);
    }
}
