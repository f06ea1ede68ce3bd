//! An event with a refused credential: one new token, then the configuration is read once more,
//! then the event is given up.

use std::time::Duration;

use delivery::record::DeliveryState;
use serde_json::json;
use shared::ids::IntegrationName;
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Clock as _, SecretPart};
use testing::Reaction;

use crate::events::{agent_says, says, text, texts};
use crate::harness::Harness;
use crate::script::{INTEGRATION, config};

fn refusals(number: usize) -> Vec<Reaction> {
    vec![Reaction::status(401); number]
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys(refusals(1));
    let event = says(&harness, "ana", "m-1", 1);
    let start = harness.clock.now();
    harness.accept(Inbound, &event).await;
    harness.drain().await;
    assert_eq!((harness.logins(), harness.clock.now()), (2, start));
    let calls = harness.genesys_calls();
    assert_eq!(calls[0].body, calls[1].body);
    assert_ne!(calls[0].headers["authorization"], calls[1].headers["authorization"]);
    assert_eq!(harness.record(Inbound, &event).await.unwrap().state, DeliveryState::Done);
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_end_and_told() {
    let mut harness = Harness::new(&json!({}));
    harness.genesys(refusals(9));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    assert_eq!(harness.genesys_calls().len(), 2);
    assert_eq!(harness.dead_letters().await.len(), 1);
    assert_eq!(texts(&harness.lynn_calls(), "/messageId"), ["m-1"]);
}

#[tokio::test]
async fn a_credential_that_was_just_changed_is_read_and_used() {
    let mut harness =
        Harness::new(&json!({ "lynn": { "auth": { "type": "bearer", "token": "old" } } }));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    harness.clock.advance(Duration::from_secs(11));
    let changes = json!({ "lynn": { "auth": { "type": "bearer", "token": "new" } } });
    harness.secrets.set(
        &IntegrationName::new(INTEGRATION),
        SecretPart::Send,
        vec![config(&changes)],
    );
    harness.lynn(refusals(1));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    harness.drain().await;
    let calls = harness.lynn_calls();
    assert_eq!(texts(&calls, "/id"), ["g-1", "g-2", "g-2"]);
    assert_eq!(calls[2].headers["authorization"], "Bearer new");
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_refused_credential_waits_while_nobody_can_say_whether_it_was_changed() {
    let mut harness =
        Harness::new(&json!({ "lynn": { "auth": { "type": "bearer", "token": "old" } } }));
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    harness.clock.advance(Duration::from_secs(11));
    harness.lynn(refusals(1));
    harness.secrets.set_down(true);
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-2")).await;
    assert!(harness.round().await);
    assert!(harness.dead_letters().await.is_empty());
    harness.secrets.set_down(false);
    harness.drain().await;
    assert_eq!(texts(&harness.lynn_calls(), "/id"), ["g-1", "g-2", "g-2"]);
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn events_wait_for_a_login_that_is_refused() {
    let mut harness = Harness::new(&json!({}));
    harness.script.lock().unwrap().logins.extend(refusals(3));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    assert_eq!(harness.logins(), 4);
    assert_eq!(text(&harness.genesys_calls()[0], "/channel/messageId"), "m-1");
    assert!(harness.dead_letters().await.is_empty());
}
