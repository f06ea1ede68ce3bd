//! The synchronous mode, a window of 0: each conversation has one agent and one end, and the next
//! message starts another conversation.

use serde_json::{Value, json};

use crate::harness::{Setup, World, each};
use crate::people::{CONNECTED, ENDED, happening, now};

fn synchronous() -> Setup {
    Setup::new().genesys(|options| options.threading_minutes = 0).config(|config| {
        config["genesys"]["threadingTimelineMinutes"] = json!(0);
    })
}

/// A conversation from its first message to its end.
async fn a_conversation(world: &World, number: usize) -> String {
    let heard = world.lynn.events_for("ana").len();
    world.say("ana", &format!("m-{number}"), "I need an agent").await;
    world.accepted("ana", number).await;
    let id = world.genesys.conversation_id("ana").expect("a conversation");
    world.stands("ana", json!({ "status": "open", "agentConnected": false })).await;
    world.agent_comes("ana", "ada", heard + 1).await;
    world.agent("ana", "Good morning").await;
    world.heard("ana", heard + 2).await;
    let end = world.agent_leaves("ana", "ada", heard + 3).await;
    assert_eq!(end["resumableUntil"], Value::Null);
    let ended = world.stands("ana", json!({ "status": "ended", "agentConnected": false })).await;
    assert_eq!((&ended["resumableUntil"], &ended["conversationId"]), (&Value::Null, &json!(id)));
    id
}

#[tokio::test]
async fn every_end_is_final_and_every_first_word_begins_a_conversation() {
    let world = synchronous().start().await;
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(a_conversation(&world, number).await);
    }
    let told = each(&world.lynn.events_for("ana"), "/conversationId");
    let expected: Vec<&String> = ids.iter().flat_map(|id| [id; 3]).collect();
    assert_eq!(told, expected.iter().map(|id| json!(id)).collect::<Vec<_>>());
    assert_eq!(world.types("ana"), [[CONNECTED, "message", ENDED]; 3].concat());
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_eq!(world.asked(), [true; 3]);
    world.end();
}

#[tokio::test]
async fn late_news_of_the_old_conversation_is_none_of_the_new_one() {
    let world = synchronous().start().await;
    let old = a_conversation(&world, 1).await;
    let events = world.genesys.lifecycle_events();
    world.say("ana", "m-2", "A new question").await;
    world.accepted("ana", 2).await;
    let new = world.genesys.conversation_id("ana").expect("a conversation");
    world.stands("ana", json!({ "status": "open", "conversationId": new })).await;
    world.tell(&events).await;
    for kind in ["user.start", "acd.end", "user.end", "customer.end"] {
        let late = json!({ "disconnectType": "TRANSFER", "confirmed": true });
        world.post_event(&happening(kind, &old, now(), late)).await;
    }
    world.all_told("ana").await;
    let status = world.conversation("ana").await;
    assert_eq!((&status["status"], &status["agentConnected"]), (&json!("open"), &json!(false)));
    assert_eq!(status["conversationId"], *new);
    assert_eq!(world.types("ana"), [CONNECTED, "message", ENDED]);
    world.agent_comes("ana", "bob", 4).await;
    assert_eq!(world.heard("ana", 4).await[3]["conversationId"], *new);
    world.end();
}

#[tokio::test]
async fn the_new_conversation_has_no_id_until_somebody_tells_it() {
    let world = synchronous().genesys(|options| options.prefetch_gives_id = false).start().await;
    let old = a_conversation(&world, 1).await;
    world.say("ana", "m-2", "A new question").await;
    world.accepted("ana", 2).await;
    let status = world.stands("ana", json!({ "status": "open" })).await;
    assert_eq!(status["conversationId"], Value::Null);
    let new = world.genesys.conversation_id("ana").expect("a conversation");
    assert_ne!(new, old);
    world.agent_comes("ana", "bob", 4).await;
    world.agent("ana", "Good morning").await;
    let events = world.heard("ana", 5).await;
    assert_eq!(each(&events[3..], "/conversationId"), [new.as_str(), new.as_str()]);
    world.stands("ana", json!({ "conversationId": new, "agentConnected": true })).await;
    world.agent_leaves("ana", "bob", 6).await;
    world.end();
}

#[tokio::test]
async fn a_customer_who_writes_before_the_end_is_known_is_answered_in_the_new_conversation() {
    let world = synchronous().start().await;
    world.opened("ana").await;
    world.agent_comes("ana", "ada", 1).await;
    // Genesys ends the conversation, and its events are late.
    let late = world.genesys.agent_ends("ana", "ada");
    world.say("ana", "m-2", "One more thing").await;
    world.accepted("ana", 2).await;
    let new = world.genesys.conversation_id("ana").expect("a conversation");
    world.agent("ana", "Good morning again").await;
    assert_eq!(world.heard("ana", 2).await[1]["conversationId"], *new);
    world.stands("ana", json!({ "status": "open", "conversationId": new })).await;
    world.tell(&late).await;
    world.all_told("ana").await;
    world.stands("ana", json!({ "status": "open", "conversationId": new })).await;
    world.agent_comes("ana", "bob", 3).await;
    let end = world.agent_leaves("ana", "bob", 4).await;
    assert_eq!(end["conversationId"], *new);
    world.end();
}

#[tokio::test]
async fn agents_and_ends_of_the_new_conversation_are_told_though_the_old_ends_news_is_late() {
    // How long before the customer's message the conversation ended, in milliseconds.
    for before in [100, 8_000] {
        let world = synchronous().start().await;
        let old = world.opened("ana").await;
        world.genesys.end_conversation("ana");
        world.say("ana", "m-2", "One more thing").await;
        world.accepted("ana", 2).await;
        let new = world.genesys.conversation_id("ana").expect("a conversation");
        assert_ne!(new, old);
        world.logged(&[("event.name", "delivered"), ("event.id", "m-2")]).await;
        let end = json!({ "disconnectType": "PEER" });
        world.post_event(&happening("customer.end", &old, now() - before, end)).await;
        world.tell(&world.genesys.queue_waits("ana")).await;
        world.tell(&world.genesys.agent_answers("ana", "bob")).await;
        let connected = world.heard_once("ana", CONNECTED).await;
        assert_eq!(connected["conversationId"], *new, "{before}");
        world.stands("ana", json!({ "agentConnected": true, "conversationId": new })).await;
        world.tell(&world.genesys.agent_ends("ana", "bob")).await;
        world.stands("ana", json!({ "status": "ended", "conversationId": new })).await;
        world.end();
    }
}
