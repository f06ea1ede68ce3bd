//! Decides which notifications are due, from the present problems and the earlier notifications.
//!
//! Rules: at most one `raised` of a subject in 15 minutes; a `cleared` follows every `raised`. A
//! problem that begins and ends in between is not reported. Pure: the time is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::ids::IntegrationName;
use shared::time::Timestamp;

/// The shortest time between two `raised` of a subject.
pub const QUIET: Duration = Duration::from_mins(15);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Dead letters are kept.
    DeadLetter,
    /// An event waits too long.
    Waiting,
    /// The configuration file cannot be used.
    Configuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    Raised,
    Cleared,
}

/// The subject of a notification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    pub kind: Kind,
    /// `None`: the whole file.
    pub integration: Option<IntegrationName>,
}

/// The present problem of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub since: Timestamp,
    /// When something was added to it that is worth another `raised`.
    pub news: Timestamp,
    pub text: String,
    /// The entry of the runbook.
    pub runbook: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    pub subject: Subject,
    pub state: State,
    /// When the trouble began.
    pub since: Timestamp,
    pub text: String,
    pub runbook: String,
}

/// The notification that was sent for a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Raised {
    subject: Subject,
    raised_at: Timestamp,
    /// Whether a `cleared` must follow.
    open: bool,
    since: Timestamp,
    news: Timestamp,
    runbook: String,
}

/// The notifications that were sent, by subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    told: Vec<Raised>,
}

impl Memory {
    /// The notifications that are due. `looked` are the kinds that could be looked at: nothing is
    /// known of the others, so they are left as they are.
    pub fn decide(
        &mut self,
        now: Timestamp,
        looked: &BTreeSet<Kind>,
        troubles: &BTreeMap<Subject, Trouble>,
    ) -> Vec<Notification> {
        let mut due = Vec::new();
        for told in &mut self.told {
            let is_over =
                looked.contains(&told.subject.kind) && !troubles.contains_key(&told.subject);
            if told.open && is_over {
                told.open = false;
                due.push(cleared(told));
            }
        }
        for (subject, trouble) in troubles {
            let told = self.told.iter_mut().find(|told| told.subject == *subject);
            let is_known = told.as_ref().is_some_and(|told| told.open && told.news >= trouble.news);
            let is_quiet = told.as_ref().is_some_and(|told| now.is_within(QUIET, told.raised_at));
            if is_known || is_quiet {
                continue;
            }
            let raised = Raised {
                subject: subject.clone(),
                raised_at: now,
                open: true,
                since: trouble.since,
                news: trouble.news,
                runbook: trouble.runbook.to_owned(),
            };
            match told {
                Some(told) => *told = raised,
                None => self.told.push(raised),
            }
            due.push(Notification {
                subject: subject.clone(),
                state: State::Raised,
                since: trouble.since,
                text: trouble.text.clone(),
                runbook: trouble.runbook.to_owned(),
            });
        }
        self.told.retain(|told| told.open || now.is_within(QUIET, told.raised_at));
        due
    }
}

