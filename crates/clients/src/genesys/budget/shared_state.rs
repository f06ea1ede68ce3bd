//! The state of a client's budget that instances share through the store:
//! `budget#genesys#{client}`.
//!
//! Rules: The latest end of a pause wins; within a minute, the lowest number of requests left wins.
//! Each time is stored with its distance from the writer's clock, so that a wrong clock makes no
//! instance wait longer than intended. Values that make no sense are ignored.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use super::rate_limit_headers::{RateLimitHeaders, WINDOW};

/// A longer pause is not believed: after this time one call tries again.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// The largest difference between two clocks. A time that is further ahead than its writer
/// intended, by more than this, would start again at every read.
const SKEW: Duration = Duration::from_secs(10);

/// The body of the item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SharedBudget {
    /// The digest of the client: the last part of the item's partition.
    pub(super) client: String,
    pause: Option<End>,
    limits: Vec<Limit>,
}

/// A time in the future.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct End {
    /// Milliseconds since 1970, by the writer's clock.
    until: i64,
    /// The distance of the time from the writer's clock, in milliseconds.
    milliseconds: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Limit {
    allowed: u64,
    left: u64,
    end: End,
}

impl End {
    fn new(until: Timestamp, now: Timestamp) -> Self {
        Self { until: until.milliseconds(), milliseconds: until.since(now) }
    }

    /// Returns the time by the reader's clock. `None` if the time is past, or impossible because no
    /// instance writes a time further away than `longest`.
    fn seen(self, now: Timestamp, longest: Duration) -> Option<Timestamp> {
        let ahead = Timestamp::from_milliseconds(self.until).elapsed_since(now);
        let intended = Duration::from_millis(u64::try_from(self.milliseconds).unwrap_or_default());
        let left = ahead.min(intended);
        let is_meant = intended <= longest && ahead <= intended + SKEW;
        (is_meant && !left.is_zero()).then(|| now + left)
    }

    /// The same for the end of a pause.
    fn of_pause(self, now: Timestamp) -> Option<Timestamp> {
        self.seen(now, LONGEST_PAUSE)
    }

    /// The same for the end of a limit's minute.
    fn of_minute(self, now: Timestamp) -> Option<Timestamp> {
        self.seen(now, WINDOW)
    }
}

impl SharedBudget {
    /// Builds the shared state from what an instance knows.
    pub(super) fn new<'a>(
        client: &str,
        pause: Option<Timestamp>,
        readings: impl Iterator<Item = &'a RateLimitHeaders>,
        now: Timestamp,
    ) -> Self {
        let limit = |reading: &RateLimitHeaders| Limit {
            allowed: reading.allowed,
            left: reading.left,
            end: End::new(reading.until, now),
        };
        Self {
            client: client.to_owned(),
            pause: pause.filter(|until| *until > now).map(|until| End::new(until, now)),
            limits: readings.map(limit).collect(),
        }
    }

    /// Reads a body. An unreadable body counts as empty.
    pub(super) fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// The end of the client's pause, by the reader's clock.
    pub(super) fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.pause?.of_pause(now)
    }

    /// The readings of its limits.
    pub(super) fn readings(&self, now: Timestamp) -> impl Iterator<Item = RateLimitHeaders> {
        let limits = self.limits.iter().filter(|limit| limit.allowed > 0);
        limits.filter_map(move |limit| {
            let until = limit.end.of_minute(now)?;
            let left = limit.left.min(limit.allowed);
            Some(RateLimitHeaders { allowed: limit.allowed, left, until })
        })
    }

    /// Merges this state with the stored one and drops what is past. `None` if this state adds
    /// nothing.
    pub(super) fn added_to(&self, stored: &Self, now: Timestamp) -> Option<Self> {
        let lives = |end: &End| end.of_pause(now).is_some();
        let is_known = |limit: &Limit| limit.end.of_minute(now).is_some();
        let mut joined = Self { client: self.client.clone(), ..stored.clone() };
        joined.pause = joined.pause.filter(lives);
        joined.limits.retain(is_known);
        let mut adds = false;
        let own = self.pause.filter(lives);
        if own.is_some_and(|own| joined.pause.is_none_or(|other| own.until > other.until)) {
            (joined.pause, adds) = (own, true);
        }
        for own in self.limits.iter().filter(|limit| is_known(limit)) {
            let position = joined.limits.iter().position(|limit| limit.allowed == own.allowed);
            match position.and_then(|position| joined.limits.get_mut(position)) {
                Some(other) if own.is_newer_than(other, now) => (*other, adds) = (*own, true),
                Some(_) => {}
                None => {
                    joined.limits.push(*own);
                    adds = true;
                }
            }
        }
        adds.then_some(joined)
    }
}

