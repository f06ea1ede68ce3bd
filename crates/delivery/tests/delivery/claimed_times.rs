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
use crate::harness::{Harness, RECONCILE_AFTER};

fn claiming(mut event: QueuedEvent, time: Timestamp) -> QueuedEvent {
    if let Payload::Lynn(lynn) = &mut event.payload {
        lynn.time = Some(time);
    }
    event
}

#[tokio::test]
async fn a_session_lives_by_the_time_of_acceptance() {
    for claim in ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
        let mut harness = Harness::new(&json!({ "lynn": { "quietSession": "fail" } }));
        let claim = Timestamp::parse(claim).unwrap();
        let event = claiming(says(&harness, "ana", "m-1", 1), claim);
        let accepted = event.accepted_at;
        harness.accept(Inbound, &event).await;
        harness.drain().await;
        // An impossible time is replaced.
        assert_eq!(time(&harness.genesys_calls()[0]), accepted);
        harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
        harness.drain().await;
        let posted = harness.lynn_calls();
        assert_eq!(body(&posted[0])["session"]["active"], true);
        // The agent's name was asked for; the agent's message is no reason for another call.
        assert_eq!(harness.genesys_calls().len(), 2);
    }
}

#[tokio::test]
async fn a_clock_that_is_late_is_passed_on_and_makes_nobody_ask() {
    let mut harness = Harness::new(&json!({}));
    let claim = harness.clock.now() - Duration::from_hours(6);
    harness.accept(Inbound, &claiming(says(&harness, "ana", "m-1", 1), claim)).await;
    harness.drain().await;
    assert_eq!(time(&harness.genesys_calls()[0]), claim);
    harness.clock.advance(Duration::from_secs(5));
    assert_eq!(wake(&mut harness).await, 0);
    harness.clock.advance(RECONCILE_AFTER);
    harness.genesys([Reaction::body(200, json!({ "id": "c-1", "participants": [] }).to_string())]);
    assert_eq!(wake(&mut harness).await, 1);
}
