//! The meaning of a 409, which Genesys does not document.

use delivery::record::DeliveryState;
use serde_json::json;
use shared::ports::Direction;
use testing::Reaction;

use crate::events::{says, texts};
use crate::harness::Harness;

const WAY: Direction = Direction::Inbound;

fn conflicts(number: usize) -> Vec<Reaction> {
    vec![Reaction::status(409); number]
}

#[tokio::test]
async fn after_an_attempt_without_an_answer_it_is_proof_of_acceptance() {
    for lost in [Reaction::Dropped { taken: true }, Reaction::Late { taken: true }] {
        let mut harness = Harness::new(&json!({}));
        harness.script.lock().unwrap().conflicts = true;
        harness.genesys([lost]);
        let event = says(&harness, "ana", "m-1", 2);
        harness.accept(WAY, &event).await;
        harness.drain().await;
        assert_eq!(texts(&harness.genesys_calls(), "/channel/messageId"), ["m-1", "m-1", "m-1.2"]);
        assert_eq!(harness.record(WAY, &event).await.unwrap().state, DeliveryState::Done);
        assert!(harness.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn after_a_death_it_is_proof_of_acceptance_once_it_stays() {
    let mut repeated = 0;
    for point in 0..40 {
        let mut harness = Harness::new(&json!({}));
        harness.script.lock().unwrap().conflicts = true;
        let event = says(&harness, "ana", "m-1", 1);
        harness.accept(WAY, &event).await;
        harness.deaths.extend([Some(point)]);
        harness.drain().await;
        let calls = harness.genesys_calls();
        assert_eq!(calls.iter().filter(|seen| seen.taken).count(), 1);
        assert_eq!(harness.record(WAY, &event).await.unwrap().state, DeliveryState::Done);
        assert!(harness.dead_letters().await.is_empty());
        repeated += usize::from(calls.len() > 1);
    }
    assert!(repeated > 0, "it never died between the answer and its record");
}

#[tokio::test]
async fn one_that_passes_is_only_a_pause() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys([Reaction::status(503)].into_iter().chain(conflicts(2)));
    for id in ["m-1", "m-2"] {
        harness.accept(WAY, &says(&harness, "ana", id, 1)).await;
    }
    harness.drain().await;
    let taken: Vec<_> = harness.genesys_calls().into_iter().filter(|seen| seen.taken).collect();
    assert_eq!(texts(&taken, "/channel/messageId"), ["m-1", "m-2"]);
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn one_of_a_message_that_was_only_held_back_is_not_taken_for_acceptance() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys([
        Reaction::status(503),
        Reaction::status(503),
        Reaction::status(200),
        Reaction::status(409),
    ]);
    for id in ["m-1", "m-2"] {
        harness.accept(WAY, &says(&harness, "ana", id, 1)).await;
    }
    harness.drain().await;
    let taken: Vec<_> = harness.genesys_calls().into_iter().filter(|seen| seen.taken).collect();
    assert_eq!(texts(&taken, "/channel/messageId"), ["m-1", "m-2"]);
}

#[tokio::test]
async fn one_that_nothing_explains_is_given_up_and_told() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys(conflicts(20));
    let event = says(&harness, "ana", "m-1", 1);
    harness.accept(WAY, &event).await;
    harness.drain().await;
    assert_eq!(harness.record(WAY, &event).await.unwrap().state, DeliveryState::Dead);
    assert_eq!(harness.dead_letters().await.len(), 1);
    assert_eq!(texts(&harness.lynn_calls(), "/status"), ["failed"]);
    assert!(harness.genesys_calls().len() < 10);
}
