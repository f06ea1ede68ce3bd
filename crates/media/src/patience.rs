//! Decides how long an event waits for a file; pure.
//!
//! Rule: a file takes at most half of its message's time, whatever its source does or asks for,
//! however often it was tried, and whenever its turn came. The other half is for the rest of the
//! message. Within the first half, an event that was never tried, for example because of an outage
//! of the other side, gets one try for its files, however late.

use std::time::Duration;

use delivery::backoff;
use delivery::route::Situation;

/// The longest time for which a file that cannot be fetched is retried.
const LONGEST: Duration = Duration::from_mins(30);
/// The time that is kept for a last attempt: the shorter of this time and this part of the whole
/// time.
const LAST: Duration = Duration::from_secs(30);
const LAST_PART: u32 = 4;

/// The time that one event has for its files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    age: Duration,
    whole: Duration,
    failures: u32,
}

impl Patience {
    /// Computes the time of an event, counted from its acceptance.
    pub(super) fn of(situation: &Situation<'_>, now: shared::time::Timestamp) -> Self {
        let minutes = situation.config.delivery.max_age_minutes;
        let half = Self {
            age: now.elapsed_since(situation.event.accepted_at),
            whole: Duration::from_mins(u64::from(minutes)) / 2,
            failures: situation.record.failures,
        };
        if situation.record.tried == 0 { half } else { half.after_a_try() }
    }

    /// The time of an event that was tried before.
    pub(super) fn after_a_try(self) -> Self {
        Self { whole: LONGEST.min(self.whole), ..self }
    }

    /// Whether the event has waited long enough for the file.
    pub(super) fn is_over(self) -> bool {
        self.left().is_zero()
    }

    /// The rest of the time; zero when it is over.
    pub(super) fn left(self) -> Duration {
        self.whole.saturating_sub(self.age)
    }

    /// The pause before the next attempt. A wish of the source makes it longer, never shorter. A
    /// long pause ends early enough for a last attempt. After the last attempt, the message is sent
    /// in the next turn, without the file.
    pub(super) fn pause(self, wish: Option<Duration>, random: u64) -> Duration {
        let own = backoff::pause(self.failures.saturating_add(1), None, random, Duration::MAX);
        let last = LAST.min(self.whole / LAST_PART);
        let longest = match self.left().saturating_sub(last) {
            Duration::ZERO => self.left(),
            until_last => until_last,
        };
        own.max(wish.unwrap_or_default()).min(longest).max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: u64 = 60_000;

    fn never_tried(age: u64, max_age_minutes: u32, failures: u32) -> Patience {
        let whole = Duration::from_mins(u64::from(max_age_minutes)) / 2;
        Patience { age: Duration::from_millis(age), whole, failures }
    }

    fn tried(age: u64, max_age_minutes: u32, failures: u32) -> Patience {
        never_tried(age, max_age_minutes, failures).after_a_try()
    }

    #[test]
    fn what_was_never_tried_has_a_try_in_the_first_half_of_its_time() {
        for (age, max_age_minutes, over) in [
            (90 * MINUTE, 240, false),
            (120 * MINUTE, 240, true),
            (5 * MINUTE - 1, 10, false),
            (5 * MINUTE, 10, true),
        ] {
            let patience = never_tried(age, max_age_minutes, 0);
            assert_eq!(patience.is_over(), over, "{patience:?}");
        }
        assert!(never_tried(90 * MINUTE, 240, 0).after_a_try().is_over());
    }

    #[test]
    fn it_is_over_after_half_an_hour_or_half_of_the_event_however_often_it_was_tried() {
        for (age, max_age_minutes, failures, over) in [
            (0, 240, 100, false),
            (30 * MINUTE - 1, 240, 100, false),
            (30 * MINUTE, 240, 0, true),
            (5 * MINUTE - 1, 10, 100, false),
            (5 * MINUTE, 10, 1, true),
            (MINUTE, 2, 0, true),
            (u64::MAX, u32::MAX, u32::MAX, true),
        ] {
            let patience = tried(age, max_age_minutes, failures);
            assert_eq!(patience.is_over(), over, "{patience:?}");
        }
    }

    #[test]
    fn a_wish_is_followed_as_far_as_there_is_time_for_a_last_attempt() {
        let seconds = |patience: Patience, wish: u64| {
            patience.pause(Some(Duration::from_secs(wish)), 0).as_secs()
        };
        let first = tried(0, 240, 0);
        assert_eq!([0, 7, 3600].map(|wish| seconds(first, wish)), [1, 7, 1770]);
        // The last attempt is over, so the message is sent next.
        assert_eq!(seconds(tried(1775 * 1000, 240, 1), 3600), 25);
        assert_eq!(seconds(tried(0, 2, 0), 3600), 45);
    }

    proptest! {
        #[test]
        fn half_of_the_event_is_left_whatever_the_source_wishes(
            age in 0u64..20_000_000, max_age_minutes in 1u32..10_000, failures in 0u32..1000, wish in 0u64..1_000_000, random: u64,
        ) {
            let pause = tried(age, max_age_minutes, failures).pause(Some(Duration::from_secs(wish)), random);
            let half = u64::from(max_age_minutes) * 30_000;
            let next = age + u64::try_from(pause.as_millis()).unwrap();
            prop_assert!(age >= half.min(30 * MINUTE) || next <= half.min(30 * MINUTE));
            prop_assert!(!pause.is_zero() && pause <= Duration::from_secs(1800));
        }
    }
}
