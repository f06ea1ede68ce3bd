//! Lynn's time of an event may be wrong, so the bridge's decisions depend on its own time of
//! acceptance.

use std::time::Duration;

use delivery::event::{Payload, QueuedEvent};
use serde_json::json;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};
use shared::time::Timestamp;
use testing::Reaction;

use crate::deadlines::wake;
use crate::events::{agent_says, body, says, time};
use crate::world::{RECONCILE_AFTER, World};

fn claiming(mut event: QueuedEvent, time: Timestamp) -> QueuedEvent {
    if let Payload::Lynn(lynn) = &mut event.payload {
        lynn.time = Some(time);
    }
    event
}

#[tokio::test]
async fn a_session_lives_by_the_time_of_acceptance() {
    for claim in ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
        let mut world = World::new(&json!({ "lynn": { "quietSession": "fail" } }));
        let claim = Timestamp::parse(claim).unwrap();
        let event = claiming(says(&world, "ana", "m-1", 1), claim);
        let accepted = event.accepted_at;
        world.accept(Inbound, &event).await;
        world.drain().await;
        // An impossible time is replaced.
        assert_eq!(time(&world.genesys_calls()[0]), accepted);
        world.accept(Outbound, &agent_says(&world, "ana", "g-1")).await;
        world.drain().await;
        let posted = world.lynn_calls();
        assert_eq!(body(&posted[0])["session"]["active"], true);
        assert_eq!(world.genesys_calls().len(), 1);
    }
}

#[tokio::test]
async fn a_clock_that_is_late_is_passed_on_and_makes_nobody_ask() {
    let mut world = World::new(&json!({}));
    let claim = world.clock.now().plus_milliseconds(-6 * 60 * 60 * 1000);
    world.accept(Inbound, &claiming(says(&world, "ana", "m-1", 1), claim)).await;
    world.drain().await;
    assert_eq!(time(&world.genesys_calls()[0]), claim);
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(wake(&mut world).await, 0);
    world.clock.advance(RECONCILE_AFTER);
    world.genesys([Reaction::body(200, json!({ "id": "c-1", "participants": [] }).to_string())]);
    assert_eq!(wake(&mut world).await, 1);
}
