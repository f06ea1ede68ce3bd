//! How long a file is waited for, and how often it is asked for; pure.
//!
//! Rule: a file never takes more of its message's time than half, whatever its source does or asks for: the rest of the message has
//! the other half.

use std::time::Duration;

use crate::delivery::backoff;
use crate::delivery::route::Situation;

/// How often a file is asked for, at least, before its message goes without it.
pub(super) const TRIES: usize = 4;
/// How long a file is tried that cannot be fetched, at most.
const LONGEST_MILLISECONDS: i64 = 30 * 60 * 1000;

/// What is left of it for one event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    left_milliseconds: i64,
    failures: u32,
}

impl Patience {
    /// What an event has left.
    pub(super) fn of(situation: &Situation<'_>) -> Self {
        let age = situation.now.since(situation.event.accepted_at);
        Self::new(age, situation.config.delivery.max_age_minutes, situation.record.failures)
    }

    fn new(age_milliseconds: i64, max_age_minutes: u32, failures: u32) -> Self {
        let half = i64::from(max_age_minutes) * 30_000;
        let left_milliseconds = LONGEST_MILLISECONDS.min(half).saturating_sub(age_milliseconds);
        Self { left_milliseconds, failures }
    }

    /// Whether the file has been tried for long enough, the attempt that has just failed included.
    pub(super) fn is_over(self) -> bool {
        let tries = usize::try_from(self.failures).unwrap_or(usize::MAX).saturating_add(1);
        self.left_milliseconds <= 0 && tries >= TRIES
    }

    /// The pause before the next attempt. The source's wish makes it longer, never shorter, and nothing makes it longer than what is
    /// left: at the end the message goes.
    pub(super) fn pause(self, wish: Option<Duration>, random: u64) -> Duration {
        let own = backoff::pause(self.failures.saturating_add(1), None, random, Duration::MAX);
        match u64::try_from(self.left_milliseconds) {
            Ok(left @ 1..) => own.max(wish.unwrap_or_default()).min(Duration::from_millis(left)),
            _ => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn it_is_over_after_half_an_hour_or_half_of_the_event() {
        for (age, max_age_minutes, failures, over) in [
            (0, 240, 100, false),
            (30 * MINUTE - 1, 240, 100, false),
            (30 * MINUTE, 240, 3, true),
            (30 * MINUTE, 240, 2, false),
            (5 * MINUTE - 1, 10, 100, false),
            (5 * MINUTE, 10, 100, true),
            (i64::MAX, u32::MAX, u32::MAX, true),
        ] {
            let patience = Patience::new(age, max_age_minutes, failures);
            assert_eq!(patience.is_over(), over, "{patience:?}");
        }
    }

    #[test]
    fn a_wish_is_followed_as_far_as_there_is_time() {
        let seconds = |patience: Patience, wish: u64| {
            patience.pause(Some(Duration::from_secs(wish)), 0).as_secs()
        };
        let first = Patience::new(0, 240, 0);
        assert_eq!([0, 7, 3600].map(|wish| seconds(first, wish)), [1, 7, 1800]);
        // When time is up, what is still to be tried is tried soon.
        let last = Patience::new(30 * MINUTE, 240, 1);
        assert_eq!(seconds(last, 3600), 2);
    }

    proptest! {
        #[test]
        fn half_of_the_event_is_left_whatever_the_source_wishes(
            age in 0i64..20_000_000, max_age_minutes in 1u32..10_000, failures in 0u32..1000, wish in 0u64..1_000_000, random: u64,
        ) {
            let pause = Patience::new(age, max_age_minutes, failures).pause(Some(Duration::from_secs(wish)), random);
            let half = i64::from(max_age_minutes) * 30_000;
            let next = age + i64::try_from(pause.as_millis()).unwrap();
            prop_assert!(age >= half.min(30 * MINUTE) || next <= half.min(30 * MINUTE));
            prop_assert!(!pause.is_zero() && pause <= Duration::from_secs(1800));
        }
    }
}