impl Limit {
    fn is_newer_than(&self, other: &Self, now: Timestamp) -> bool {
        let reading = |limit: &Self| RateLimitHeaders {
            allowed: limit.allowed,
            left: limit.left,
            until: limit.end.of_minute(now).unwrap_or(now),
        };
        let (own, other) = (reading(self), reading(other));
        if own.is_same_minute(&other) { own.left < other.left } else { own.until > other.until }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(1_000_000_000 + milliseconds)
    }

    fn paused(until: i64, now: i64) -> SharedBudget {
        SharedBudget::new("client", Some(at(until)), [].iter(), at(now))
    }

    fn left(left: u64, until: i64) -> SharedBudget {
        let reading = RateLimitHeaders { allowed: 300, left, until: at(until) };
        SharedBudget::new("client", None, [reading].iter(), at(0))
    }

    #[test]
    fn what_is_worse_is_news() {
        assert_eq!(left(30, 50_000).added_to(&left(20, 51_000), at(0)), None);
        assert_eq!(left(10, 50_000).added_to(&left(20, 51_000), at(0)), Some(left(10, 50_000)));
        let next_minute = left(250, 60_000);
        assert_eq!(next_minute.added_to(&left(0, 1), at(2)), Some(next_minute.clone()));
        assert_eq!(
            left(10, 50_000).added_to(&SharedBudget::default(), at(0)),
            Some(left(10, 50_000))
        );
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for body in ["", "null", "[]", r#"{"pause":7}"#, r#"{"limits":[{"allowed":0,"left":9}]}"#] {
            let read = SharedBudget::read(body);
            assert_eq!(
                (read.paused_until(at(0)), read.readings(at(0)).count()),
                (None, 0),
                "{body}"
            );
        }
        for (until, milliseconds) in [(i64::MAX, 5), (i64::MAX, i64::MAX), (i64::MIN, i64::MAX)] {
            let end = format!(r#"{{"until":{until},"milliseconds":{milliseconds}}}"#);
            let body =
                format!(r#"{{"pause":{end},"limits":[{{"allowed":3,"left":0,"end":{end}}}]}}"#);
            let read = SharedBudget::read(&body);
            assert_eq!(
                (read.paused_until(at(0)), read.readings(at(0)).count()),
                (None, 0),
                "{body}"
            );
            // An impossible value does not block a valid one either.
            assert_eq!(paused(5, 0).added_to(&read, at(0)), Some(paused(5, 0)));
        }
        let too_much =
            r#"{"limits":[{"allowed":3,"left":9,"end":{"until":1000000005,"milliseconds":5}}]}"#;
        let reading = SharedBudget::read(too_much).readings(at(0)).next();
        assert_eq!(reading, Some(RateLimitHeaders { allowed: 3, left: 3, until: at(5) }));
    }

    proptest! {
        #[test]
        fn the_latest_end_wins_in_any_order(ends in proptest::collection::vec(1i64..900_000, 1..10)) {
            let mut stored = SharedBudget::default();
            for end in &ends {
                if let Some(joined) = paused(*end, 0).added_to(&stored, at(0)) {
                    stored = joined;
                }
            }
            prop_assert_eq!(stored.paused_until(at(0)), ends.iter().max().map(|end| at(*end)));
        }

        #[test]
        fn no_clock_makes_a_pause_longer_than_it_was_meant(
            length in 1i64..900_000, skew in -3_600_000i64..3_600_000, later in 0i64..900_000,
        ) {
            let seen = paused(length, 0).paused_until(at(later + skew));
            let rest = seen.map_or(0, |until| until.since(at(later + skew)));
            prop_assert!((0..=length).contains(&rest));
            prop_assert!(skew != 0 || rest == (length - later).max(0));
        }
    }
}
