//! Deadlines: due items are listed in order, by their last written deadline.

use std::time::Duration;

use shared::ports::{Change, Expected, ItemKey, Write};
use shared::time::Timestamp;

use super::{Subject, delete, put};

fn due_put(key: &ItemKey, due: Timestamp) -> Write {
    let due = Some(due);
    let change = Change::Put { body: "{}".to_owned(), expires_at: None, index: None, due };
    Write { key: key.clone(), expected: Expected::Anything, change }
}

/// The due items, as partition and deadline.
async fn due(subject: &Subject, until: Timestamp, limit: usize) -> Vec<(String, Timestamp)> {
    let found = subject.store.due(until, limit).await.expect("the deadlines are read");
    found.into_iter().map(|(key, due)| (key.partition, due)).collect()
}

/// The index may lag, so an unexpected answer is requested again for a while.
async fn are_due(
    subject: &Subject,
    until: Timestamp,
    limit: usize,
    expected: &[(&str, Timestamp)],
) {
    let mut found = Vec::new();
    for _ in 0..50 {
        found = due(subject, until, limit).await;
        let pairs = found.iter().map(|(partition, due)| (partition.as_str(), *due));
        if pairs.eq(expected.iter().copied()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("due are {found:?}, not {expected:?}");
}

pub async fn names_what_is_due_the_earliest_first(subject: Subject) {
    let now = (subject.now)();
    let at = |seconds: u64| now + Duration::from_secs(seconds);
    let key = |name: &str| ItemKey::new(name, "state");
    subject
        .write(&[
            due_put(&key("late"), at(30)),
            due_put(&key("early"), at(10)),
            due_put(&key("middle"), at(20)),
            put(&key("never"), Expected::Anything, "{}"),
        ])
        .await;
    let all = [("early", at(10)), ("middle", at(20)), ("late", at(30))];
    are_due(&subject, at(99), 9, &all).await;
    are_due(&subject, at(99), 3, &all).await;
    are_due(&subject, at(99), 2, &all[..2]).await;
    are_due(&subject, at(99), 1, &all[..1]).await;
    are_due(&subject, at(99), 0, &[]).await;
    are_due(&subject, at(99), usize::MAX, &all).await;
    are_due(&subject, at(20), 9, &all[..2]).await;
    are_due(&subject, at(20) - Duration::from_millis(1), 9, &all[..1]).await;
    are_due(&subject, at(10) - Duration::from_millis(1), 9, &[]).await;
    // A deadline does not depend on the current time.
    (subject.advance)(Duration::from_secs(25));
    are_due(&subject, at(99), 9, &all).await;
}

pub async fn names_an_item_only_by_its_last_deadline(subject: Subject) {
    let now = (subject.now)();
    let at = |seconds: u64| now + Duration::from_secs(seconds);
    let key = |name: &str| ItemKey::new(name, "state");
    for name in ["cleared", "deleted", "earlier", "kept", "later"] {
        subject.write(&[due_put(&key(name), at(10))]).await;
    }
    subject.write(&[put(&key("cleared"), Expected::Version(1), "{}")]).await;
    subject.write(&[delete(&key("deleted"), Expected::Version(1))]).await;
    // Both kinds of write: single and together.
    subject.write(&[due_put(&key("earlier"), at(5))]).await;
    subject.write(&[due_put(&key("later"), at(20)), due_put(&key("kept"), at(10))]).await;
    let all = [("earlier", at(5)), ("kept", at(10)), ("later", at(20))];
    are_due(&subject, at(99), 9, &all).await;
    subject
        .write(&[
            put(&key("kept"), Expected::Anything, "{}"),
            delete(&key("later"), Expected::Anything),
            due_put(&key("cleared"), at(7)),
        ])
        .await;
    are_due(&subject, at(99), 9, &[("earlier", at(5)), ("cleared", at(7))]).await;
    subject
        .refused(&[due_put(&key("earlier"), at(1)), delete(&key("gone"), Expected::Version(1))])
        .await;
    are_due(&subject, at(99), 9, &[("earlier", at(5)), ("cleared", at(7))]).await;
}

pub async fn names_what_is_due_of_many_conversations_in_order(subject: Subject) {
    let now = (subject.now)();
    // 7 and 50 have no common divisor, so each deadline occurs once, in another order than the
    // partitions.
    let partitions: Vec<_> =
        (0..50).map(|number| (format!("conv#{number}"), number * 7 % 50)).collect();
    let writes: Vec<_> = partitions
        .iter()
        .map(|(partition, place)| {
            due_put(&ItemKey::new(partition, "state"), now + Duration::from_millis(*place))
        })
        .collect();
    for chunk in writes.chunks(25) {
        subject.write(chunk).await;
    }
    let mut expected: Vec<_> = partitions
        .iter()
        .map(|(partition, place)| (partition.as_str(), now + Duration::from_millis(*place)))
        .collect();
    expected.sort_by_key(|(_, due)| *due);
    let until = now + Duration::from_secs(1);
    are_due(&subject, until, 99, &expected).await;
    are_due(&subject, until, 17, &expected[..17]).await;
    are_due(&subject, now + Duration::from_millis(30), 99, &expected[..31]).await;
}
