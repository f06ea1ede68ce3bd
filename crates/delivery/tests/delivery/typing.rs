//! Typing lives for 5 s, is sent once, and its failure is not reported.

use std::time::Duration;

use delivery::event::QueuedEvent;
use serde_json::json;
use shared::lynn::inbound::InboundKind;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};
use testing::Reaction;

use crate::events::{agent_says, agent_types, body, lynn, says, texts};
use crate::harness::Harness;

async fn open(harness: &mut Harness) {
    harness.accept(Inbound, &says(harness, "ana", "m-1", 1)).await;
    harness.drain().await;
}

#[tokio::test]
async fn fresh_typing_reaches_an_open_conversation() {
    let mut harness = Harness::new(&json!({}));
    harness.accept(Inbound, &lynn(&harness, "ana", "t-0", InboundKind::Typing)).await;
    harness.drain().await;
    assert!(harness.genesys_calls().is_empty(), "there was no conversation to type in");
    open(&mut harness).await;
    harness.accept(Inbound, &lynn(&harness, "ana", "t-1", InboundKind::Typing)).await;
    harness.accept(Outbound, &agent_types(&harness, "ana", "t-2")).await;
    harness.clock.advance(Duration::from_secs(5));
    harness.drain().await;
    assert!(harness.genesys_calls().last().unwrap().url.ends_with("/inbound/open/event"));
    assert_eq!(texts(&harness.lynn_calls(), "/type"), ["typing"]);
}

#[tokio::test]
async fn typing_of_a_customer_that_comes_again_has_no_second_effect() {
    let mut harness = Harness::new(&json!({}));
    open(&mut harness).await;
    let typing = lynn(&harness, "ana", "t-1", InboundKind::Typing);
    for _ in 0..3 {
        // Later than the queue's deduplication remembers.
        let again = QueuedEvent { accepted_at: harness.clock.now(), ..typing.clone() };
        harness.accept(Inbound, &again).await;
        harness.drain().await;
        harness.clock.advance(Duration::from_secs(600));
    }
    assert_eq!(harness.genesys_calls().len(), 2);
}

#[tokio::test]
async fn old_typing_is_dropped() {
    let mut harness = Harness::new(&json!({}));
    open(&mut harness).await;
    harness.accept(Inbound, &lynn(&harness, "ana", "t-1", InboundKind::Typing)).await;
    harness.accept(Outbound, &agent_types(&harness, "ana", "t-2")).await;
    harness.clock.advance(Duration::from_millis(5001));
    harness.drain().await;
    assert_eq!(harness.genesys_calls().len(), 1);
    assert!(harness.lynn_calls().is_empty());
}

#[tokio::test]
async fn typing_that_fails_is_neither_repeated_nor_told() {
    for reaction in [Reaction::status(500), Reaction::status(400), Reaction::Unreachable] {
        let mut harness = Harness::new(&json!({}));
        open(&mut harness).await;
        harness.genesys([reaction.clone()]);
        harness.lynn([reaction]);
        let before = harness.vendor.seen().len();
        harness.accept(Inbound, &lynn(&harness, "ana", "t-1", InboundKind::Typing)).await;
        harness.accept(Outbound, &agent_types(&harness, "ana", "t-2")).await;
        harness.drain().await;
        assert!(harness.vendor.seen().len() <= before + 2);
        assert!(harness.dead_letters().await.is_empty());
        assert_eq!(harness.sent(Inbound).len() + harness.sent(Outbound).len(), 3);
    }
}

#[tokio::test]
async fn several_typings_are_shown_once_though_their_outcomes_are_lost() {
    let mut harness = Harness::new(&json!({}));
    open(&mut harness).await;
    for id in ["t-1", "t-2"] {
        harness.accept(Outbound, &agent_types(&harness, "ana", id)).await;
    }
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.lost.push_back(true);
    harness.drain().await;
    let sequences: Vec<_> =
        harness.lynn_calls().iter().map(|seen| body(seen)["sequence"].clone()).collect();
    assert_eq!(sequences, [1, 2, 3]);
}
