//! A webhook that an attacker has recorded and posts again days later.

use serde_json::{Value, json};

use crate::harness::{World, taken};

/// A message of an agent, signed this many days ago.
fn recorded(world: &World, id: &str, days: f64) -> Vec<u8> {
    let ago = (days * 86_400_000.0) as i64;
    let at =
        shared::time::Timestamp::from_milliseconds(crate::signing::unix_seconds() * 1000 - ago);
    let integration = &world.genesys.options().integration_id;
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
    let world = World::start().await;
    world.say("ana", "m-1", "Is anybody there?").await;
    world.accepted("ana", 1).await;
    world.agent("ana", "I am here.").await;
    world.heard("ana", 1).await;
    for (id, days) in [("old-1", 7.1), ("old-2", 30.0), ("old-3", 400.0)] {
        taken(world.genesys.deliver_raw(recorded(&world, id, days)).await);
        let line = [("event.name", "left"), ("event.id", id), ("reason", "replayed")];
        world.logged(&line).await;
    }
    // A late webhook is not a replay.
    taken(world.genesys.deliver_raw(recorded(&world, "late", 1.0)).await);
    let heard = world.heard("ana", 2).await;
    assert_eq!((&heard[1]["id"], &heard[1]["sequence"]), (&json!("late"), &json!(2)));
    assert!(world.genesys.receipts().is_empty());
    world.end();
}
