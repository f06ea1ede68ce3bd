//! The customer leaves at Lynn: the conversation at Genesys ends, and Lynn is told.

use serde_json::{Value, json};

use crate::harness::{Setup, World};
use crate::people::{CONNECTED, ENDED};

fn leaving(policy: &'static str) -> Setup {
    Setup::new().config(move |integration| integration["lynn"]["onSessionEnded"] = json!(policy))
}

/// The customer's session ends.
async fn leave(world: &World, id: &str) {
    let event = json!({
        "type": "session.ended", "id": id, "reason": "customer",
        "contact": { "id": "ana" }, "session": { "id": "session-ana", "channel": "web" },
    });
    world.post(event).await;
}

#[tokio::test]
async fn the_conversation_is_ended_and_lynn_is_told_once() {
    let world = leaving("disconnect").start().await;
    let id = world.opened("ana").await;
    world.agent_comes("ana", "ada", 1).await;
    leave(&world, "s-1").await;
    world.closed("ana").await;
    let end = world.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["conversationId"]), (&json!("customer"), &json!(id)));
    assert_eq!(end["session"]["active"], false);
    assert!(end["resumableUntil"].is_string());
    let patches = world.calls("PATCH");
    assert_eq!(patches.len(), 1);
    assert!(patches[0].path.ends_with(&id));
    assert_eq!(patches[0].body, json!({ "state": "disconnected" }));
    // Genesys reports the end too, with its own events.
    let events = world.genesys.lifecycle_events();
    world.tell(&events[events.len() - 2..]).await;
    world.all_told("ana").await;
    assert_eq!(world.types("ana"), [CONNECTED, ENDED]);
    let status = world.conversation("ana").await;
    assert_eq!((&status["status"], &status["agentConnected"]), (&json!("ended"), &json!(false)));
    assert_eq!(status["session"]["active"], false);
    // The customer returns inside the window.
    world.say("ana", "m-2", "I am back").await;
    world.accepted("ana", 2).await;
    let status = world.stands("ana", json!({ "status": "open" })).await;
    assert_eq!(
        (&status["conversationId"], &status["session"]["active"]),
        (&json!(id), &json!(true))
    );
    world.agent_comes("ana", "ada", 3).await;
    world.end();
}

#[tokio::test]
async fn one_whose_id_nobody_told_is_looked_up_by_a_message_in_it() {
    let setup = leaving("disconnect").genesys(|options| {
        options.prefetch_gives_id = false;
        options.webhook_names_conversation = false;
    });
    let world = setup.start().await;
    let id = world.opened("ana").await;
    let message = world.genesys.genesys_message_id("ana", "m-1").expect("an id");
    leave(&world, "s-1").await;
    world.closed("ana").await;
    let end = world.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["conversationId"]), (&json!("customer"), &json!(id)));
    let lookup = format!("/api/v2/conversations/messages/{message}/details");
    let requests = world.genesys.requests();
    assert_eq!(requests.iter().filter(|call| call.path == lookup).count(), 1);
    assert_eq!(world.calls("PATCH").len(), 1);
    world.end();
}

#[tokio::test]
async fn one_that_genesys_has_ended_already_is_ended() {
    let world = leaving("disconnect").start().await;
    world.opened("ana").await;
    let events = world.genesys.customer_disappears("ana");
    leave(&world, "s-1").await;
    let end = world.heard_once("ana", ENDED).await;
    assert_eq!(end["reason"], "customer");
    world.tell(&events).await;
    world.all_told("ana").await;
    assert_eq!(world.types("ana"), [ENDED]);
    // The bridge does not end a conversation again that it knows has ended.
    leave(&world, "s-2").await;
    world.logged(&[("event.name", "settled"), ("event.id", "s-2")]).await;
    assert_eq!(world.calls("PATCH").len(), 1);
    world.end();
}

#[tokio::test]
async fn the_agent_can_be_told_and_ends_it() {
    let world = leaving("notice").start().await;
    world.opened("ana").await;
    world.agent_comes("ana", "ada", 1).await;
    leave(&world, "s-1").await;
    let accepted = world.accepted("ana", 2).await;
    assert!(accepted[1]["text"].as_str().expect("a text").contains("left"));
    world.logged(&[("event.name", "delivered"), ("event.id", "s-1")]).await;
    let status = world.conversation("ana").await;
    assert_eq!((&status["status"], &status["session"]["active"]), (&json!("open"), &json!(false)));
    let end = world.agent_leaves("ana", "ada", 2).await;
    assert_eq!(end["session"]["active"], false);
    assert_eq!(world.calls("PATCH").len(), 0);
    world.end();
}

#[tokio::test]
async fn or_nothing_happens_at_genesys() {
    let world = leaving("keep").start().await;
    let id = world.opened("ana").await;
    leave(&world, "s-1").await;
    world.logged(&[("event.name", "settled"), ("event.id", "s-1")]).await;
    let status = world.conversation("ana").await;
    assert_eq!((&status["status"], &status["session"]["active"]), (&json!("open"), &json!(false)));
    assert_eq!(status["resumableUntil"], Value::Null);
    world.agent_comes("ana", "ada", 1).await;
    assert!(world.genesys.is_conversation_open("ana"));
    assert_eq!(world.genesys.conversation_id("ana"), Some(id));
    assert!(world.calls("PATCH").is_empty());
    assert_eq!(world.genesys.accepted_messages("ana").len(), 1);
    world.end();
}

#[tokio::test]
async fn a_customer_who_comes_back_at_once_does_not_leave_twice() {
    let world = leaving("disconnect").start().await;
    let id = world.opened("ana").await;
    leave(&world, "s-1").await;
    world.closed("ana").await;
    world.heard_once("ana", ENDED).await;
    let late = world.genesys.lifecycle_events();
    world.say("ana", "m-2", "I am back").await;
    world.accepted("ana", 2).await;
    world.stands("ana", json!({ "status": "open" })).await;
    // Only now Genesys reports the end that the bridge asked for.
    world.tell(&late).await;
    world.all_told("ana").await;
    assert_eq!(world.types("ana"), [ENDED]);
    let status = world.conversation("ana").await;
    assert_eq!((&status["status"], &status["conversationId"]), (&json!("open"), &json!(id)));
    world.end();
}
