//! How many functions may run at the same time.

use aws_sdk_lambda::Client;

use super::error::{OperatorError, explain};
use super::stack::Stack;

/// The limits of concurrent instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConcurrencyLimits {
    /// The concurrent instances of all functions of the account.
    pub account: u64,
    /// Those that are not reserved by a function.
    pub unreserved: u64,
    /// The most instances of one sender.
    pub sender: u64,
    /// The instances reserved for each receiving function; 0: they share the unreserved ones.
    pub receiver: u64,
}

impl Stack {
    /// The account's limits, and those that the stack was deployed with.
    pub async fn concurrency_limits(&self) -> Result<ConcurrencyLimits, OperatorError> {
        let answer = Client::new(self.config()).get_account_settings().send().await;
        let answer = answer.map_err(|error| explain("lambda:GetAccountSettings", "*", &error))?;
        let limit = answer.account_limit();
        let account = limit.and_then(|limit| u64::try_from(limit.concurrent_executions()).ok());
        let account = account.unwrap_or_default();
        let unreserved = limit.and_then(|limit| limit.unreserved_concurrent_executions());
        let unreserved =
            unreserved.and_then(|number| u64::try_from(number).ok()).unwrap_or(account);
        let number =
            |name| self.outputs().parameter(name).and_then(|text| text.parse::<u64>().ok());
        // A stack of a version without the parameter had 20.
        let sender = number("SenderMaximumConcurrency").unwrap_or(20);
        let receiver = number("ReceiverReservedConcurrency").unwrap_or_default();
        Ok(ConcurrencyLimits { account, unreserved, sender, receiver })
    }
}
