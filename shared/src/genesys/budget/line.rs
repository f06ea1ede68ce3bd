//! The line of calls that wait for a budget: each gets a time of its own, one behind the other.
//!
//! Rule: who was turned away first comes back first, and no faster than the limits allow. So nothing stampedes when a minute
//! begins or a pause ends, and no conversation is passed over again and again.

use super::reading::WINDOW_MILLISECONDS;
use crate::time::Timestamp;

/// Instances that wait for the same moment begin this far apart at most, in milliseconds.
const SPREAD: i64 = 1000;
/// Who would be further behind comes back at some time within this, in milliseconds: the line may be shorter by then.
const LONGEST: i64 = 5 * 60_000;

/// One instance's line for one integration.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    next: Option<Timestamp>,
}

impl Line {
    /// When the next in line comes back: at `opens` or later, so many to a minute.
    pub(super) fn place(&mut self, opens: Timestamp, per_minute: u64, random: u64) -> Timestamp {
        let some_of = |limit: i64| i64::try_from(random % limit.unsigned_abs()).unwrap_or_default();
        let begin = opens.plus_milliseconds(some_of(SPREAD));
        let next = self.next.map_or(begin, |next| next.max(begin));
        if next.since(begin) > LONGEST {
            return begin.plus_milliseconds(some_of(LONGEST));
        }
        let interval = WINDOW_MILLISECONDS / i64::try_from(per_minute.max(1)).unwrap_or(i64::MAX);
        self.next = Some(next.plus_milliseconds(interval));
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    #[test]
    fn a_line_that_is_over_delays_nobody() {
        let mut line = Line::default();
        for _ in 0..300 {
            line.place(at(0), 300, 0);
        }
        assert_eq!(line.place(at(600_000), 300, 0), at(600_000));
    }

    proptest! {
        #[test]
        fn they_come_back_in_order_and_no_faster_than_allowed(
            opens in 0i64..60_000, per_minute in 1u64..3000, count in 2usize..100, random: u64,
        ) {
            let mut line = Line::default();
            let places: Vec<Timestamp> =
                (0..count).map(|_| line.place(at(opens), per_minute, random)).collect();
            let interval = 60_000 / i64::try_from(per_minute).unwrap();
            for (before, place) in places.iter().zip(&places[1..]) {
                prop_assert!(place.since(at(opens)) >= 0);
                prop_assert!(place.since(*before) == interval || place.since(at(opens)) < 301_000);
            }
            prop_assert!(places.iter().all(|place| place.since(at(opens)) <= 302_000 + interval));
        }
    }
}
