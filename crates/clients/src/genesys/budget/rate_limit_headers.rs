//! Reads the state of the rate budget from one answer of Genesys.
//!
//! Rule: use Genesys' own numbers, never an assumption, because the limit differs by client and by
//! endpoint. Ignore values that make no sense.

use std::time::Duration;

use http::HeaderMap;
use shared::time::Timestamp;

/// Genesys counts by the minute. A later end is not believed, so that no answer can hold events
/// back for long.
pub(super) const WINDOW: Duration = Duration::from_mins(1);

/// The end of a minute is given in whole seconds from now, so it appears to move a little.
const SAME_MINUTE: Duration = Duration::from_secs(5);

/// The requests that are left of one limit until its minute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RateLimitHeaders {
    /// Requests allowed in a minute; never 0. Answers with the same number are about the same
    /// limit.
    pub(super) allowed: u64,
    /// Requests left of them.
    pub(super) left: u64,
    /// When the next minute begins.
    pub(super) until: Timestamp,
}

/// How little is left; a worse level is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// A fifth or more.
    Plenty,
    /// Less than a fifth.
    Low,
    /// Less than a tenth.
    Scarce,
    Nothing,
}

impl RateLimitHeaders {
    /// Reads `inin-ratelimit-count`, `-allowed` and `-reset` (seconds). `None` if one is missing or
    /// if nothing is allowed at all.
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let (count, allowed) = (number("inin-ratelimit-count")?, number("inin-ratelimit-allowed")?);
        // A value of 0 means less than a second.
        let wait = Duration::from_secs(number("inin-ratelimit-reset")?.max(1)).min(WINDOW);
        (allowed > 0).then(|| Self {
            allowed,
            left: allowed.saturating_sub(count),
            until: now + wait,
        })
    }

    /// Whether another minute has begun, in which the whole limit is available again.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until
    }

    /// Whether both readings are about the same minute.
    pub(super) fn is_same_minute(&self, other: &Self) -> bool {
        self.until.apart_from(other.until) <= SAME_MINUTE
    }

    pub(super) fn level(&self) -> Level {
        match self.left {
            0 => Level::Nothing,
            left if is_below(left, self.allowed, 10) => Level::Scarce,
            left if is_below(left, self.allowed, 20) => Level::Low,
            _ => Level::Plenty,
        }
    }

    /// Whether the reading is worth a line in the log: the first of a minute, and each time that
    /// another tenth is used up.
    pub(super) fn is_news(&self, before: Option<&Self>) -> bool {
        let tenths = |reading: &Self| reading.left.saturating_mul(10) / reading.allowed.max(1);
        before.is_none_or(|before| !self.is_same_minute(before) || tenths(self) < tenths(before))
    }
}

/// Whether a part is below a share of the whole, in percent.
pub(super) fn is_below(part: u64, whole: u64, percent: u64) -> bool {
    u128::from(part) * 100 < u128::from(whole) * u128::from(percent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(count: &str, allowed: &str, reset: &str) -> Option<RateLimitHeaders> {
        let headers = [
            ("inin-ratelimit-count", count),
            ("inin-ratelimit-allowed", allowed),
            ("inin-ratelimit-reset", reset),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        RateLimitHeaders::read(&HeaderMap::from_iter(headers), Timestamp::from_milliseconds(0))
    }

    fn level(count: &str) -> Level {
        read(count, "300", "30").unwrap().level()
    }

    #[test]
    fn less_and_less_is_left_of_a_minute() {
        let counts = ["0", "240", "241", "270", "271", "300", "999"];
        let levels = [
            Level::Plenty,
            Level::Plenty,
            Level::Low,
            Level::Low,
            Level::Scarce,
            Level::Nothing,
            Level::Nothing,
        ];
        assert_eq!(counts.map(level), levels);
        let reading = read("241", "300", "30").unwrap();
        let at = Timestamp::from_milliseconds;
        assert!(!reading.is_over(at(29_999)) && reading.is_over(at(30_000)));
    }

    #[test]
    fn each_tenth_is_news() {
        let (first, same, less) =
            (read("10", "300", "30"), read("25", "300", "30"), read("40", "300", "30"));
        assert!(first.unwrap().is_news(None) && !same.unwrap().is_news(first.as_ref()));
        assert!(less.unwrap().is_news(first.as_ref()));
        assert!(read("10", "300", "60").unwrap().is_news(first.as_ref()), "another minute");
    }

    #[test]
    fn what_makes_no_sense_is_not_read() {
        assert_eq!(read("many", "300", "30"), None);
        assert_eq!(read("1", "-300", "30"), None);
        assert_eq!(read("0", "0", "30"), None);
        assert_eq!(
            RateLimitHeaders::read(&HeaderMap::new(), Timestamp::from_milliseconds(0)),
            None
        );
    }

    proptest! {
        #[test]
        fn no_answer_holds_events_back_for_longer_than_a_minute(count: u64, allowed in 1u64.., reset: u64) {
            let reading = read(&count.to_string(), &allowed.to_string(), &reset.to_string()).unwrap();
            prop_assert!(reading.left <= reading.allowed);
            prop_assert!((1000..=60_000).contains(&reading.until.milliseconds()));
        }
    }
}
