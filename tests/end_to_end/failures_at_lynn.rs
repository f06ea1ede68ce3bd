//! Lynn does not accept an event: the bridge retries or gives up, and keeps order, identity and
//! `sequence`.

use std::time::Duration;

use serde_json::json;
use simulators::{LynnFault, LynnSimulator, RecordedRequest};

use crate::harness::{SOON, World, each, taken};

/// The posts to the webhook, in order of arrival.
fn posts(lynn: &LynnSimulator) -> Vec<RecordedRequest> {
    let mut posts = lynn.attempts();
    posts.retain(|post| post.path == "/webhook");
    posts
}

fn status(code: u16) -> LynnFault {
    LynnFault::Status { code, retry_after: None }
}

/// A world with an open conversation of this contact.
async fn talking(contact: &str) -> World {
    let world = World::start().await;
    world.say(contact, "m-0", "Hello").await;
    world.accepted(contact, 1).await;
    world
}

#[tokio::test]
async fn an_outage_of_lynn_loses_nothing_and_keeps_the_order() {
    let world = talking("ana").await;
    world.lynn.set_down(true);
    let mut ids = Vec::new();
    for number in 0..12 {
        ids.push(world.agent("ana", &format!("text {number}")).await);
    }
    let tried = |lynn: &LynnSimulator| !posts(lynn).is_empty();
    assert!(world.lynn.wait_until(SOON, tried).await);
    world.lynn.set_down(false);
    let events = world.heard("ana", 12).await;
    assert_eq!(each(&events, "/id"), ids);
    assert_eq!(events[11]["sequence"], 12);
    // Only the first event was tried and failed; the others waited behind it.
    let failed = posts(&world.lynn);
    let failed = failed.iter().filter(|post| post.status == Some(503));
    assert!(failed.clone().count() >= 1);
    assert!(failed.clone().all(|post| post.body["id"] == *ids[0]));
    world.end();
}

#[tokio::test]
async fn an_event_accepted_without_an_answer_is_repeated_under_its_id_and_number() {
    let world = talking("ana").await;
    world.lynn.script(LynnFault::AcceptThenDrop);
    let first = world.agent("ana", "Hello").await;
    let second = world.agent("ana", "How can I help?").await;
    let events = world.heard("ana", 2).await;
    assert_eq!(each(&events, "/id"), [&*first, &*second]);
    assert_eq!(world.lynn.duplicates(), 1);
    let posts = posts(&world.lynn);
    assert_eq!(posts.len(), 3);
    assert_eq!(posts[0].body, posts[1].body);
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    world.end();
}

#[tokio::test]
async fn lynns_own_pause_is_kept() {
    let world = talking("ana").await;
    world.lynn.script(LynnFault::Status { code: 429, retry_after: Some(2) });
    world.agent("ana", "Hello").await;
    world.heard("ana", 1).await;
    let posts = posts(&world.lynn);
    assert_eq!(posts.len(), 2);
    let pause = posts[1].at - posts[0].at;
    assert!(pause >= Duration::from_millis(1990), "{pause:?}");
    world.end();
}

#[tokio::test]
async fn every_passing_failure_is_tried_again() {
    let world = talking("c-0").await;
    let faults = [
        status(408),
        status(425),
        status(429),
        status(500),
        status(502),
        status(504),
        LynnFault::DropConnectionBefore,
    ];
    // Each fault meets the first post of another conversation, so that all conversations pause at
    // once.
    let count = faults.len();
    for (number, fault) in faults.into_iter().enumerate() {
        let before = posts(&world.lynn).len();
        world.lynn.script(fault);
        world.agent(&format!("c-{number}"), "Hello").await;
        let met = |lynn: &LynnSimulator| posts(lynn).len() > before;
        assert!(world.lynn.wait_until(SOON, met).await);
    }
    for number in 0..count {
        world.heard(&format!("c-{number}"), 1).await;
    }
    assert_eq!(world.lynn.duplicates(), 0);
    assert!(world.genesys.receipts().is_empty());
    world.end();
}

#[tokio::test]
async fn a_refused_event_fails_for_the_agent_and_leaves_no_gap() {
    let world = talking("ana").await;
    let mut refused = Vec::new();
    for code in [400, 403, 422] {
        world.lynn.script(status(code));
        refused.push(world.agent("ana", "Hello").await);
    }
    let last = world.agent("ana", "Hello?").await;
    let receipts = world.receipts(3).await;
    assert_eq!(each(&receipts, "/id"), refused);
    for receipt in &receipts {
        assert_eq!(receipt["status"], "Failed");
        assert_eq!(receipt["reasons"][0]["code"], "GeneralError");
        assert_eq!(receipt["channel"]["to"]["id"], "ana");
    }
    let events = world.heard("ana", 1).await;
    assert_eq!(events[0]["id"], *last);
    assert_eq!(events[0]["sequence"], 1);
    world.end();
}

#[tokio::test]
async fn a_conversation_that_fails_delays_no_other() {
    let world = talking("ana").await;
    world.lynn.refuse_with("ana", 503);
    let mut ids = vec![world.agent("ana", "one").await];
    for contact in ["ben", "eva"] {
        world.agent(contact, "Hello").await;
        world.heard(contact, 1).await;
    }
    ids.push(world.agent("ana", "two").await);
    assert!(world.lynn.events_for("ana").is_empty());
    world.lynn.stop_refusing("ana");
    assert_eq!(each(&world.heard("ana", 2).await, "/id"), ids);
    world.end();
}

#[tokio::test]
async fn typing_is_never_repeated() {
    let world = talking("ana").await;
    world.lynn.script(status(503));
    taken(world.genesys.agent_types("ana", 3000).await);
    let tried = |lynn: &LynnSimulator| posts(lynn).len() == 1;
    assert!(world.lynn.wait_until(SOON, tried).await);
    let id = world.agent("ana", "Hello").await;
    let events = world.heard("ana", 1).await;
    assert_eq!(events[0]["id"], *id);
    assert_eq!(events[0]["sequence"], 1);
    assert_eq!(posts(&world.lynn).len(), 2);
    world.end();
}

#[tokio::test]
async fn a_webhook_that_comes_again_has_one_effect() {
    let world = talking("ana").await;
    let first = world.genesys.agent_says("ana", "Hello").await;
    let receipt = world.genesys.genesys_message_id("ana", "m-0").unwrap();
    let receipt = world.genesys.receipt_for(&receipt, "Published", json!([])).await;
    world.heard("ana", 2).await;
    for delivery in [&first, &receipt, &first] {
        assert!(world.genesys.redeliver(delivery).await.delivered);
    }
    let last = world.agent("ana", "Goodbye").await;
    let events = world.heard("ana", 3).await;
    assert_eq!(each(&events, "/type"), ["message", "receipt", "message"]);
    assert_eq!(events[2]["id"], *last);
    assert_eq!(world.lynn.duplicates(), 0);
    world.end();
}

#[tokio::test]
async fn typing_that_comes_again_has_one_effect() {
    let world = talking("ana").await;
    let typing = world.genesys.agent_types("ana", 3000).await;
    for number in 2..=4 {
        world.agent("ana", "Hello").await;
        world.heard("ana", number).await;
    }
    // A quick retry of the vendor, long after the first delivery is finished.
    assert!(world.genesys.redeliver(&typing).await.delivered);
    world.agent("ana", "Hello?").await;
    let events = world.heard("ana", 5).await;
    assert_eq!(events[4]["type"], "message");
    assert_eq!(world.lynn.duplicates(), 0);
    world.end();
}
