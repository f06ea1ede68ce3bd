//! A webhook that an attacker has recorded and posts again days later.

use serde_json::{Value, json};

use crate::harness::{Harness, taken};

/// A message of an agent, signed this many days ago.
fn recorded(harness: &Harness, id: &str, days: f64) -> Vec<u8> {
    let ago = (days * 86_400_000.0) as i64;
    let at =
        shared::time::Timestamp::from_milliseconds(crate::signing::unix_seconds() * 1000 - ago);
    let integration = &harness.genesys.options().integration_id;
    let body: Value = json!({
        "id": id, "type": "Text", "direction": "Outbound", "originatingEntity": "Human", "text": "An answer of old",
        "channel": { "id": integration, "platform": "Open", "type": "Private", "messageId": id,
                     "to": { "id": "ana", "idType": "Opaque" }, "from": { "id": integration, "idType": "Opaque" },
                     "time": at.to_text() },
    });
    body.to_string().into_bytes()
}

#[tokio::test]
async fn an_authentic_webhook_of_last_week_is_taken_and_has_no_effect() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.accepted("ana", 1).await;
    harness.agent("ana", "I am here.").await;
    harness.heard("ana", 1).await;
    for (id, days) in [("old-1", 7.1), ("old-2", 30.0), ("old-3", 400.0)] {
        taken(harness.genesys.deliver_raw(recorded(&harness, id, days)).await);
        let line = [("event.name", "left"), ("event.id", id), ("reason", "replayed")];
        harness.logged(&line).await;
    }
    // A late webhook is not a replay.
    taken(harness.genesys.deliver_raw(recorded(&harness, "late", 1.0)).await);
    let heard = harness.heard("ana", 2).await;
    assert_eq!((&heard[1]["id"], &heard[1]["sequence"]), (&json!("late"), &json!(2)));
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}
