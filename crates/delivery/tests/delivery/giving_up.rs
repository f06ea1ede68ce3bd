//! When an event is given up, which side is told, and how an operator redrives it.

use std::time::Duration;

use delivery::event::{DedupKey, QueuedEvent};
use delivery::record::DeliveryState;
use serde_json::json;
use shared::error::Class;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};
use testing::Reaction;

use crate::events::{agent_says, body, genesys, says, text, texts, time};
use crate::harness::Harness;

fn one_minute() -> Harness {
    Harness::new(&json!({ "delivery": { "maxAgeMinutes": 1 } }))
}

#[tokio::test]
async fn what_is_too_old_is_given_up_with_its_history_and_told() {
    let mut harness = one_minute();
    harness.genesys(vec![Reaction::status(503); 50]);
    let event = says(&harness, "ana", "m-1", 1);
    let accepted_at = harness.clock.now();
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    let letters = harness.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].code.as_str(), letters[0].class), ("expired", Class::Permanent));
    assert!(letters[0].history.len() >= 4 && !letters[0].uncertain);
    // The last pause ends with the minute, so the originating side is told without delay.
    assert_eq!(letters[0].at.since(accepted_at), 60_000);
    let told = harness.lynn_calls();
    assert_eq!(texts(&told, "/type"), ["receipt"]);
    assert_eq!(text(&told[0], "/messageId"), "m-1");
    assert_eq!(body(&told[0])["final"], true);
}

#[tokio::test]
async fn what_needs_no_call_is_never_too_late() {
    let mut harness = one_minute();
    let reflected = json!({ "type": "Text", "id": "m-1", "text": "Hello", "direction": "Inbound" });
    let mut event = genesys(&harness, "ana", DedupKey::Message("m-1".to_owned()), reflected);
    event.accepted_at = event.accepted_at - Duration::from_hours(1);
    harness.accept(Outbound, &event).await;
    harness.drain().await;
    assert_eq!(harness.record(Outbound, &event).await.unwrap().state, DeliveryState::Done);
    assert!(harness.dead_letters().await.is_empty() && harness.genesys_calls().is_empty());
}

#[tokio::test]
async fn what_was_given_up_was_written_all_the_same() {
    let mut harness = Harness::new(&json!({}));
    harness.lynn([Reaction::status(200), Reaction::status(422)]);
    for id in ["g-1", "g-2"] {
        harness.accept(Outbound, &agent_says(&harness, "ana", id)).await;
        harness.drain().await;
        harness.clock.advance(Duration::from_secs(10));
    }
    assert_eq!(harness.dead_letters().await.len(), 1);
    // An end from before the second message does not end the conversation.
    let conversation = harness.conversation("ana").await;
    let written = conversation.last_outbound_message.unwrap();
    assert!(harness.clock.now().since(written) < 20_000);
}

#[tokio::test]
async fn a_pause_ends_with_the_time_that_is_left() {
    let mut harness = one_minute();
    harness.lynn([Reaction::later(429, Duration::from_secs(3600))]);
    let start = harness.clock.now();
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    assert_eq!(harness.dead_letters().await[0].at.since(start), 60_000);
    let receipt = &harness.genesys_calls()[0];
    assert!(receipt.url.ends_with("/receipt"));
    assert_eq!(
        (text(receipt, "/id"), text(receipt, "/status")),
        ("g-1".to_owned(), "Failed".to_owned())
    );
    assert_eq!(text(receipt, "/reasons/0/code"), "MessageExpired");
}

#[tokio::test]
async fn the_wish_of_the_other_side_is_the_pause() {
    let mut harness = Harness::new(&json!({}));
    harness.lynn([Reaction::later(503, Duration::from_secs(77))]);
    let start = harness.clock.now();
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    assert_eq!(harness.lynn_calls()[1].at.since(start), 77_000);
}

#[tokio::test]
async fn an_unknown_fate_is_kept_with_the_letter() {
    let mut harness = Harness::new(&json!({}));
    harness.lynn([Reaction::Dropped { taken: true }, Reaction::status(400)]);
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    harness.drain().await;
    let letters = harness.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert!(letters[0].uncertain);
    assert_eq!(letters[0].code, "400");
    // The conversation continues.
    assert_eq!(text(harness.lynn_calls().last().unwrap(), "/id"), "g-2");
}

