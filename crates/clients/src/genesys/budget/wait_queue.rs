//! The wait queue for a budget. Each waiting call gets its own time to return; the call that has
//! waited longest returns first.
//!
//! Rules: No more calls return than the limits allow. A new call goes behind all calls that have
//! waited longer. So there is no rush when a minute begins or a pause ends, and no conversation is
//! passed over repeatedly.

use std::time::Duration;

use shared::retry::random_part;
use shared::time::{SetBack, Timestamp};

use super::rate_limit_headers::WINDOW;

/// The largest random distance between instances that wait for the same moment.
const SPREAD: Duration = Duration::from_secs(1);
/// The longest wait assigned. A call beyond it retries at a random time within it,
/// because the wait queue may be shorter by then.
const LONGEST: Duration = Duration::from_mins(5);
/// How long a turn stays reserved after its time. Its call may have returned to
/// another instance.
const KEPT: Duration = Duration::from_secs(5);

/// The wait queue of one instance for one integration.
#[derive(Clone, Debug, Default)]
pub(super) struct WaitQueue {
    /// Ordered by the time waited, the longest first.
    slots: Vec<WaitSlot>,
    clock: SetBack,
}

#[derive(Clone, Copy, Debug)]
struct WaitSlot {
    at: Timestamp,
    /// When the event of the call began to wait.
    since: Timestamp,
}

impl WaitQueue {
    /// Whether a call may go now: the wait queue is empty, or a turn is due, which the call takes.
    pub(super) fn take_slot(&mut self, now: Timestamp) -> bool {
        if self.end(now).is_none() {
            return true;
        }
        let due = self.slots.iter().position(|slot| slot.at <= now);
        due.map(|due| self.slots.remove(due)).is_some()
    }

    /// If the clock was set back, each turn stays as far away as it was.
    pub(super) fn keep_time(&mut self, now: Timestamp) {
        let back = self.clock.observe(now);
        if !back.is_zero() {
            self.slots.iter_mut().for_each(|slot| slot.at = slot.at - back);
        }
    }

    /// The time of the last turn; `None` if no call waits.
    pub(super) fn end(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.keep_time(now);
        self.slots.retain(|slot| now.elapsed_since(slot.at) <= KEPT);
        self.slots.iter().map(|slot| slot.at).max()
    }

    /// The turn of an event that returns early, found by the time since which the event waits.
    pub(super) fn slot_of(&self, since: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let mut own = self.slots.iter().filter(|slot| slot.since == since && slot.at > now);
        own.next().map(|slot| slot.at)
    }

    /// Returns when an event that has waited since `since` must return: at `opens` or later, with
    /// at most `per_minute` events a minute.
    pub(super) fn reserve(
        &mut self,
        since: Timestamp,
        opens: Timestamp,
        per_minute: u64,
        random: u64,
    ) -> Timestamp {
        let interval = WINDOW / u32::try_from(per_minute.max(1)).unwrap_or(u32::MAX);
        let begin = opens + random_part(SPREAD, random);
        let ahead = self.slots.partition_point(|slot| slot.since <= since);
        let before = ahead.checked_sub(1).and_then(|before| self.slots.get(before));
        let next = before.map(|slot| slot.at + interval);
        let at = next.map_or(begin, |next| next.max(begin));
        if at.elapsed_since(begin) > LONGEST {
            return begin + random_part(LONGEST, random);
        }
        self.slots.insert(ahead, WaitSlot { at, since });
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::time::whole_milliseconds;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    #[test]
    fn a_line_that_is_over_delays_nobody() {
        let mut wait_queue = WaitQueue::default();
        for _ in 0..300 {
            wait_queue.reserve(at(0), at(0), 300, 0);
        }
        assert!(wait_queue.take_slot(at(600_000)) && wait_queue.end(at(600_000)).is_none());
        assert_eq!(wait_queue.reserve(at(0), at(600_000), 300, 0), at(600_000));
    }

    #[test]
    fn who_comes_while_there_is_a_line_goes_to_its_end() {
        let mut wait_queue = WaitQueue::default();
        assert!(wait_queue.take_slot(at(0)));
        let slots: Vec<Timestamp> =
            (0..3).map(|_| wait_queue.reserve(at(0), at(1000), 300, 0)).collect();
        assert_eq!(slots, [at(1000), at(1200), at(1400)]);
        assert!(!wait_queue.take_slot(at(900)));
        assert!(
            wait_queue.take_slot(at(1000)) && !wait_queue.take_slot(at(1001)),
            "one to a place"
        );
        assert_eq!(wait_queue.reserve(at(0), at(1001), 300, 0), at(1600));
    }

    #[test]
    fn who_has_waited_longer_comes_back_sooner() {
        let mut wait_queue = WaitQueue::default();
        let slots = [30, 50, 40, 10].map(|since| wait_queue.reserve(at(since), at(1000), 300, 0));
        assert_eq!(slots, [at(1000), at(1200), at(1200), at(1000)]);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_the_line_as_long_as_it_was() {
        let mut wait_queue = WaitQueue::default();
        assert!(wait_queue.take_slot(at(7_200_000)));
        for _ in 0..2 {
            wait_queue.reserve(at(0), at(7_201_000), 300, 0);
        }
        assert_eq!(wait_queue.end(at(7_200_000)), Some(at(7_201_200)));
        assert!(!wait_queue.take_slot(at(5_000)));
        assert_eq!(wait_queue.end(at(5_000)), Some(at(6_200)));
        assert!(wait_queue.take_slot(at(6_000)) && wait_queue.take_slot(at(6_200)));
    }

    proptest! {
        #[test]
        fn they_come_back_in_order_and_no_faster_than_allowed(
            opens in 0i64..60_000, per_minute in 1u64..3000, count in 2usize..100, random: u64,
        ) {
            let mut wait_queue = WaitQueue::default();
            let slots: Vec<Timestamp> =
                (0..count).map(|_| wait_queue.reserve(at(0), at(opens), per_minute, random)).collect();
            let interval = i64::try_from(60_000_u64.div_ceil(per_minute)).unwrap();
            for (before, slot) in slots.iter().zip(&slots[1..]) {
                prop_assert!(slot.since(at(opens)) >= 0);
                prop_assert!(slot.since(*before) == interval || slot.since(at(opens)) < 301_000);
            }
            prop_assert!(slots.iter().all(|slot| slot.since(at(opens)) <= 302_000 + interval));
        }

        #[test]
        fn no_more_go_than_there_are_places(
            per_minute in 1u64..3000, arrivals in proptest::collection::vec(0i64..60_000, 1..200),
        ) {
            let mut wait_queue = WaitQueue::default();
            wait_queue.reserve(at(0), at(0), per_minute, 0);
            let mut arrivals = arrivals;
            arrivals.sort_unstable();
            let interval = i64::try_from(60_000_u64.div_ceil(per_minute)).unwrap();
            let mut gone = Vec::new();
            for now in arrivals {
                if wait_queue.end(at(now)).is_none() {
                    break;
                }
                match wait_queue.take_slot(at(now)) {
                    true => gone.push(now),
                    false => {
                        wait_queue.reserve(at(now), at(now), per_minute, 0);
                    }
                }
            }
            // Any time span has at most the turns that fit into it, plus those that were taken
            // late.
            let most = |span: i64| usize::try_from((span + whole_milliseconds(KEPT)) / interval.max(1)).unwrap() + 2;
            let span = gone.last().zip(gone.first()).map_or(0, |(last, first)| last - first);
            prop_assert!(gone.len() <= most(span), "{gone:?}");
        }
    }
}
