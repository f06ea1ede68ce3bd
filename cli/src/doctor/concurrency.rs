//! Whether Lambda can run the senders and the receiving functions at the same time. In an outage
//! each sender uses its whole limit; what remains is left for webhooks.

use aws::operator::{ConcurrencyLimits, Stack};

use super::{Check, Finding, Observation, Unavailable};

const SENDERS: u64 = 2;
/// The other functions that run now and then: genesys-events and the scheduler.
const OTHERS: u64 = 2;
/// With fewer receiving instances, webhooks are lost even under little load.
const FEWEST: u64 = 5;
/// With fewer, a rush of messages finds no instance; a few hundred requests a second need less than
/// this.
const COMFORTABLE: u64 = 50;

pub async fn check(stack: &Stack) -> Finding {
    assess(stack.concurrency_limits().await.map_err(Unavailable::from))
}

fn assess(seen: Observation<ConcurrencyLimits>) -> Finding {
    let check = Check::LambdaConcurrency;
    let limits = match seen {
        Ok(limits) => limits,
        Err(unavailable) => return unavailable.finding(check),
    };
    let ConcurrencyLimits { account, unreserved, sender, receiver } = limits;
    let senders = sender * SENDERS;
    let reason = format!(
        "the account lets {account} functions run at once, {unreserved} of them unreserved; the senders may use {senders}"
    );
    let action = "request a higher quota (Service Quotas, Lambda, concurrent executions), or deploy with a lower SenderMaximumConcurrency";
    if receiver > 0 {
        // The receiving functions are safe; the senders only wait.
        return if unreserved >= senders + OTHERS {
            check.ok(reason)
        } else {
            check.warn(format!("{reason}, so deliveries are late when they need it"), action)
        };
    }
    let left = unreserved.saturating_sub(senders + OTHERS);
    if left < FEWEST {
        check.fail(
            format!("{reason}: during an outage of a vendor, no concurrency is left for webhooks"),
            action,
        )
    } else if left < COMFORTABLE {
        check.warn(format!(
                "{reason}: during an outage of a vendor, a concurrency of {left} is left for webhooks"
            ),
            action,
        )
    } else {
        check.ok(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Outcome;
    use super::*;

    fn outcome(account: u64, unreserved: u64, sender: u64, receiver: u64) -> Outcome {
        assess(Ok(ConcurrencyLimits { account, unreserved, sender, receiver })).outcome
    }

    #[test]
    fn senders_that_may_use_all_of_the_account_are_found() {
        assert_eq!(outcome(1000, 1000, 5, 0), Outcome::Ok);
        assert_eq!(outcome(1000, 1000, 20, 0), Outcome::Ok);
        // A new account.
        assert_eq!(outcome(10, 10, 5, 0), Outcome::Fail);
        assert_eq!(outcome(10, 10, 2, 0), Outcome::Fail);
        assert_eq!(outcome(50, 50, 5, 0), Outcome::Warn);
        assert_eq!(outcome(50, 50, 20, 0), Outcome::Warn);
        // Other functions of the account have reserved nearly all of it.
        assert_eq!(outcome(1000, 100, 50, 0), Outcome::Fail);
        assert_eq!(outcome(1000, 112, 50, 20), Outcome::Ok);
        assert_eq!(outcome(1000, 100, 50, 20), Outcome::Warn);
    }

    #[test]
    fn what_is_too_little_is_said_with_what_to_do() {
        let found =
            assess(Ok(ConcurrencyLimits { account: 10, unreserved: 10, sender: 5, receiver: 0 }));
        assert!(found.reason.contains("lets 10 functions run at once"), "{}", found.reason);
        assert!(found.action.unwrap_or_default().contains("SenderMaximumConcurrency"));
    }
}
