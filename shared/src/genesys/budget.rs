//! What is left of an OAuth client's requests a minute, as Genesys says with each answer.
//!
//! Rule: Genesys' own numbers, never an assumption: the limit differs by client and by endpoint.

use http::HeaderMap;

use crate::time::Timestamp;

/// Below this share of the allowed requests, in percent, what can be left out is left out.
const LOW_PERCENT: u64 = 20;

/// The end of a minute is said in whole seconds from now, so that it seems to move a little.
const SAME_MINUTE_MILLISECONDS: i64 = 5_000;

/// The budget of one client as of its last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    left: u64,
    allowed: u64,
    until: Timestamp,
}

impl Budget {
    /// Reads `inin-ratelimit-count`, `-allowed` and `-reset` (seconds); `None` when one is missing.
    pub(super) fn read(headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let (count, allowed) = (number("inin-ratelimit-count")?, number("inin-ratelimit-allowed")?);
        let reset = i64::try_from(number("inin-ratelimit-reset")?).ok()?;
        let until = now.plus_milliseconds(reset.saturating_mul(1000));
        Some(Self { left: allowed.saturating_sub(count), allowed, until })
    }

    /// Requests left until the next minute begins.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Whether it is worth a line in the log: the first of a minute, and each time another tenth is used up.
    pub(super) fn is_news(&self, before: Option<&Self>) -> bool {
        let tenths = |budget: &Self| budget.left.saturating_mul(10) / budget.allowed.max(1);
        before.is_none_or(|before| {
            self.until.since(before.until) > SAME_MINUTE_MILLISECONDS
                || tenths(self) < tenths(before)
        })
    }

    /// Whether little is left until the next minute begins.
    pub(super) fn is_low(&self, now: Timestamp) -> bool {
        now < self.until && self.left.saturating_mul(100) < self.allowed.saturating_mul(LOW_PERCENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(count: &str) -> Option<Budget> {
        let headers = [
            ("inin-ratelimit-count", count),
            ("inin-ratelimit-allowed", "300"),
            ("inin-ratelimit-reset", "30"),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Budget::read(&HeaderMap::from_iter(headers), Timestamp::from_milliseconds(0))
    }

    #[test]
    fn is_low_until_the_minute_is_over() {
        let at = Timestamp::from_milliseconds;
        assert!(!budget("240").unwrap().is_low(at(0)));
        assert!(budget("241").unwrap().is_low(at(29_999)));
        assert!(!budget("241").unwrap().is_low(at(30_000)));
        assert!(budget("301").unwrap().is_low(at(0)));
        let (first, same, less) = (budget("10"), budget("25"), budget("40"));
        assert!(first.unwrap().is_news(None) && !same.unwrap().is_news(first.as_ref()));
        assert!(less.unwrap().is_news(first.as_ref()));
        assert_eq!(budget("many"), None);
        assert_eq!(Budget::read(&HeaderMap::new(), at(0)), None);
    }
}
