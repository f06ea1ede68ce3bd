//! The receipt and event endpoints.

use serde_json::json;
use simulators::GenesysOptions;

use crate::support::{Genesys, quiet};

#[tokio::test]
async fn a_receipt_belongs_to_a_message_that_was_sent_to_the_contact() {
    let genesys = Genesys::start().await;
    let sent = genesys.simulator.agent_says("x", "Hi").await;
    let good = json!({
        "id": sent.id,
        "channel": { "to": { "id": "x", "idType": "Opaque" }, "time": "2026-03-04T05:06:10Z" },
        "status": "Failed",
        "isFinalReceipt": true,
        "reasons": [ { "code": "InvalidDestination", "message": "blocked" } ],
    });
    let (status, answer) = genesys.post("receipt", &good).await;
    assert_eq!((status, &answer["status"]), (200, &json!("Failed")), "{answer}");
    let bad = [
        ("/id", json!("unknown"), 404, "not.found"),
        ("/channel/to/id", json!("y"), 404, "not.found"),
        ("/channel/time", json!("now"), 400, "invalid.date"),
        ("/status", json!("Read"), 400, "invalid.value"),
        ("/status", json!("Published"), 400, "invalid.value"),
        ("/isFinalReceipt", json!("yes"), 400, "bad.request"),
        ("/reasons/0/code", json!("Blocked"), 400, "invalid.value"),
        ("/reasons/0/message", json!(""), 400, "bad.request"),
    ];
    for (pointer, value, status, code) in bad {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect("a field") = value;
        let (answered, answer) = genesys.post("receipt", &body).await;
        assert_eq!((answered, answer["code"].as_str()), (status, Some(code)), "{body}");
    }
    assert_eq!(genesys.simulator.receipts(), [good]);
    assert_eq!(genesys.simulator.violations().len(), 8);
}

#[tokio::test]
async fn typing_is_the_only_event() {
    let genesys = Genesys::start().await;
    let channel =
        json!({ "from": { "id": "x", "idType": "Opaque" }, "time": "2026-03-04T05:06:08Z" });
    let good = json!({ "channel": channel, "events": [ { "eventType": "Typing" } ] });
    assert_eq!(genesys.post("event", &good).await.0, 200);
    assert_eq!(genesys.simulator.typing_events(), [good]);
    let presence = json!({ "channel": channel, "events": [ { "eventType": "Presence" } ] });
    assert_eq!(genesys.post("event", &presence).await.0, 400);
    assert_eq!(genesys.post("event", &json!({ "channel": channel, "events": [] })).await.0, 400);
}

#[tokio::test]
async fn typing_has_no_effect_where_the_setting_forbids_it() {
    let genesys = Genesys::start_with(GenesysOptions { typing_enabled: false, ..quiet() }).await;
    let channel =
        json!({ "from": { "id": "x", "idType": "Opaque" }, "time": "2026-03-04T05:06:08Z" });
    let typing = json!({ "channel": channel, "events": [ { "eventType": "Typing" } ] });
    assert_eq!(genesys.post("event", &typing).await.0, 200);
    assert!(genesys.simulator.typing_events().is_empty());
    assert!(genesys.simulator.agent_types("x", 5000).await.attempts.is_empty());
}
