//! A bounded wait for a change at Genesys Cloud: it checks soon, then less often, and tells the
//! operator.

use std::ops::RangeInclusive;
use std::time::Duration;

use shared::ports::Clock;
use shared::retry::{Limit, Pauses};

use super::Organization;

/// The pauses between two checks.
const PAUSES: RangeInclusive<Duration> = Duration::from_millis(250)..=Duration::from_secs(3);
/// A shorter wait is not reported.
const UNTOLD: Duration = Duration::from_secs(2);

/// A wait in progress.
pub struct Wait<'a> {
    pauses: Pauses<'a>,
    tell: fn(&str),
    what: String,
    most: Duration,
    is_told: bool,
}

impl<'a> Wait<'a> {
    fn new(clock: &'a dyn Clock, tell: fn(&str), what: impl Into<String>, most: Duration) -> Self {
        let pauses = Pauses::new(clock, PAUSES, Limit::Time(most));
        Self { pauses, tell, what: what.into(), most, is_told: false }
    }

    /// Pauses before the next check; returns `false` when the time is over.
    pub async fn goes_on(&mut self) -> bool {
        let waited = self.pauses.waited();
        if (UNTOLD..self.most).contains(&waited) && !self.is_told {
            self.is_told = true;
            (self.tell)(&told(&self.what, self.most - waited));
        }
        self.pauses.pause().await
    }
}

impl Organization {
    /// A wait of at most `most`; `what` tells the operator the reason.
    pub fn wait(&self, what: impl Into<String>, most: Duration) -> Wait<'_> {
        Wait::new(self.clock(), self.tell, what, most)
    }

    /// Waits for a fixed time.
    pub async fn rest(&self, what: &str, time: Duration) {
        if time >= UNTOLD {
            (self.tell)(&told(what, time));
        }
        if !time.is_zero() {
            self.clock().sleep(time).await;
        }
    }
}

fn told(what: &str, most: Duration) -> String {
    format!("waiting: {what}; at most {} s", most.as_secs().max(1))
}
