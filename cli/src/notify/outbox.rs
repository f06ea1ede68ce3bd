//! The notifications that are still to be posted.
//!
//! Rules: those of one subject are posted in their order. A post that fails is repeated, for ten
//! minutes after the first try. Pure: the time is an argument.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use super::decide::{Notification, Subject};

/// How long a post is repeated.
pub const LONGEST: Duration = Duration::from_mins(10);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    number: u64,
    notification: Notification,
    tries: u32,
    first_try: Option<Timestamp>,
    next_try: Timestamp,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    entries: Vec<Entry>,
    last: u64,
}

impl Outbox {
    pub fn add(&mut self, notification: Notification, now: Timestamp) {
        self.last += 1;
        let (number, first_try) = (self.last, None);
        self.entries.push(Entry { number, notification, tries: 0, first_try, next_try: now });
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The notifications to post now: of each subject the first, by its number.
    pub fn due(&self, now: Timestamp) -> Vec<(u64, Notification)> {
        let mut before: BTreeSet<&Subject> = BTreeSet::new();
        let firsts = self.entries.iter().filter(|entry| before.insert(&entry.notification.subject));
        // A clock that is set back makes no pause longer.
        let is_due = |entry: &&Entry| {
            entry.next_try <= now || entry.next_try.since(now) > LONGEST_PAUSE.as_millis() as i64
        };
        firsts.filter(is_due).map(|entry| (entry.number, entry.notification.clone())).collect()
    }

    pub fn posted(&mut self, number: u64) {
        self.entries.retain(|entry| entry.number != number);
    }

    /// A post failed; `true` if it will not be repeated.
    pub fn failed(&mut self, number: u64, now: Timestamp) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.number == number) else {
            return true;
        };
        let first = *entry.first_try.get_or_insert(now);
        let pause = Duration::from_secs(1 << entry.tries.min(6)).min(LONGEST_PAUSE);
        entry.tries += 1;
        entry.next_try = now + pause;
        let is_over = now.since(first) >= LONGEST.as_millis() as i64;
        if is_over {
            self.posted(number);
        }
        is_over
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::ids::IntegrationName;

    use super::super::decide::{Kind, State};
    use super::*;

    fn notification(name: &str, state: State) -> Notification {
        let integration = Some(IntegrationName::new(name));
        let subject = Subject { kind: Kind::Waiting, integration };
        let since = Timestamp::from_milliseconds(0);
        Notification { subject, state, since, text: String::new(), runbook: String::new() }
    }

    #[test]
    fn a_cleared_waits_for_its_raised_and_for_no_other() {
        let now = Timestamp::from_milliseconds(0);
        let mut outbox = Outbox::default();
        for (name, state) in [("a", State::Raised), ("a", State::Cleared), ("b", State::Raised)] {
            outbox.add(notification(name, state), now);
        }
        let due = |outbox: &Outbox| outbox.due(now).iter().map(|(it, _)| *it).collect::<Vec<_>>();
        assert_eq!(due(&outbox), [1, 3]);
        assert!(!outbox.failed(1, now));
        assert_eq!(due(&outbox), [3]);
        outbox.posted(1);
        assert_eq!(due(&outbox), [2, 3]);
        let stored = serde_json::to_string(&outbox).unwrap();
        assert_eq!(serde_json::from_str::<Outbox>(&stored).unwrap(), outbox);
    }

    proptest! {
        #[test]
        fn a_post_is_repeated_for_ten_minutes_with_pauses_of_at_most_one(step in 1u64..20_000) {
            let (mut outbox, mut now) = (Outbox::default(), Timestamp::from_milliseconds(0));
            outbox.add(notification("a", State::Raised), now);
            outbox.add(notification("a", State::Cleared), now);
            let (mut tries, mut last): (u32, Timestamp) = (0, now);
            let begun = now;
            while let [(number, notification)] = &outbox.due(now)[..] && *number == 1 {
                prop_assert_eq!(notification.state, State::Raised);
                prop_assert!(now.elapsed_since(last) <= Duration::from_millis(60_000 + step));
                (tries, last) = (tries + 1, now);
                let is_over = outbox.failed(*number, now);
                prop_assert_eq!(is_over, now.elapsed_since(begun) >= Duration::from_mins(10));
                while !is_over && outbox.due(now).is_empty() {
                    now = now + Duration::from_millis(step);
                }
            }
            prop_assert!((10..30).contains(&tries), "{}", tries);
            // The next one has its own ten minutes.
            prop_assert_eq!(outbox.due(now).len(), 1);
        }
    }
}
