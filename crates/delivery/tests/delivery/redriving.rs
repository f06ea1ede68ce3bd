//! Dead letters are sent again, wherever the earlier delivery was cut off.

use std::collections::HashMap;
use std::time::Duration;

use delivery::redrive::{Letter, LetterItem, Redrive, RedriveOutcome, in_order, read};
use serde_json::json;
use shared::ids::IntegrationName;
use shared::ports::Direction::Inbound;

use crate::events::{says, text, time};
use crate::harness::Harness;
use crate::script::INTEGRATION;

/// Sends all letters again, as `bridge dead-letters redrive --all` does.
pub async fn redrive_all(harness: &Harness) -> Vec<RedriveOutcome> {
    let mut letters: Vec<Letter> = Vec::new();
    let take = |found: LetterItem<'_>| match found {
        LetterItem::Letter(letter, _) => letters.push(*letter),
        LetterItem::OfAnotherVersion(sort) => panic!("{sort} cannot be read"),
    };
    read(&*harness.store, &IntegrationName::new(INTEGRATION), take).await.unwrap();
    let redrive =
        Redrive { store: &*harness.store, queue: &*harness.queue, clock: &*harness.clock };
    let mut outcomes = Vec::new();
    for letter in in_order(letters.iter().collect(), |letter| letter) {
        outcomes.push(redrive.again(letter, false).await.unwrap());
    }
    outcomes
}

#[tokio::test]
async fn what_may_have_been_taken_before_a_death_is_repeated_with_its_time() {
    let mut repeats = 0;
    for death in 0..40 {
        let mut harness = Harness::new(&json!({ "delivery": { "maxAgeMinutes": 1 } }));
        harness.accept(Inbound, &says(&harness, "ana", "m-1", 2)).await;
        harness.deaths.push_back(Some(death));
        harness.round().await;
        harness.clock.advance(Duration::from_secs(120));
        harness.drain().await;
        let given_up = harness.dead_letters().await.len();
        assert_eq!(redrive_all(&harness).await, vec![RedriveOutcome::Sent; given_up], "{death}");
        harness.drain().await;
        assert!(harness.dead_letters().await.is_empty());
        let mut times = HashMap::new();
        for call in harness.genesys_calls() {
            let (id, time) = (text(&call, "/channel/messageId"), time(&call));
            repeats += usize::from(times.contains_key(&id));
            assert_eq!(*times.entry(id).or_insert(time), time, "a death at {death}");
        }
        assert_eq!(times.len(), 2);
    }
    assert!(repeats > 0);
}
