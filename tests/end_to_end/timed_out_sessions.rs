//! The customer has been silent for so long that the session is over, although Lynn sent no event.

use serde_json::{Value, json};

use crate::harness::{SOON, Setup, World, each};

/// A world in which a session lasts a minute, and `ana` wrote two minutes ago.
async fn silent(policy: &'static str) -> World {
    let setup = Setup::new().config(move |integration| {
        integration["lynn"]["quietSession"] = json!(policy);
        integration["lynn"]["sessionTimeoutMinutes"] = json!(1);
    });
    let world = setup.start().await;
    said_long_ago(&world, "ana").await;
    world.stands("ana", json!({ "status": "open" })).await;
    world
}

/// A customer's message of two minutes ago, by the bridge's clock, since Lynn's own may be wrong.
pub async fn said_long_ago(world: &World, contact: &str) {
    let event = json!({
        "type": "message", "id": "m-1", "contact": { "id": contact }, "text": "Hello",
        "session": { "id": format!("session-{contact}"), "channel": "web" },
    });
    world.post(event).await;
    world.accepted(contact, 1).await;
    world.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    world.ages(contact, 2).await;
}

/// A new session starts, though the customer does not write.
async fn begin(world: &World) {
    let event = json!({ "type": "session.started", "id": "s-1", "contact": { "id": "ana" },
                        "session": { "id": "session-2", "channel": "web" } });
    world.post(event).await;
    world.logged(&[("event.name", "settled"), ("event.id", "s-1")]).await;
}

#[tokio::test]
async fn the_agent_is_told_that_nobody_is_there() {
    let world = silent("fail").await;
    assert_eq!(world.conversation("ana").await["session"]["active"], false);
    let unseen = world.agent("ana", "Are you there?").await;
    let receipts = world.receipts(1).await;
    assert_eq!((&receipts[0]["id"], &receipts[0]["status"]), (&json!(unseen), &json!("Failed")));
    assert_eq!(receipts[0]["reasons"][0]["code"], "InvalidDestination");
    assert!(world.lynn.attempts().is_empty());
    world.say("ana", "m-2", "I am back").await;
    world.accepted("ana", 2).await;
    world.agent("ana", "Welcome").await;
    let events = world.heard("ana", 1).await;
    assert_eq!(
        (&events[0]["sequence"], &events[0]["session"]["active"]),
        (&json!(1), &json!(true))
    );
    world.end();
}

#[tokio::test]
async fn a_session_that_begins_is_live_without_a_word_of_the_customer() {
    let world = silent("webhook").await;
    world.agent("ana", "Are you there?").await;
    world.heard("ana", 1).await;
    begin(&world).await;
    assert_eq!(world.conversation("ana").await["session"]["active"], true);
    world.agent("ana", "Welcome").await;
    let events = world.heard("ana", 2).await;
    assert_eq!(each(&events, "/session/active"), [false, true]);
    assert_eq!(each(&events, "/session/id"), ["session-ana", "session-2"]);
    world.end();
}

#[tokio::test]
async fn a_campaign_brings_the_customer_back_into_the_same_conversation() {
    let world = silent("proactive").await;
    let id = world.genesys.conversation_id("ana").expect("a conversation");
    world.agent("ana", "Are you there?").await;
    let asked = |lynn: &simulators::LynnSimulator| lynn.proactive().len() == 1;
    assert!(world.lynn.wait_until(SOON, asked).await);
    assert_eq!(world.lynn.proactive()[0]["text"], "Are you there?");
    assert_eq!(world.lynn.proactive()[0]["message"]["conversationId"], *id);
    assert_eq!(world.lynn.event_count(), 0);
    world.say("ana", "m-2", "Yes, here I am").await;
    world.accepted("ana", 2).await;
    let status = world.stands("ana", json!({ "status": "open", "conversationId": id })).await;
    assert_eq!(status["session"]["active"], true);
    assert_eq!(world.genesys.conversation_id("ana").as_ref(), Some(&id));
    world.agent("ana", "Welcome").await;
    let heard = world.heard("ana", 1).await.remove(0);
    assert_eq!((&heard["text"], &heard["session"]["active"]), (&json!("Welcome"), &json!(true)));
    assert_eq!(heard["conversationId"], *id);
    assert_eq!(world.lynn.proactive().len(), 1);
    assert_eq!(world.genesys.receipts(), Vec::<Value>::new());
    world.end();
}

#[tokio::test]
async fn an_end_is_told_by_the_webhook_whatever_the_policy() {
    for policy in ["webhook", "proactive", "fail"] {
        let world = silent(policy).await;
        world.agent_comes("ana", "ada", 1).await;
        let end = world.agent_leaves("ana", "ada", 2).await;
        assert_eq!(end["session"]["active"], false, "{policy}");
        assert!(world.lynn.proactive().is_empty());
        assert_eq!(world.genesys.receipts(), Vec::<Value>::new());
        world.end();
    }
}
