//! What `bridge status` found, and its JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use clients::standing::{BudgetStanding, Standing, TokenStanding};
use serde_json::{Value, json};
use shared::about::VERSION;
use shared::ids::IntegrationName;
use shared::ports::Direction;
use shared::time::Timestamp;

use crate::operator::dead_letters::Summary;

pub struct Report {
    /// When it was looked.
    pub at: Timestamp,
    pub integrations: BTreeMap<IntegrationName, Integration>,
    pub standing: Standing,
    /// Further lines for a person.
    pub notes: Vec<String>,
}

#[derive(Debug, Default)]
pub struct Integration {
    pub inbound: Lane,
    pub outbound: Lane,
    /// The number of dead letters of each cause.
    pub dead_letters: BTreeMap<String, usize>,
}

/// The events of one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// `None`: the queue of a stack holds the events of several integrations.
    pub waiting: Option<u64>,
    /// How long the oldest has waited.
    pub oldest: Option<Duration>,
    pub next_attempt: Option<Timestamp>,
    pub last_failure: Option<LastFailure>,
}

/// The latest failed attempt that is known: of an event that waits, or of one that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastFailure {
    pub at: Timestamp,
    pub cause: String,
}

impl Default for Lane {
    fn default() -> Self {
        Self { waiting: Some(0), oldest: None, next_attempt: None, last_failure: None }
    }
}

impl Lane {
    /// Takes in a failure, if it is later than what is known.
    pub fn failed(&mut self, at: Timestamp, cause: String) {
        if self.last_failure.as_ref().is_none_or(|known| known.at <= at) {
            self.last_failure = Some(LastFailure { at, cause });
        }
    }

    fn to_json(&self) -> Value {
        let failure =
            |failure: &LastFailure| json!({ "at": failure.at.to_text(), "cause": failure.cause });
        json!({
            "waiting": self.waiting,
            "oldestSeconds": self.oldest.map(|oldest| oldest.as_secs()),
            "nextAttemptAt": self.next_attempt.map(Timestamp::to_text),
            "lastFailure": self.last_failure.as_ref().map(failure),
        })
    }
}

impl Integration {
    pub fn lanes(&self) -> [(Direction, &Lane); 2] {
        [(Direction::Inbound, &self.inbound), (Direction::Outbound, &self.outbound)]
    }

    pub fn lane(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::Inbound => &mut self.inbound,
            Direction::Outbound => &mut self.outbound,
        }
    }

    /// The causes, the most frequent first.
    pub fn causes(&self) -> Vec<(&str, usize)> {
        let mut causes: Vec<_> =
            self.dead_letters.iter().map(|(cause, count)| (cause.as_str(), *count)).collect();
        causes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        causes
    }

    fn to_json(&self, name: &IntegrationName) -> Value {
        let causes = self.causes().into_iter();
        let by_cause: Vec<_> =
            causes.map(|(cause, count)| json!({ "cause": cause, "count": count })).collect();
        json!({
            "name": name,
            "inbound": self.inbound.to_json(),
            "outbound": self.outbound.to_json(),
            "deadLetters": { "total": self.dead_letters.values().sum::<usize>(), "byCause": by_cause },
        })
    }
}

impl Report {
    /// Takes in a dead letter.
    pub fn gave_up(&mut self, name: &IntegrationName, letter: Summary) {
        let integration = self.integrations.entry(name.clone()).or_default();
        *integration.dead_letters.entry(letter.cause.clone()).or_default() += 1;
        let at = letter.last_attempt.unwrap_or(letter.at);
        integration.lane(letter.direction).failed(at, letter.cause);
    }

    pub fn to_json(&self) -> Value {
        let integrations = self.integrations.iter();
        let integrations: Vec<_> =
            integrations.map(|(name, integration)| integration.to_json(name)).collect();
        json!({
            "version": VERSION,
            "integrations": integrations,
            "rateBudget": self.standing.budgets.iter().map(budget).collect::<Vec<_>>(),
            "tokens": self.standing.tokens.iter().map(token).collect::<Vec<_>>(),
        })
    }
}

fn budget(budget: &BudgetStanding) -> Value {
    json!({
        "client": budget.client,
        "left": budget.limit.map(|limit| limit.left),
        "allowed": budget.limit.map(|limit| limit.allowed),
        "resetsAt": budget.limit.map(|limit| limit.until.to_text()),
        "pausedUntil": budget.paused_until.map(Timestamp::to_text),
    })
}

fn token(token: &TokenStanding) -> Value {
    json!({
        "provider": token.provider,
        "client": token.client,
        "expiresAt": token.expires_at.map(Timestamp::to_text),
        "valid": token.valid,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_failure_counts_and_causes_are_ordered_by_their_number() {
        let at = Timestamp::from_milliseconds;
        let mut integration = Integration::default();
        for (time, cause) in [(2, "later"), (1, "earlier")] {
            integration.lane(Direction::Outbound).failed(at(time), cause.to_owned());
        }
        integration.dead_letters = [("a".to_owned(), 1), ("b".to_owned(), 2)].into();
        let shown = integration.to_json(&IntegrationName::new("support"));
        assert_eq!(shown["outbound"]["lastFailure"]["cause"], "later");
        assert_eq!(
            shown["inbound"],
            json!({ "waiting": 0, "oldestSeconds": null, "nextAttemptAt": null, "lastFailure": null })
        );
        assert_eq!(
            shown["deadLetters"],
            json!({ "total": 3, "byCause": [{ "cause": "b", "count": 2 }, { "cause": "a", "count": 1 }] })
        );
    }
}
