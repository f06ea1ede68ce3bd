//! Genesys' receipts about Lynn's messages: for several parts, and before their message is
//! recorded.

use std::time::Duration;

use serde_json::json;
use shared::ports::Direction::{Inbound, Outbound};
use testing::Reaction;

use crate::events::{agent_says, genesys_receipt, says, text, texts};
use crate::harness::Harness;

async fn receipt(harness: &mut Harness, message: &str, status: &str) {
    harness.accept(Outbound, &genesys_receipt(harness, "ana", message, status)).await;
    harness.drain().await;
}

#[tokio::test]
async fn lynn_hears_of_a_message_when_it_holds_of_all_its_parts() {
    let mut harness = Harness::new(&json!({}));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 3)).await;
    harness.drain().await;
    for part in ["g-m-1.3", "g-m-1", "g-m-1"] {
        receipt(&mut harness, part, "Published").await;
        assert!(harness.lynn_calls().is_empty());
    }
    receipt(&mut harness, "g-m-1.2", "Published").await;
    receipt(&mut harness, "g-m-1.2", "Delivered").await;
    let told = harness.lynn_calls();
    assert_eq!(texts(&told, "/messageId"), ["m-1"]);
    assert_eq!(texts(&told, "/status"), ["published"]);
}

#[tokio::test]
async fn lynn_hears_once_of_the_first_part_that_failed() {
    let mut harness = Harness::new(&json!({}));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 3)).await;
    harness.drain().await;
    harness.lynn([Reaction::status(503), Reaction::Dropped { taken: true }]);
    for part in ["g-m-1.2", "g-m-1", "g-m-1.3"] {
        receipt(&mut harness, part, "Failed").await;
    }
    let told = harness.lynn_calls();
    assert_eq!(texts(&told, "/status"), ["failed"; 3]);
    assert!(told.iter().all(|seen| text(seen, "/id") == text(&told[0], "/id")));
}

#[tokio::test]
async fn a_receipt_may_speak_of_a_message_by_the_id_that_the_bridge_gave() {
    let mut harness = Harness::new(&json!({}));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.accept(Inbound, &says(&harness, "ana", "m-2", 3)).await;
    harness.drain().await;
    for id in ["m-1", "m-2", "m-2.3", "m-2.2"] {
        receipt(&mut harness, id, "Published").await;
    }
    let told = harness.lynn_calls();
    assert_eq!(texts(&told, "/messageId"), ["m-1", "m-2"]);
    assert_eq!(texts(&told, "/status"), ["published"; 2]);
}

#[tokio::test]
async fn a_receipt_before_its_record_waits_and_then_resolves() {
    let mut harness = Harness::new(&json!({}));
    // Genesys has accepted the message, but its answer is slow, so the receipt arrives first.
    harness.accept(Outbound, &genesys_receipt(&harness, "ana", "g-m-1", "Published")).await;
    assert!(harness.round().await);
    assert!(harness.lynn_calls().is_empty());
    harness.clock.advance(Duration::from_millis(2000));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    let told = harness.lynn_calls();
    assert_eq!(texts(&told, "/messageId"), ["m-1"]);
}

#[tokio::test]
async fn a_receipt_about_nothing_known_is_dropped_after_its_patience() {
    // One more pause is a quarter of the age.
    for (status, patience) in [("Published", 3_000..4_000), ("Failed", 3_000..4_000)] {
        let mut harness = Harness::new(&json!({}));
        harness.accept(Outbound, &genesys_receipt(&harness, "ana", "g-m-1", status)).await;
        harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
        let start = shared::ports::Clock::now(&*harness.clock);
        harness.drain().await;
        let told = harness.lynn_calls();
        assert_eq!(texts(&told, "/id"), ["g-1"]);
        assert!(patience.contains(&told[0].at.since(start)), "{status}");
    }
}

#[tokio::test]
async fn a_receipt_about_a_message_of_genesys_own_does_not_wait() {
    let mut harness = Harness::new(&json!({}));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    let start = shared::ports::Clock::now(&*harness.clock);
    receipt(&mut harness, "g-1", "Published").await;
    assert_eq!(shared::ports::Clock::now(&*harness.clock), start);
    assert_eq!(harness.lynn_calls().len(), 1);
}

#[tokio::test]
async fn accepted_receipts_tell_genesys_as_soon_as_lynn_has_it() {
    let mut harness = Harness::new(&json!({ "genesys": { "receipts": "accepted" } }));
    harness.lynn([Reaction::status(503)]);
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    let receipts = harness.genesys_calls();
    assert_eq!(texts(&receipts, "/id"), ["g-1"]);
    assert_eq!(texts(&receipts, "/status"), ["Delivered"]);
}

#[tokio::test]
async fn receipts_that_came_before_their_record_are_told_whenever_the_process_dies() {
    for point in 0..40 {
        let mut harness = Harness::new(&json!({}));
        for status in ["Published", "Delivered"] {
            receipt(&mut harness, "g-m-1", status).await;
        }
        assert!(harness.lynn_calls().is_empty());
        harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
        harness.deaths.push_back(Some(point));
        harness.drain().await;
        let mut told = texts(&harness.lynn_calls(), "/status");
        told.dedup();
        assert_eq!(told, ["published", "delivered"], "it died at {point}");
    }
}
