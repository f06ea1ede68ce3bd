//! An event with a refused credential: one new token, then the configuration is read once more,
//! then the event is given up.

use std::time::Duration;

use delivery::record::State;
use serde_json::json;
use shared::ids::IntegrationName;
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Clock as _, SecretPart};
use testing::Reaction;

use crate::events::{agent_says, says, text, texts};
use crate::script::{INTEGRATION, config};
use crate::world::World;

fn refusals(number: usize) -> Vec<Reaction> {
    vec![Reaction::status(401); number]
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let mut world = World::new(&json!({}));
    world.genesys(refusals(1));
    let event = says(&world, "ana", "m-1", 1);
    let start = world.clock.now();
    world.accept(Inbound, &event).await;
    world.drain().await;
    assert_eq!((world.logins(), world.clock.now()), (2, start));
    let calls = world.genesys_calls();
    assert_eq!(calls[0].body, calls[1].body);
    assert_ne!(calls[0].headers["authorization"], calls[1].headers["authorization"]);
    assert_eq!(world.record(Inbound, &event).await.unwrap().state, State::Done);
}

#[tokio::test]
async fn a_new_token_that_is_refused_too_is_the_end_and_told() {
    let mut world = World::new(&json!({}));
    world.genesys(refusals(9));
    world.accept(Inbound, &says(&world, "ana", "m-1", 1)).await;
    world.drain().await;
    assert_eq!(world.genesys_calls().len(), 2);
    assert_eq!(world.dead_letters().await.len(), 1);
    assert_eq!(texts(&world.lynn_calls(), "/messageId"), ["m-1"]);
}

#[tokio::test]
async fn a_credential_that_was_just_changed_is_read_and_used() {
    let mut world =
        World::new(&json!({ "lynn": { "auth": { "type": "bearer", "token": "old" } } }));
    world.accept(Outbound, &agent_says(&world, "ana", "g-1")).await;
    world.drain().await;
    world.clock.advance(Duration::from_secs(11));
    let changes = json!({ "lynn": { "auth": { "type": "bearer", "token": "new" } } });
    world.secrets.set(&IntegrationName::new(INTEGRATION), SecretPart::Send, vec![config(&changes)]);
    world.lynn(refusals(1));
    world.accept(Outbound, &agent_says(&world, "ana", "g-2")).await;
    world.drain().await;
    let calls = world.lynn_calls();
    assert_eq!(texts(&calls, "/id"), ["g-1", "g-2", "g-2"]);
    assert_eq!(calls[2].headers["authorization"], "Bearer new");
    assert!(world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_refused_credential_waits_while_nobody_can_say_whether_it_was_changed() {
    let mut world =
        World::new(&json!({ "lynn": { "auth": { "type": "bearer", "token": "old" } } }));
    world.accept(Outbound, &agent_says(&world, "ana", "g-1")).await;
    world.drain().await;
    world.clock.advance(Duration::from_secs(11));
    world.lynn(refusals(1));
    world.secrets.set_down(true);
    world.accept(Outbound, &agent_says(&world, "ana", "g-2")).await;
    assert!(world.round().await);
    assert!(world.dead_letters().await.is_empty());
    world.secrets.set_down(false);
    world.drain().await;
    assert_eq!(texts(&world.lynn_calls(), "/id"), ["g-1", "g-2", "g-2"]);
    assert!(world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn events_wait_for_a_login_that_is_refused() {
    let mut world = World::new(&json!({}));
    world.script.lock().unwrap().logins.extend(refusals(3));
    world.accept(Inbound, &says(&world, "ana", "m-1", 1)).await;
    world.drain().await;
    assert_eq!(world.logins(), 4);
    assert_eq!(text(&world.genesys_calls()[0], "/channel/messageId"), "m-1");
    assert!(world.dead_letters().await.is_empty());
}
