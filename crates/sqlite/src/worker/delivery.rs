//! Delivers one batch: reads the bodies, calls the handler, and reports the outcome of each entry.
//!
//! Rule: no answer of the handler and no missing row can lose an entry or confuse it with another.

use std::sync::Arc;
use std::time::Duration;

use delivery::batch::{BatchHandler, Outcome, QueueRecord};
use shared::ports::PortError;

use super::group::Ticket;
use crate::database::Database;
use crate::fresh::Fresh;

/// The pause after a handler panicked or did not return an outcome for each record.
pub(super) const AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// The result for one entry of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryResult {
    /// The row no longer exists.
    Gone,
    /// The handler's outcome.
    Answered(Outcome),
    /// Not handed out, because the batch became too large.
    Untouched,
}

/// Hands the entries out and returns the result of each.
pub(super) async fn deliver(
    database: Database,
    handler: Arc<dyn BatchHandler>,
    tickets: Vec<Ticket>,
    fresh: Vec<Option<Fresh>>,
) -> Result<Vec<EntryResult>, PortError> {
    let messages = match fresh.into_iter().collect::<Option<Vec<Fresh>>>() {
        Some(fresh) => fresh.into_iter().map(|fresh| Some(fresh.take())).collect(),
        None => {
            let sequences = tickets.iter().map(|ticket| ticket.sequence()).collect();
            database.messages(sequences).await?
        }
    };
    let mut results = Vec::with_capacity(tickets.len());
    let mut records: Vec<QueueRecord> = Vec::with_capacity(tickets.len());
    for (ticket, message) in tickets.iter().zip(messages) {
        let Some(message) = message else {
            results.push(EntryResult::Gone);
            continue;
        };
        // Two groups may share a key; each gets its own batch.
        if records.first().is_some_and(|first| first.group != message.group) {
            break;
        }
        results.push(EntryResult::Answered(Outcome::Blocked));
        records.push(QueueRecord {
            id: ticket.sequence().to_string(),
            group: message.group,
            body: message.body,
            attempt: ticket.handed_out().saturating_add(1),
        });
    }
    let expected = records.len();
    if expected > 0 {
        let outcomes = checked(handler.handle(records).await, expected);
        let answers = results.iter_mut().filter(|result| **result != EntryResult::Gone);
        for (result, outcome) in answers.zip(outcomes) {
            *result = EntryResult::Answered(outcome);
        }
    }
    results.resize(tickets.len(), EntryResult::Untouched);
    Ok(results)
}

/// One outcome for each record, whatever the handler returned.
fn checked(outcomes: Vec<Outcome>, expected: usize) -> Vec<Outcome> {
    if outcomes.len() == expected {
        return outcomes;
    }
    tracing::error!(
        records = expected,
        outcomes = outcomes.len(),
        "a handler did not answer for each record"
    );
    vec![Outcome::Retry { after: AFTER_A_FAULT }; expected]
}
