//! Typing lives for 5 s, is sent once, and its failure is not reported.

use std::time::Duration;

use delivery::event::QueuedEvent;
use serde_json::json;
use shared::lynn::inbound::InboundKind;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};
use testing::Reaction;

use crate::events::{agent_says, agent_types, body, lynn, says, texts};
use crate::world::World;

async fn open(world: &mut World) {
    world.accept(Inbound, &says(world, "ana", "m-1", 1)).await;
    world.drain().await;
}

#[tokio::test]
async fn fresh_typing_reaches_an_open_conversation() {
    let mut world = World::new(&json!({}));
    world.accept(Inbound, &lynn(&world, "ana", "t-0", InboundKind::Typing)).await;
    world.drain().await;
    assert!(world.genesys_calls().is_empty(), "there was no conversation to type in");
    open(&mut world).await;
    world.accept(Inbound, &lynn(&world, "ana", "t-1", InboundKind::Typing)).await;
    world.accept(Outbound, &agent_types(&world, "ana", "t-2")).await;
    world.clock.advance(Duration::from_secs(5));
    world.drain().await;
    assert!(world.genesys_calls().last().unwrap().url.ends_with("/inbound/open/event"));
    assert_eq!(texts(&world.lynn_calls(), "/type"), ["typing"]);
}

#[tokio::test]
async fn typing_of_a_customer_that_comes_again_has_no_second_effect() {
    let mut world = World::new(&json!({}));
    open(&mut world).await;
    let typing = lynn(&world, "ana", "t-1", InboundKind::Typing);
    for _ in 0..3 {
        // Later than the queue's deduplication remembers.
        let again = QueuedEvent { accepted_at: world.clock.now(), ..typing.clone() };
        world.accept(Inbound, &again).await;
        world.drain().await;
        world.clock.advance(Duration::from_secs(600));
    }
    assert_eq!(world.genesys_calls().len(), 2);
}

#[tokio::test]
async fn old_typing_is_dropped() {
    let mut world = World::new(&json!({}));
    open(&mut world).await;
    world.accept(Inbound, &lynn(&world, "ana", "t-1", InboundKind::Typing)).await;
    world.accept(Outbound, &agent_types(&world, "ana", "t-2")).await;
    world.clock.advance(Duration::from_millis(5001));
    world.drain().await;
    assert_eq!(world.genesys_calls().len(), 1);
    assert!(world.lynn_calls().is_empty());
}

#[tokio::test]
async fn typing_that_fails_is_neither_repeated_nor_told() {
    for reaction in [Reaction::status(500), Reaction::status(400), Reaction::Unreachable] {
        let mut world = World::new(&json!({}));
        open(&mut world).await;
        world.genesys([reaction.clone()]);
        world.lynn([reaction]);
        let before = world.vendor.seen().len();
        world.accept(Inbound, &lynn(&world, "ana", "t-1", InboundKind::Typing)).await;
        world.accept(Outbound, &agent_types(&world, "ana", "t-2")).await;
        world.drain().await;
        assert!(world.vendor.seen().len() <= before + 2);
        assert!(world.dead_letters().await.is_empty());
        assert_eq!(world.sent(Inbound).len() + world.sent(Outbound).len(), 3);
    }
}

#[tokio::test]
async fn several_typings_are_shown_once_though_their_outcomes_are_lost() {
    let mut world = World::new(&json!({}));
    open(&mut world).await;
    for id in ["t-1", "t-2"] {
        world.accept(Outbound, &agent_types(&world, "ana", id)).await;
    }
    world.accept(Outbound, &agent_says(&world, "ana", "g-1")).await;
    world.lost.push_back(true);
    world.drain().await;
    let sequences: Vec<_> =
        world.lynn_calls().iter().map(|seen| body(seen)["sequence"].clone()).collect();
    assert_eq!(sequences, [1, 2, 3]);
}
