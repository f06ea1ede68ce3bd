//! A bounded wait for a change at Genesys Cloud: it checks soon, then less often, and tells the
//! operator.

use std::time::Duration;

use shared::ports::Clock;
use shared::time::Timestamp;

use super::Organization;

/// The pause after the first check; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between two checks.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// A shorter wait is not reported.
const UNTOLD: Duration = Duration::from_secs(2);

/// A wait in progress.
pub struct Wait<'a> {
    clock: &'a dyn Clock,
    tell: fn(&str),
    what: String,
    began: Timestamp,
    most: Duration,
    pause: Duration,
    is_told: bool,
}

impl<'a> Wait<'a> {
    fn new(clock: &'a dyn Clock, tell: fn(&str), what: impl Into<String>, most: Duration) -> Self {
        let (began, what) = (clock.now(), what.into());
        Self { clock, tell, what, began, most, pause: FIRST_PAUSE, is_told: false }
    }

    /// Pauses before the next check; returns `false` when the time is over.
    pub async fn goes_on(&mut self) -> bool {
        let waited = self.clock.now().elapsed_since(self.began);
        let Some(left) = self.most.checked_sub(waited).filter(|left| !left.is_zero()) else {
            return false;
        };
        if waited >= UNTOLD && !self.is_told {
            self.is_told = true;
            (self.tell)(&told(&self.what, left));
        }
        self.clock.sleep(self.pause.min(left)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;

    /// A clock that moves only by pauses.
    struct Pauses(Mutex<Vec<Duration>>);

    #[async_trait]
    impl Clock for Pauses {
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

    #[tokio::test]
    async fn it_looks_soon_then_every_three_seconds_and_no_longer_than_told() {
        let clock = Pauses(Mutex::default());
        let mut wait = Wait::new(&clock, |_| {}, "something", Duration::from_secs(10));
        while wait.goes_on().await {}
        let pauses = clock.0.lock().unwrap().clone();
        let expected = [250, 500, 1000, 2000, 3000, 3000, 250].map(Duration::from_millis);
        assert_eq!(pauses, expected);
        let mut none = Wait::new(&clock, |_| {}, "nothing", Duration::ZERO);
        assert!(!none.goes_on().await);
    }
}
