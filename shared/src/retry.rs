//! Pauses between attempts that grow up to a limit, and jitter.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::ports::Clock;

/// The end of the attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// This many pauses.
    Pauses(u32),
    /// This time since the first attempt; the last pause is shortened to end with it.
    Time(Duration),
}

/// The pauses between the attempts of one task.
pub struct Pauses<'a> {
    clock: &'a dyn Clock,
    next: Duration,
    longest: Duration,
    limit: Limit,
    began: i64,
}

impl<'a> Pauses<'a> {
    /// The first attempt begins now. The first pause is the start of `range`; each further one is
    /// twice as long, up to the end of `range`.
    pub fn new(clock: &'a dyn Clock, range: RangeInclusive<Duration>, limit: Limit) -> Self {
        let (next, longest) = range.into_inner();
        Self { clock, next, longest, limit, began: clock.uptime() }
    }

    /// The time since the first attempt began. A clock that is set does not change it.
    pub fn waited(&self) -> Duration {
        let waited = self.clock.uptime().saturating_sub(self.began);
        Duration::from_millis(u64::try_from(waited).unwrap_or_default())
    }

    /// Pauses before the next attempt; returns `false` at once when the limit is reached.
    pub async fn pause(&mut self) -> bool {
        let pause = match &mut self.limit {
            Limit::Pauses(0) => return false,
            Limit::Pauses(left) => {
                *left -= 1;
                self.next
            }
            Limit::Time(time) => self.next.min(time.saturating_sub(self.waited())),
        };
        if pause.is_zero() {
            return false;
        }
        self.clock.sleep(pause).await;
        self.next = (self.next * 2).min(self.longest);
        true
    }
}

/// A random part of `limit`, from zero up to and with `limit`.
pub fn random_part(limit: Duration, random: u64) -> Duration {
    let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random % limit.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::time::Timestamp;

    /// A clock that moves only by pauses.
    #[derive(Default)]
    struct Paused(Mutex<Vec<Duration>>);

    #[async_trait]
    impl Clock for Paused {
        fn now(&self) -> Timestamp {
            let slept: Duration = self.0.lock().unwrap().iter().sum();
            Timestamp::from_milliseconds(i64::try_from(slept.as_millis()).unwrap())
        }

        fn random(&self) -> u64 {
            0
        }

        async fn sleep(&self, duration: Duration) {
            self.0.lock().unwrap().push(duration);
        }
    }

    fn pauses(range: RangeInclusive<u64>, limit: Limit) -> Vec<u64> {
        let clock = Paused::default();
        let (first, longest) = range.into_inner();
        let range = Duration::from_millis(first)..=Duration::from_millis(longest);
        let mut pauses = Pauses::new(&clock, range, limit);
        while futures_util::FutureExt::now_or_never(pauses.pause()).unwrap() {}
        let slept = clock.0.lock().unwrap().clone();
        slept.iter().map(|pause| u64::try_from(pause.as_millis()).unwrap()).collect()
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end_at_the_limit() {
        assert_eq!(pauses(30..=100, Limit::Pauses(4)), [30, 60, 100, 100]);
        assert_eq!(pauses(50..=50, Limit::Pauses(2)), [50, 50]);
        assert!(pauses(30..=100, Limit::Pauses(0)).is_empty());
    }

    #[test]
    fn the_last_pause_ends_with_the_time() {
        let time = |milliseconds| Limit::Time(Duration::from_millis(milliseconds));
        assert_eq!(pauses(20..=250, time(600)), [20, 40, 80, 160, 250, 50]);
        assert!(pauses(20..=250, time(0)).is_empty());
    }
}
