//! Whether Lambda can run the senders and the receiving functions at the same time. In an outage
//! each sender uses its whole limit; what remains is left for webhooks.

use aws_sdk_lambda::Client;

use super::{Check, Finding, Observation, Unavailable};
use crate::aws::sdk_error::explain;
use crate::operator::stack::Stack;

const SENDERS: u64 = 2;
/// The other functions that run now and then: genesys-events and the scheduler.
const OTHERS: u64 = 2;
/// With fewer receiving instances, webhooks are lost even under little load.
const FEWEST: u64 = 5;
/// With fewer, a rush of messages finds no instance; a few hundred requests a second need less than
/// this.
const COMFORTABLE: u64 = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    /// The concurrent instances of all functions of the account.
    account: u64,
    /// Those that are not reserved by a function.
    unreserved: u64,
    /// The most instances of one sender.
    sender: u64,
    /// The instances reserved for each receiving function; 0: they share the unreserved ones.
    receiver: u64,
}

pub async fn check(stack: &Stack) -> Finding {
    assess(limits(stack).await.map_err(Unavailable::from))
}

async fn limits(stack: &Stack) -> anyhow::Result<Limits> {
    let answer = Client::new(&stack.config).get_account_settings().send().await;
    let answer = answer.map_err(|error| explain("lambda:GetAccountSettings", "*", &error))?;
    let limit = answer.account_limit();
    let account = limit.and_then(|limit| u64::try_from(limit.concurrent_executions()).ok());
    let account = account.unwrap_or_default();
    let unreserved = limit.and_then(|limit| limit.unreserved_concurrent_executions());
    let unreserved = unreserved.and_then(|number| u64::try_from(number).ok()).unwrap_or(account);
    let number = |name| stack.outputs.parameter(name).and_then(|text| text.parse::<u64>().ok());
    // A stack of a version without the parameter had 20.
    let sender = number("SenderMaximumConcurrency").unwrap_or(20);
    let receiver = number("ReceiverReservedConcurrency").unwrap_or_default();
    Ok(Limits { account, unreserved, sender, receiver })
}

fn assess(seen: Observation<Limits>) -> Finding {
    let check = Check::LambdaConcurrency;
    let limits = match seen {
        Ok(limits) => limits,
        Err(unavailable) => return unavailable.finding(check),
    };
    let Limits { account, unreserved, sender, receiver } = limits;
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
        check.warn(
            format!(
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
        assess(Ok(Limits { account, unreserved, sender, receiver })).outcome
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
        let found = assess(Ok(Limits { account: 10, unreserved: 10, sender: 5, receiver: 0 }));
        assert!(found.reason.contains("lets 10 functions run at once"), "{}", found.reason);
        assert!(found.action.unwrap_or_default().contains("SenderMaximumConcurrency"));
    }
}
