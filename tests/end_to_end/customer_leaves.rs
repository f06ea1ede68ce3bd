//! The customer leaves at Lynn: the conversation at Genesys ends, and Lynn is told.

use serde_json::{Value, json};

use crate::harness::{Harness, Setup};
use crate::people::{CONNECTED, ENDED};

fn leaving(policy: &'static str) -> Setup {
    Setup::new().config(move |integration| integration["lynn"]["onSessionEnded"] = json!(policy))
}

/// The customer's session ends.
async fn leave(harness: &Harness, id: &str) {
    let event = json!({
        "type": "session.ended", "id": id, "reason": "customer",
        "contact": { "id": "ana" }, "session": { "id": "session-ana", "channel": "web" },
    });
    harness.post(event).await;
}

#[tokio::test]
async fn the_conversation_is_ended_and_lynn_is_told_once() {
    let harness = leaving("disconnect").start().await;
    let id = harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    leave(&harness, "s-1").await;
    harness.closed("ana").await;
    let end = harness.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["conversationId"]), (&json!("customer"), &json!(id)));
    assert_eq!(end["session"]["active"], false);
    assert!(end["resumableUntil"].is_string());
    let patches = harness.calls("PATCH");
    assert_eq!(patches.len(), 1);
    assert!(patches[0].path.ends_with(&id));
    assert_eq!(patches[0].body, json!({ "state": "disconnected" }));
    // Genesys reports the end too, with its own events.
    let events = harness.genesys.lifecycle_events();
    harness.tell(&events[events.len() - 2..]).await;
    harness.all_told("ana").await;
    assert_eq!(harness.types("ana"), [CONNECTED, ENDED]);
    let status = harness.conversation("ana").await;
    assert_eq!((&status["status"], &status["agentConnected"]), (&json!("ended"), &json!(false)));
    assert_eq!(status["session"]["active"], false);
    // The customer returns inside the window.
    harness.say("ana", "m-2", "I am back").await;
    harness.accepted("ana", 2).await;
    let status = harness.stands("ana", json!({ "status": "open" })).await;
    assert_eq!(
        (&status["conversationId"], &status["session"]["active"]),
        (&json!(id), &json!(true))
    );
    harness.agent_comes("ana", "ada", 3).await;
    harness.end();
}

#[tokio::test]
async fn one_whose_id_nobody_told_is_looked_up_by_a_message_in_it() {
    let setup = leaving("disconnect").genesys(|options| {
        options.prefetch_gives_id = false;
        options.webhook_names_conversation = false;
    });
    let harness = setup.start().await;
    let id = harness.opened("ana").await;
    let message = harness.genesys.genesys_message_id("ana", "m-1").expect("an id");
    leave(&harness, "s-1").await;
    harness.closed("ana").await;
    let end = harness.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["conversationId"]), (&json!("customer"), &json!(id)));
    let lookup = format!("/api/v2/conversations/messages/{message}/details");
    let requests = harness.genesys.requests();
    assert_eq!(requests.iter().filter(|call| call.path == lookup).count(), 1);
    assert_eq!(harness.calls("PATCH").len(), 1);
    harness.end();
}

#[tokio::test]
async fn one_that_genesys_has_ended_already_is_ended() {
    let harness = leaving("disconnect").start().await;
    harness.opened("ana").await;
    let events = harness.genesys.customer_disappears("ana");
    leave(&harness, "s-1").await;
    let end = harness.heard_once("ana", ENDED).await;
    assert_eq!(end["reason"], "customer");
    harness.tell(&events).await;
    harness.all_told("ana").await;
    assert_eq!(harness.types("ana"), [ENDED]);
    // The bridge does not end a conversation again that it knows has ended.
    leave(&harness, "s-2").await;
    harness.logged(&[("event.name", "settled"), ("event.id", "s-2")]).await;
    assert_eq!(harness.calls("PATCH").len(), 1);
    harness.end();
}

#[tokio::test]
async fn the_agent_can_be_told_and_ends_it() {
    let harness = leaving("notice").start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    leave(&harness, "s-1").await;
    let accepted = harness.accepted("ana", 2).await;
    assert!(accepted[1]["text"].as_str().expect("a text").contains("left"));
    harness.logged(&[("event.name", "delivered"), ("event.id", "s-1")]).await;
    let status = harness.conversation("ana").await;
    assert_eq!((&status["status"], &status["session"]["active"]), (&json!("open"), &json!(false)));
    let end = harness.agent_leaves("ana", "ada", 2).await;
    assert_eq!(end["session"]["active"], false);
    assert_eq!(harness.calls("PATCH").len(), 0);
    harness.end();
}

#[tokio::test]
async fn or_nothing_happens_at_genesys() {
    let harness = leaving("keep").start().await;
    let id = harness.opened("ana").await;
    leave(&harness, "s-1").await;
    harness.logged(&[("event.name", "settled"), ("event.id", "s-1")]).await;
    let status = harness.conversation("ana").await;
    assert_eq!((&status["status"], &status["session"]["active"]), (&json!("open"), &json!(false)));
    assert_eq!(status["resumableUntil"], Value::Null);
    harness.agent_comes("ana", "ada", 1).await;
    assert!(harness.genesys.is_conversation_open("ana"));
    assert_eq!(harness.genesys.conversation_id("ana"), Some(id));
    assert!(harness.calls("PATCH").is_empty());
    assert_eq!(harness.genesys.accepted_messages("ana").len(), 1);
    harness.end();
}

#[tokio::test]
async fn a_customer_who_comes_back_at_once_does_not_leave_twice() {
    let harness = leaving("disconnect").start().await;
    let id = harness.opened("ana").await;
    leave(&harness, "s-1").await;
    harness.closed("ana").await;
    harness.heard_once("ana", ENDED).await;
    let late = harness.genesys.lifecycle_events();
    harness.say("ana", "m-2", "I am back").await;
    harness.accepted("ana", 2).await;
    harness.stands("ana", json!({ "status": "open" })).await;
    // Only now Genesys reports the end that the bridge asked for.
    harness.tell(&late).await;
    harness.all_told("ana").await;
    assert_eq!(harness.types("ana"), [ENDED]);
    let status = harness.conversation("ana").await;
    assert_eq!((&status["status"], &status["conversationId"]), (&json!("open"), &json!(id)));
    harness.end();
}