#[tokio::test]
async fn a_notice_that_cannot_be_delivered_is_a_dead_letter_and_the_end() {
    let mut harness = Harness::new(&json!({}));
    harness.lynn([Reaction::status(400)]);
    harness.genesys([Reaction::status(400)]);
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    let letters = harness.dead_letters().await;
    assert_eq!(
        letters.iter().map(|letter| letter.direction).collect::<Vec<_>>(),
        [Outbound, Inbound]
    );
    assert!(letters[0].user_reason.is_some() && letters[1].user_reason.is_none());
}

/// Does what `bridge dead-letters` does.
fn redriven(harness: &Harness, body: &str) -> QueuedEvent {
    let mut event: QueuedEvent = serde_json::from_str(body).unwrap();
    event.redrive += 1;
    event.first_accepted_at = Some(event.time());
    event.accepted_at = harness.clock.now();
    event
}

#[tokio::test]
async fn a_redrive_goes_on_where_it_failed_with_new_patience() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys([
        Reaction::status(200),
        Reaction::status(503),
        Reaction::status(503),
        Reaction::status(400),
    ]);
    let event = says(&harness, "ana", "m-1", 2);
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    let letter = harness.dead_letters().await.remove(0);
    assert_eq!(harness.record(Inbound, &event).await.unwrap().state, DeliveryState::Dead);

    // A repeat of the same event has no effect, but a redrive has.
    harness.clock.advance(Duration::from_secs(24 * 3600));
    let before = harness.genesys_calls().len();
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    assert_eq!(harness.genesys_calls().len(), before);
    harness.genesys([Reaction::status(503)]);
    let start = harness.clock.now();
    let again = redriven(&harness, &letter.body.0);
    harness.accept(Inbound, &again).await;
    harness.drain().await;
    let calls = harness.genesys_calls().split_off(before);
    assert_eq!(texts(&calls, "/channel/messageId"), ["m-1.2", "m-1.2"]);
    assert!(
        calls[1].at.since(start) <= 1200,
        "the first pause is a second again: {}",
        calls[1].at.since(start)
    );
    assert_eq!(harness.record(Inbound, &event).await.unwrap().state, DeliveryState::Done);
    assert_eq!(time(&calls[0]), time(&calls[1]));
    // The time is later than the time of its first part, and than the times of messages sent since.
    assert_eq!(time(&calls[0]), event.accepted_at + Duration::from_millis(2));
}

#[tokio::test]
async fn a_letter_is_redriven_weeks_later_as_well_as_at_once() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys([Reaction::status(200), Reaction::status(400), Reaction::status(400)]);
    let event = says(&harness, "ana", "m-1", 2);
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    for round in 1..=2 {
        let letter = harness.dead_letters().await.pop().unwrap();
        assert_eq!(letter.attempts, round);
        assert_eq!(letter.user_reason.as_ref().map(|told| told.0.is_empty()), Some(false));
        assert_eq!(letter.order_time(), harness.dead_letters().await[0].at);
        // Longer than the record of any other event is kept.
        harness.clock.advance(Duration::from_secs(30 * 24 * 3600));
        let again = redriven(&harness, &letter.body.0);
        for _ in 0..2 {
            harness.accept(Inbound, &again).await;
            harness.drain().await;
        }
    }
    // Each part is sent once, except for the refused attempts, and Lynn is told of the failure
    // once.
    let parts = texts(&harness.genesys_calls(), "/channel/messageId");
    assert_eq!(parts, ["m-1", "m-1.2", "m-1.2", "m-1.2"]);
    assert_eq!(texts(&harness.lynn_calls(), "/type"), ["receipt"]);
    assert_eq!(harness.record(Inbound, &event).await.unwrap().state, DeliveryState::Done);
}

#[tokio::test]
async fn a_redrive_can_fail_and_be_redriven_again() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys(vec![Reaction::status(400); 2]);
    let event = says(&harness, "ana", "m-1", 1);
    harness.accept(Inbound, &event).await;
    for letters in 1..=2 {
        harness.drain().await;
        let kept = harness.dead_letters().await;
        assert_eq!(kept.len(), letters);
        harness.clock.advance(Duration::from_secs(60));
        let again = redriven(&harness, &kept[letters - 1].body.0);
        assert_eq!(again.redrive, u32::try_from(letters).unwrap());
        harness.accept(Inbound, &again).await;
    }
    harness.drain().await;
    assert_eq!(harness.record(Inbound, &event).await.unwrap().state, DeliveryState::Done);
}
