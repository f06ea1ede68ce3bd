//! Lynn does not accept an event: the bridge retries or gives up, and keeps order, identity and
//! `sequence`.

use std::time::Duration;

use serde_json::json;
use simulators::{LynnFault, LynnSimulator, RecordedRequest};

use crate::harness::{Harness, SOON, each, taken};

/// The posts to the webhook, in order of arrival.
fn posts(lynn: &LynnSimulator) -> Vec<RecordedRequest> {
    let mut posts = lynn.attempts();
    posts.retain(|post| post.path == "/webhook");
    posts
}

fn status(code: u16) -> LynnFault {
    LynnFault::Status { code, retry_after: None }
}

/// A harness with an open conversation of this contact.
async fn talking(contact: &str) -> Harness {
    let harness = Harness::start().await;
    harness.say(contact, "m-0", "Hello").await;
    harness.accepted(contact, 1).await;
    harness
}

#[tokio::test]
async fn an_outage_of_lynn_loses_nothing_and_keeps_the_order() {
    let harness = talking("ana").await;
    harness.lynn.set_down(true);
    let mut ids = Vec::new();
    for number in 0..12 {
        ids.push(harness.agent("ana", &format!("text {number}")).await);
    }
    let tried = |lynn: &LynnSimulator| !posts(lynn).is_empty();
    assert!(harness.lynn.wait_until(SOON, tried).await);
    harness.lynn.set_down(false);
    let events = harness.heard("ana", 12).await;
    assert_eq!(each(&events, "/id"), ids);
    assert_eq!(events[11]["sequence"], 12);
    // Only the first event was tried and failed; the others waited behind it.
    let failed = posts(&harness.lynn);
    let failed = failed.iter().filter(|post| post.status == Some(503));
    assert!(failed.clone().count() >= 1);
    assert!(failed.clone().all(|post| post.body["id"] == *ids[0]));
    harness.end();
}

#[tokio::test]
async fn an_event_accepted_without_an_answer_is_repeated_under_its_id_and_number() {
    let harness = talking("ana").await;
    harness.lynn.script(LynnFault::AcceptThenDrop);
    let first = harness.agent("ana", "Hello").await;
    let second = harness.agent("ana", "How can I help?").await;
    let events = harness.heard("ana", 2).await;
    assert_eq!(each(&events, "/id"), [&*first, &*second]);
    assert_eq!(harness.lynn.duplicates(), 1);
    let posts = posts(&harness.lynn);
    assert_eq!(posts.len(), 3);
    assert_eq!(posts[0].body, posts[1].body);
    assert_eq!(posts[0].header("webhook-id"), posts[1].header("webhook-id"));
    harness.end();
}

#[tokio::test]
async fn lynns_own_pause_is_kept() {
    let harness = talking("ana").await;
    harness.lynn.script(LynnFault::Status { code: 429, retry_after: Some(2) });
    harness.agent("ana", "Hello").await;
    harness.heard("ana", 1).await;
    let posts = posts(&harness.lynn);
    assert_eq!(posts.len(), 2);
    let pause = posts[1].at - posts[0].at;
    assert!(pause >= Duration::from_millis(1990), "{pause:?}");
    harness.end();
}

#[tokio::test]
async fn every_passing_failure_is_tried_again() {
    let harness = talking("c-0").await;
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
        let before = posts(&harness.lynn).len();
        harness.lynn.script(fault);
        harness.agent(&format!("c-{number}"), "Hello").await;
        let met = |lynn: &LynnSimulator| posts(lynn).len() > before;
        assert!(harness.lynn.wait_until(SOON, met).await);
    }
    for number in 0..count {
        harness.heard(&format!("c-{number}"), 1).await;
    }
    assert_eq!(harness.lynn.duplicates(), 0);
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn a_refused_event_fails_for_the_agent_and_leaves_no_gap() {
    let harness = talking("ana").await;
    let mut refused = Vec::new();
    for code in [400, 403, 422] {
        harness.lynn.script(status(code));
        refused.push(harness.agent("ana", "Hello").await);
    }
    let last = harness.agent("ana", "Hello?").await;
    let receipts = harness.receipts(3).await;
    assert_eq!(each(&receipts, "/id"), refused);
    for receipt in &receipts {
        assert_eq!(receipt["status"], "Failed");
        assert_eq!(receipt["reasons"][0]["code"], "GeneralError");
        assert_eq!(receipt["channel"]["to"]["id"], "ana");
    }
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["id"], *last);
    assert_eq!(events[0]["sequence"], 1);
    harness.end();
}

#[tokio::test]
async fn a_conversation_that_fails_delays_no_other() {
    let harness = talking("ana").await;
    harness.lynn.refuse_with("ana", 503);
    let mut ids = vec![harness.agent("ana", "one").await];
    for contact in ["ben", "eva"] {
        harness.agent(contact, "Hello").await;
        harness.heard(contact, 1).await;
    }
    ids.push(harness.agent("ana", "two").await);
    assert!(harness.lynn.events_for("ana").is_empty());
    harness.lynn.stop_refusing("ana");
    assert_eq!(each(&harness.heard("ana", 2).await, "/id"), ids);
    harness.end();
}

#[tokio::test]
async fn typing_is_never_repeated() {
    let harness = talking("ana").await;
    harness.lynn.script(status(503));
    taken(harness.genesys.agent_types("ana", 3000).await);
    let tried = |lynn: &LynnSimulator| posts(lynn).len() == 1;
    assert!(harness.lynn.wait_until(SOON, tried).await);
    let id = harness.agent("ana", "Hello").await;
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["id"], *id);
    assert_eq!(events[0]["sequence"], 1);
    assert_eq!(posts(&harness.lynn).len(), 2);
    harness.end();
}

#[tokio::test]
async fn a_webhook_that_comes_again_has_one_effect() {
    let harness = talking("ana").await;
    let first = harness.genesys.agent_says("ana", "Hello").await;
    let receipt = harness.genesys.genesys_message_id("ana", "m-0").unwrap();
    let receipt = harness.genesys.receipt_for(&receipt, "Published", json!([])).await;
    harness.heard("ana", 2).await;
    for delivery in [&first, &receipt, &first] {
        assert!(harness.genesys.redeliver(delivery).await.delivered);
    }
    let last = harness.agent("ana", "Goodbye").await;
    let events = harness.heard("ana", 3).await;
    assert_eq!(each(&events, "/type"), ["message", "receipt", "message"]);
    assert_eq!(events[2]["id"], *last);
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}

#[tokio::test]
async fn typing_that_comes_again_has_one_effect() {
    let harness = talking("ana").await;
    let typing = harness.genesys.agent_types("ana", 3000).await;
    for number in 2..=4 {
        harness.agent("ana", "Hello").await;
        harness.heard("ana", number).await;
    }
    // A quick retry of the vendor, long after the first delivery is finished.
    assert!(harness.genesys.redeliver(&typing).await.delivered);
    harness.agent("ana", "Hello?").await;
    let events = harness.heard("ana", 5).await;
    assert_eq!(events[4]["type"], "message");
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}
