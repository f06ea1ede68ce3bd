//! Typing and receipts of the customer, on their way to the agent.

use serde_json::{Value, json};

use crate::harness::{Harness, SOON, Setup, taken};

fn event(kind: &str, id: &str, fields: Value) -> Value {
    let mut event =
        json!({ "type": kind, "id": id, "contact": { "id": "ana", "idType": "phone" } });
    for (key, value) in fields.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn receipt(id: &str, message: &str, status: &str) -> Value {
    event("receipt", id, json!({ "messageId": message, "status": status }))
}

#[tokio::test]
async fn typing_reaches_an_open_conversation_only() {
    let harness = Harness::start().await;
    harness.post(event("typing", "t-0", json!({}))).await;
    harness.logged(&[("event.name", "settled"), ("event.kind", "typing")]).await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.post(event("typing", "t-1", json!({}))).await;
    harness.post(event("typing", "t-2", json!({ "time": "2026-03-04T05:06:07Z" }))).await;
    harness.say("ana", "m-2", "Hello?").await;
    harness.accepted("ana", 2).await;
    let typing = harness.genesys.typing_events();
    assert_eq!(typing.len(), 1, "{typing:?}");
    assert_eq!(typing[0]["events"], json!([ { "eventType": "Typing" } ]));
    assert_eq!(typing[0]["channel"]["from"]["id"], "ana");
    harness.end();
}

#[tokio::test]
async fn typing_that_fails_is_not_repeated_and_holds_nothing_back() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let outage = crate::harness::status(503);
    harness.genesys.script(crate::harness::fault(simulators::Endpoint::Event, outage));
    harness.post(event("typing", "t-1", json!({}))).await;
    harness.say("ana", "m-2", "Hello?").await;
    harness.accepted("ana", 2).await;
    assert!(harness.genesys.typing_events().is_empty());
    assert_eq!(harness.lynn.event_count(), 0);
    harness.end();
}

#[tokio::test]
async fn typing_is_left_out_when_little_is_left_of_the_rate_budget_and_messages_never() {
    let setup = Setup::new().genesys(|options| options.rate_limit_per_minute = 10);
    let harness = setup.start().await;
    for number in 1..=8 {
        harness.say("ana", &format!("m-{number}"), "Hello").await;
    }
    harness.accepted("ana", 8).await;
    harness.post(event("typing", "t-1", json!({}))).await;
    harness.post(event("typing", "t-2", json!({}))).await;
    harness.say("ana", "m-9", "Hello?").await;
    harness.accepted("ana", 9).await;
    // The eighth answer says that two of ten calls are left, which is enough for one; after the
    // next, one is left.
    assert_eq!(harness.genesys.typing_events().len(), 1);
    harness.end();
}

#[tokio::test]
async fn receipts_reach_genesys_in_its_own_words_and_once() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let mut ids = Vec::new();
    for text in ["one", "two"] {
        ids.push(harness.agent("ana", text).await);
    }
    harness.heard("ana", 2).await;
    for (id, message, status) in [
        ("r-1", &ids[0], "delivered"),
        ("r-2", &ids[0], "read"),
        ("r-3", &ids[0], "delivered"),
        ("r-4", &ids[1], "read"),
        ("r-5", &ids[1], "delivered"),
    ] {
        harness.post(receipt(id, message, status)).await;
    }
    let reason = json!({ "code": "RecipientOptedOut", "message": "The customer said stop" });
    let own = json!({ "code": "131047", "message": "Re-engagement message" });
    for (id, message, reason) in [("r-6", &ids[0], reason), ("r-7", &ids[1], own)] {
        let fields = json!({ "messageId": message, "status": "failed", "reason": reason });
        harness.post(event("receipt", id, fields)).await;
    }
    let receipts = harness.receipts(4).await;
    let told: Vec<(&Value, &Value)> =
        receipts.iter().map(|receipt| (&receipt["id"], &receipt["status"])).collect();
    let expected =
        [(&ids[0], "Delivered"), (&ids[1], "Delivered"), (&ids[0], "Failed"), (&ids[1], "Failed")];
    for ((id, status), (expected_id, expected_status)) in told.iter().zip(expected) {
        assert_eq!(
            (id.as_str().unwrap(), status.as_str().unwrap()),
            (expected_id.as_str(), expected_status)
        );
    }
    assert_eq!(receipts[0]["channel"]["to"]["id"], "ana");
    assert_eq!(
        receipts[2]["reasons"],
        json!([ { "code": "RecipientOptedOut", "message": "The customer said stop" } ])
    );
    assert_eq!(receipts[3]["reasons"][0]["code"], "GeneralError");
    assert!(receipts[3]["reasons"][0]["message"].as_str().unwrap().contains("131047"));
    harness.end();
}

#[tokio::test]
async fn a_receipt_that_meets_an_outage_is_repeated() {
    let harness = Harness::start().await;
    let id = harness.agent("ana", "Hello").await;
    harness.heard("ana", 1).await;
    let outage = crate::harness::status(503);
    harness.genesys.script(crate::harness::fault(simulators::Endpoint::Receipt, outage));
    harness.post(receipt("r-1", &id, "delivered")).await;
    assert_eq!(harness.receipts(1).await[0]["id"], *id);
    harness.end();
}

#[tokio::test]
async fn a_receipt_about_nothing_known_is_reported_back_and_holds_nothing_up() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.post(receipt("r-1", "unknown", "delivered")).await;
    harness.say("ana", "m-2", "Hello?").await;
    harness.accepted("ana", 2).await;
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["messageId"], "r-1");
    assert_eq!(events[0]["status"], "failed");
    assert!(harness.genesys.receipts().is_empty());
}

#[tokio::test]
async fn the_accepted_mode_reports_delivery_as_soon_as_lynn_has_it() {
    let setup = crate::harness::Setup::new().config(|integration| {
        integration["genesys"]["receipts"] = json!("accepted");
    });
    let harness = setup.start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let id = harness.agent("ana", "Hello").await;
    taken(harness.genesys.agent_types("ana", 1000).await);
    let receipts = harness.receipts(1).await;
    assert_eq!(receipts[0]["id"], *id);
    assert_eq!(receipts[0]["status"], "Delivered");
    // Lynn's own receipt adds nothing.
    harness.post(receipt("r-1", &id, "read")).await;
    harness.say("ana", "m-2", "Hello?").await;
    harness.accepted("ana", 2).await;
    harness.receipts(1).await;
    harness.lynn.refuse_with("ana", 400);
    let refused = harness.agent("ana", "Hello?").await;
    let receipts = harness.receipts(2).await;
    assert_eq!(receipts[1]["id"], *refused);
    assert_eq!(receipts[1]["status"], "Failed");
    assert!(harness.lynn.wait_until(SOON, |lynn| lynn.event_count() == 2).await);
    harness.end();
}
