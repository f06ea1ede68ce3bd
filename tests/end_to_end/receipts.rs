//! Receipts of Genesys Cloud for the customer's messages, matched to Lynn's own ids.

use serde_json::{Value, json};
use simulators::GenesysSimulator;

use crate::harness::{Harness, SOON, Setup, each, taken};

async fn with_receipts() -> Harness {
    Setup::new().genesys(|options| options.automatic_receipts = true).start().await
}

#[tokio::test]
async fn a_published_message_is_reported_under_lynns_id() {
    let harness = with_receipts().await;
    for id in ["m-1", "m-2", "m-3"] {
        harness.say("ana", id, "Hello").await;
    }
    harness.accepted("ana", 3).await;
    let mut events = harness.heard("ana", 3).await;
    // Genesys does not guarantee an order of its receipts.
    events.sort_by_key(|event| event["messageId"].to_string());
    assert_eq!(each(&events, "/messageId"), ["m-1", "m-2", "m-3"]);
    for event in &events {
        assert_eq!(event["type"], "receipt");
        assert_eq!(event["status"], "published");
        assert_eq!(event["final"], true);
        assert_eq!(event["reasons"], json!([]));
    }
    harness.end();
}

#[tokio::test]
async fn a_message_of_several_parts_is_published_once() {
    let harness = with_receipts().await;
    let event = json!({
        "type": "message", "id": "m-1", "contact": { "id": "ana" }, "text": "word ".repeat(900),
        "attachments": [ { "url": "https://example.com/p.png" } ],
    });
    harness.post(event).await;
    harness.accepted("ana", 4).await;
    let delivered = |genesys: &GenesysSimulator| genesys.deliveries().len() == 4;
    assert!(harness.genesys.wait_until(SOON, delivered).await);
    harness.say("ana", "m-2", "Hello").await;
    let events = harness.heard("ana", 2).await;
    assert_eq!(each(&events, "/messageId"), ["m-1", "m-2"]);
    assert_eq!(each(&events, "/status"), ["published", "published"]);
    harness.end();
}

#[tokio::test]
async fn a_message_of_which_a_part_failed_fails_once() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", &"word ".repeat(900)).await;
    harness.accepted("ana", 3).await;
    let part = |id: &str| harness.genesys.genesys_message_id("ana", id).unwrap();
    let reasons = json!([ { "code": "GeneralError", "message": "No agent saw it" } ]);
    for (id, status) in [("m-1", "Published"), ("m-1.2", "Failed"), ("m-1.3", "Failed")] {
        let reasons = if status == "Failed" { reasons.clone() } else { json!([]) };
        taken(harness.genesys.receipt_for(&part(id), status, reasons).await);
    }
    harness.agent("ana", "Hello").await;
    let events = harness.heard("ana", 2).await;
    assert_eq!(events[0]["messageId"], "m-1");
    assert_eq!(events[0]["status"], "failed");
    assert_eq!(events[0]["reasons"], reasons);
    assert_eq!(events[1]["type"], "message");
    harness.end();
}

#[tokio::test]
async fn every_status_that_lynn_has_a_word_for_is_passed_on_and_no_other() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let message = harness.genesys.genesys_message_id("ana", "m-1").unwrap();
    for status in ["Sent", "Delivered", "Read", "Removed", "Pondered", "Failed", "Failed"] {
        taken(harness.genesys.receipt_for(&message, status, json!([])).await);
    }
    harness.agent("ana", "Hello").await;
    let events = harness.heard("ana", 4).await;
    assert_eq!(
        each(&events, "/status"),
        [json!("delivered"), json!("read"), json!("failed"), Value::Null]
    );
    harness.end();
}

#[tokio::test]
async fn a_receipt_about_an_agents_message_is_not_passed_on() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let id = harness.agent("ana", "Hello").await;
    harness.heard("ana", 1).await;
    taken(harness.genesys.receipt_for(&id, "Delivered", json!([])).await);
    harness.agent("ana", "Anything else?").await;
    let events = harness.heard("ana", 2).await;
    assert_eq!(each(&events, "/type"), ["message", "message"]);
    harness.end();
}
