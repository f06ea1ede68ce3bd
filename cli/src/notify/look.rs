//! Finds the problems that need an operator.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::config::FileError;
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::ports::{Direction, PortError};
use shared::time::{Timestamp, whole_milliseconds};
use sqlite::{Backlog, DeadLetters};
use tokio::time::Instant;

use super::Notifier;
use super::decide::{Kind, Subject, Trouble};
use crate::count::counted;

type Troubles = BTreeMap<Subject, Trouble>;

/// The state that is kept from one check to the next.
#[derive(Debug, Default)]
pub struct Look {
    /// How long the last look at the database took.
    pub took: Duration,
    /// Whether posts are waiting.
    pub posts: bool,
    /// Since when the configuration is not valid.
    invalid_since: Option<Timestamp>,
}

impl Look {
    /// The kinds that could be looked at, and what is wrong.
    pub async fn at(&mut self, of: &Notifier, now: Timestamp) -> (BTreeSet<Kind>, Troubles) {
        let mut looked = BTreeSet::new();
        let mut troubles = Troubles::new();
        let began = Instant::now();
        match database(of).await {
            Ok((backlogs, letters)) => {
                looked.extend([Kind::DeadLetter, Kind::Waiting]);
                troubles.extend(waiting(&backlogs, now, of.notify.after));
                troubles.extend(dead_letters(&letters));
            }
            Err(error) => tracing::warn!(
                event.name = "not_notified",
                error = chain(&error),
                "The notifications could not be looked up or stored. The bridge tries again."
            ),
        }
        self.took = began.elapsed();
        if let Some(file) = &of.file {
            // A source that could not be read in time does not count as a problem.
            if let Ok(read) = file.read().await {
                looked.insert(Kind::Configuration);
                troubles.extend(self.configuration(read.err().as_ref(), now));
            }
        }
        (looked, troubles)
    }

    fn configuration(
        &mut self,
        error: Option<&FileError>,
        now: Timestamp,
    ) -> Option<(Subject, Trouble)> {
        let Some(error) = error else {
            self.invalid_since = None;
            return None;
        };
        let since = *self.invalid_since.get_or_insert(now);
        let keys = match error {
            FileError::Unreadable { .. } => "it cannot be read".to_owned(),
            // The path and the values stay in the log of this machine.
            FileError::Wrong { errors, .. } => {
                let keys = errors.iter().map(|error| error.key.as_str()).take(5);
                format!("see {}", keys.collect::<Vec<_>>().join(", "))
            }
        };
        let text = format!(
            "The bridge's configuration file is not valid: {keys}. The last valid one stays in use; a restart would fail. `bridge config check` names every error."
        );
        let subject = Subject { kind: Kind::Configuration, integration: None };
        Some((subject, Trouble { since, news: since, text, runbook: "UnconfiguredAlarm" }))
    }
}

async fn database(of: &Notifier) -> Result<(Vec<Backlog>, Vec<DeadLetters>), PortError> {
    Ok((of.visitor.backlogs().await?, of.visitor.dead_letters().await?))
}

/// The longest wait of each integration, if it is too long.
fn waiting(backlogs: &[Backlog], now: Timestamp, longest: Duration) -> Troubles {
    let mut troubles = Troubles::new();
    for Backlog { integration, direction, pending, oldest, .. } in backlogs {
        if now.since(*oldest) <= whole_milliseconds(longest) {
            continue;
        }
        let subject = Subject { kind: Kind::Waiting, integration: Some(integration.clone()) };
        if troubles.get(&subject).is_some_and(|known| known.since <= *oldest) {
            continue;
        }
        let (to, runbook) = match direction {
            Direction::Inbound => ("Genesys Cloud", "InboundWaitingAlarm"),
            Direction::Outbound => ("Lynn", "OutboundWaitingAlarm"),
        };
        let (count, since) = (counted(*pending, "event"), *oldest);
        let text = format!(
            "{integration}: an event for {to} has waited since {}, {count} wait there. Nothing is lost; `bridge status` says why.",
            since.to_text()
        );
        // A wait that continues is no news.
        let news = Timestamp::from_milliseconds(0);
        troubles.insert(subject, Trouble { since, news, text, runbook });
    }
    troubles
}

fn dead_letters(letters: &[DeadLetters]) -> Troubles {
    let mut of: BTreeMap<&IntegrationName, (u64, Timestamp, Timestamp)> = BTreeMap::new();
    for DeadLetters { integration, count, first, last, .. } in letters {
        let (all, since, news) = of.entry(integration).or_insert((0, *first, *last));
        *all += count;
        *since = (*since).min(*first);
        *news = (*news).max(*last);
    }
    let trouble = |(integration, (count, since, news)): (&IntegrationName, (u64, _, Timestamp))| {
        let text = format!(
            "{integration}: {} kept, the last one since {}. `bridge dead-letters list` says why.",
            counted(count, "dead letter"),
            news.to_text()
        );
        let subject = Subject { kind: Kind::DeadLetter, integration: Some(integration.clone()) };
        (subject, Trouble { since, news, text, runbook: "DeadLettersAlarm" })
    };
    of.into_iter().map(trouble).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    #[test]
    fn the_longest_wait_of_an_integration_counts_and_only_beyond_the_limit() {
        let backlog = |name: &str, direction, oldest| Backlog {
            integration: IntegrationName::new(name),
            direction,
            pending: 2,
            oldest: at(oldest),
            next_attempt: None,
        };
        let backlogs = [
            backlog("a", Direction::Inbound, 2),
            backlog("a", Direction::Outbound, 1),
            backlog("b", Direction::Inbound, 3),
        ];
        let troubles = waiting(&backlogs, at(1_003), Duration::from_secs(1));
        assert_eq!(troubles.len(), 1, "{troubles:?}");
        let (subject, trouble) = troubles.first_key_value().unwrap();
        assert_eq!(subject.integration, Some(IntegrationName::new("a")));
        assert_eq!((trouble.since, trouble.runbook), (at(1), "OutboundWaitingAlarm"));
    }

    #[test]
    fn the_dead_letters_of_both_directions_are_one_trouble() {
        let letters = |direction, count, first, last| DeadLetters {
            integration: IntegrationName::new("a"),
            direction,
            count,
            first: at(first),
            last: at(last),
        };
        let both = [letters(Direction::Inbound, 1, 5, 5), letters(Direction::Outbound, 2, 3, 9)];
        let troubles = dead_letters(&both);
        let trouble = troubles.values().next().unwrap();
        assert_eq!((troubles.len(), trouble.since, trouble.news), (1, at(3), at(9)));
        assert!(trouble.text.starts_with("a: 3 dead letters kept"), "{}", trouble.text);
    }
}