fn cleared(told: &Raised) -> Notification {
    let of = match &told.subject.integration {
        Some(integration) => format!(" of {integration}"),
        None => String::new(),
    };
    let text = match told.subject.kind {
        Kind::DeadLetter => format!("Cleared: no dead letter{of} is left."),
        Kind::Waiting => format!("Cleared: no event{of} waits too long any more."),
        Kind::Configuration => "Cleared: the configuration file is valid again.".to_owned(),
    };
    Notification {
        subject: told.subject.clone(),
        state: State::Cleared,
        since: told.since,
        text,
        runbook: told.runbook.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [Kind; 3] = [Kind::DeadLetter, Kind::Waiting, Kind::Configuration];

    fn minutes(count: i64) -> Timestamp {
        Timestamp::from_milliseconds(count * 60_000)
    }

    fn subject(kind: Kind, name: &str) -> Subject {
        let integration = (kind != Kind::Configuration).then(|| IntegrationName::new(name));
        Subject { kind, integration }
    }

    fn trouble(since: Timestamp, news: Timestamp) -> Trouble {
        Trouble { since, news, text: "trouble".to_owned(), runbook: "Entry" }
    }

    fn all() -> BTreeSet<Kind> {
        KINDS.into()
    }

    fn states(due: &[Notification]) -> Vec<State> {
        due.iter().map(|notification| notification.state).collect()
    }

    #[test]
    fn what_comes_again_within_fifteen_minutes_is_raised_after_them() {
        let mut memory = Memory::default();
        let waiting = subject(Kind::Waiting, "support");
        let begun = [(waiting, trouble(minutes(0), minutes(0)))].into();
        let none = BTreeMap::new();
        assert_eq!(states(&memory.decide(minutes(0), &all(), &begun)), [State::Raised]);
        assert_eq!(states(&memory.decide(minutes(1), &all(), &none)), [State::Cleared]);
        assert!(memory.decide(minutes(2), &all(), &begun).is_empty());
        assert!(memory.decide(minutes(14), &all(), &begun).is_empty());
        assert_eq!(states(&memory.decide(minutes(15), &all(), &begun)), [State::Raised]);
        assert!(memory.decide(minutes(45), &all(), &begun).is_empty());
    }

    #[test]
    fn a_further_dead_letter_is_told_and_one_that_is_still_there_is_not() {
        let mut memory = Memory::default();
        let letters =
            |news| [(subject(Kind::DeadLetter, "support"), trouble(minutes(0), news))].into();
        assert_eq!(memory.decide(minutes(0), &all(), &letters(minutes(0))).len(), 1);
        assert!(memory.decide(minutes(60), &all(), &letters(minutes(0))).is_empty());
        assert_eq!(memory.decide(minutes(61), &all(), &letters(minutes(61))).len(), 1);
        assert!(memory.decide(minutes(70), &all(), &letters(minutes(70))).is_empty());
        assert_eq!(memory.decide(minutes(76), &all(), &letters(minutes(70))).len(), 1);
        let cleared = memory.decide(minutes(77), &all(), &BTreeMap::new());
        assert_eq!(states(&cleared), [State::Cleared]);
    }

    #[test]
    fn what_could_not_be_looked_at_is_not_cleared() {
        let mut memory = Memory::default();
        let begun = [(subject(Kind::Waiting, "support"), trouble(minutes(0), minutes(0)))].into();
        assert_eq!(memory.decide(minutes(0), &all(), &begun).len(), 1);
        let looked = [Kind::Configuration].into();
        assert!(memory.decide(minutes(1), &looked, &BTreeMap::new()).is_empty());
        // Nor after a restart.
        let stored = serde_json::to_string(&memory).unwrap();
        let mut memory: Memory = serde_json::from_str(&stored).unwrap();
        assert_eq!(states(&memory.decide(minutes(2), &all(), &BTreeMap::new())), [State::Cleared]);
        assert_eq!(memory.decide(minutes(30), &all(), &BTreeMap::new()).len(), 0);
        assert_eq!(memory, Memory::default());
    }

    proptest! {
        #[test]
        fn each_raised_is_cleared_and_no_two_come_within_fifteen_minutes(
            looks in proptest::collection::vec(
                (1u64..1_000_000, proptest::collection::btree_set(0usize..5, 0..5), any::<bool>()),
                1..80,
            ),
        ) {
            let subjects = [
                subject(Kind::DeadLetter, "a"), subject(Kind::DeadLetter, "b"),
                subject(Kind::Waiting, "a"), subject(Kind::Waiting, "b"),
                subject(Kind::Configuration, ""),
            ];
            let (mut memory, mut now) = (Memory::default(), minutes(0));
            let mut last: BTreeMap<Subject, (Timestamp, State)> = BTreeMap::new();
            let mut wrong_since: BTreeMap<Subject, Timestamp> = BTreeMap::new();
            let end = (QUIET.as_millis() as u64, BTreeSet::new(), false);
            for (later, wrong, has_news) in looks.into_iter().chain([end]) {
                now = now + Duration::from_millis(later);
                let troubles: BTreeMap<Subject, Trouble> = wrong.iter().map(|place| {
                    let news = if has_news { now } else { minutes(0) };
                    (subjects[*place].clone(), trouble(minutes(0), news))
                }).collect();
                for Notification { subject, state, .. } in memory.decide(now, &all(), &troubles) {
                    prop_assert_eq!(state == State::Raised, troubles.contains_key(&subject));
                    let before = last.get(&subject).copied();
                    match state {
                        State::Raised => {
                            let raised_at = before.map(|(at, _)| at);
                            prop_assert!(raised_at.is_none_or(|at| !now.is_within(QUIET, at)));
                            last.insert(subject, (now, state));
                        }
                        State::Cleared => {
                            prop_assert!(before.is_some_and(|(_, state)| state == State::Raised));
                            last.insert(subject, (before.unwrap().0, state));
                        }
                    }
                }
                wrong_since.retain(|subject, _| troubles.contains_key(subject));
                for subject in troubles.keys() {
                    let since = *wrong_since.entry(subject.clone()).or_insert(now);
                    // A lasting problem is reported.
                    prop_assert!(
                        now.is_within(QUIET, since)
                            || last.get(subject).is_some_and(|(_, state)| *state == State::Raised)
                    );
                }
            }
            prop_assert!(last.values().all(|(_, state)| *state == State::Cleared));
        }
    }
}
