//! How often the running bridge looks for conversations that are due, and after how long it asks
//! Genesys Cloud about a quiet one.

use std::str::FromStr;
use std::time::Duration;

use conversation_scheduler::ConversationScheduler;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::duration;

/// Often enough for a ringing call; reading the index costs next to nothing.
const OFTEN: Duration = Duration::from_secs(5);
/// The shortest interval, so that no option leads to a busy loop.
const SELDOM: Duration = Duration::from_millis(100);

/// How long an open conversation may be quiet before Genesys Cloud is asked about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconcileAfter(pub Option<Duration>);

impl Default for ReconcileAfter {
    fn default() -> Self {
        Self(Some(Duration::from_secs(60 * 60)))
    }
}

impl FromStr for ReconcileAfter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        match duration::parse(text) {
            None | Some(Duration::ZERO) => Err("a time such as 90s, 60m or 2h, or off".to_owned()),
            after => Ok(Self(after)),
        }
    }
}

/// Starts the scheduler. The task may be aborted at any time.
pub fn start(scheduler: ConversationScheduler, after: ReconcileAfter) -> JoinHandle<()> {
    let period = after.0.map_or(OFTEN, |after| (after / 2).clamp(SELDOM, OFTEN));
    tokio::spawn(async move {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            scheduler.run_and_log().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit() {
        let seconds = |text: &str| {
            text.parse::<ReconcileAfter>().map(|after| after.0.map(|time| time.as_secs()))
        };
        assert_eq!(seconds("90s"), Ok(Some(90)));
        assert_eq!(seconds("60m"), Ok(Some(3600)));
        assert_eq!(seconds("2h"), Ok(Some(7200)));
        assert_eq!(seconds("1d"), Ok(Some(86_400)));
        assert_eq!(seconds("off"), Ok(None));
        for wrong in
            ["", "60", "m", "-1m", "0s", "1.5h", "99999999999999999999h", "18446744073709551615h"]
        {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
