//! Clocks that differ: signatures expire, and events seem to have overtaken each other.

use std::time::Duration;

use super::{Check, Finding};

/// A harmless difference: an event counts as overtaken only by an event of 10 s at most.
const HARMLESS: Duration = Duration::from_secs(5);
/// Half of what Standard Webhooks allows a signature.
const HARMFUL: Duration = Duration::from_secs(150);

const ACTION: &str = "set the clock of the machine that is wrong, by NTP";

/// Judges how far the clock of `whose` is ahead of this machine's, in milliseconds.
pub fn assess(check: Check, whose: &str, ahead: Option<i64>) -> Finding {
    let Some(ahead) = ahead else {
        let reason = format!("{whose} sent no Date header");
        return check.warn(reason, "compare the clocks by hand");
    };
    let apart = Duration::from_millis(ahead.unsigned_abs());
    let seconds = ahead.unsigned_abs().div_ceil(1000);
    let way = if ahead < 0 { "behind" } else { "ahead of" };
    let reason = format!("{whose} is {seconds} s {way} this machine");
    if apart <= HARMLESS {
        return check.ok(format!("{whose} agrees to within {} s", HARMLESS.as_secs()));
    }
    if apart <= HARMFUL {
        return check.warn(reason, ACTION);
    }
    check.fail(reason, ACTION)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    #[test]
    fn the_further_apart_the_worse() {
        let of = |ahead| assess(Check::GenesysClock, "Genesys Cloud", ahead);
        assert_eq!(of(Some(900)).outcome, Outcome::Ok);
        assert_eq!(of(Some(-20_000)).outcome, Outcome::Warn);
        assert_eq!(of(Some(-20_000)).reason, "Genesys Cloud is 20 s behind this machine");
        assert_eq!(of(Some(200_000)).outcome, Outcome::Fail);
        assert_eq!(of(None).outcome, Outcome::Warn);
        assert_eq!(of(Some(i64::MIN)).outcome, Outcome::Fail);
    }
}
