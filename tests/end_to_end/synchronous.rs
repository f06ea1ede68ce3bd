//! The synchronous mode, a window of 0: each conversation has one agent and one end, and the next
//! message starts another conversation.

use serde_json::{Value, json};

use crate::harness::{Harness, Setup, each};
use crate::people::{CONNECTED, ENDED, happening, now};

fn synchronous() -> Setup {
    Setup::new().genesys(|options| options.threading_minutes = 0).config(|config| {
        config["genesys"]["threadingTimelineMinutes"] = json!(0);
    })
}

/// A conversation from its first message to its end.
async fn a_conversation(harness: &Harness, number: usize) -> String {
    let heard = harness.lynn.events_for("ana").len();
    harness.say("ana", &format!("m-{number}"), "I need an agent").await;
    harness.accepted("ana", number).await;
    let id = harness.genesys.conversation_id("ana").expect("a conversation");
    harness.stands("ana", json!({ "status": "open", "agentConnected": false })).await;
    harness.agent_comes("ana", "ada", heard + 1).await;
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", heard + 2).await;
    let end = harness.agent_leaves("ana", "ada", heard + 3).await;
    assert_eq!(end["resumableUntil"], Value::Null);
    let ended = harness.stands("ana", json!({ "status": "ended", "agentConnected": false })).await;
    assert_eq!((&ended["resumableUntil"], &ended["conversationId"]), (&Value::Null, &json!(id)));
    id
}

#[tokio::test]
async fn every_end_is_final_and_every_first_word_begins_a_conversation() {
    let harness = synchronous().start().await;
    let mut ids = Vec::new();
    for number in 1..=3 {
        ids.push(a_conversation(&harness, number).await);
    }
    let told = each(&harness.lynn.events_for("ana"), "/conversationId");
    let expected: Vec<&String> = ids.iter().flat_map(|id| [id; 3]).collect();
    assert_eq!(told, expected.iter().map(|id| json!(id)).collect::<Vec<_>>());
    assert_eq!(harness.types("ana"), [[CONNECTED, "message", ENDED]; 3].concat());
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_eq!(harness.asked(), [true; 3]);
    harness.end();
}

#[tokio::test]
async fn late_news_of_the_old_conversation_is_none_of_the_new_one() {
    let harness = synchronous().start().await;
    let old = a_conversation(&harness, 1).await;
    let events = harness.genesys.lifecycle_events();
    harness.say("ana", "m-2", "A new question").await;
    harness.accepted("ana", 2).await;
    let new = harness.genesys.conversation_id("ana").expect("a conversation");
    harness.stands("ana", json!({ "status": "open", "conversationId": new })).await;
    harness.tell(&events).await;
    for kind in ["user.start", "acd.end", "user.end", "customer.end"] {
        let late = json!({ "disconnectType": "TRANSFER", "confirmed": true });
        harness.post_event(&happening(kind, &old, now(), late)).await;
    }
    harness.all_told("ana").await;
    let status = harness.conversation("ana").await;
    assert_eq!((&status["status"], &status["agentConnected"]), (&json!("open"), &json!(false)));
    assert_eq!(status["conversationId"], *new);
    assert_eq!(harness.types("ana"), [CONNECTED, "message", ENDED]);
    harness.agent_comes("ana", "bob", 4).await;
    assert_eq!(harness.heard("ana", 4).await[3]["conversationId"], *new);
    harness.end();
}

#[tokio::test]
async fn the_new_conversation_has_no_id_until_somebody_tells_it() {
    let harness = synchronous().genesys(|options| options.prefetch_gives_id = false).start().await;
    let old = a_conversation(&harness, 1).await;
    harness.say("ana", "m-2", "A new question").await;
    harness.accepted("ana", 2).await;
    let status = harness.stands("ana", json!({ "status": "open" })).await;
    assert_eq!(status["conversationId"], Value::Null);
    let new = harness.genesys.conversation_id("ana").expect("a conversation");
    assert_ne!(new, old);
    harness.agent_comes("ana", "bob", 4).await;
    harness.agent("ana", "Good morning").await;
    let events = harness.heard("ana", 5).await;
    assert_eq!(each(&events[3..], "/conversationId"), [new.as_str(), new.as_str()]);
    harness.stands("ana", json!({ "conversationId": new, "agentConnected": true })).await;
    harness.agent_leaves("ana", "bob", 6).await;
    harness.end();
}

#[tokio::test]
async fn a_customer_who_writes_before_the_end_is_known_is_answered_in_the_new_conversation() {
    let harness = synchronous().start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    // Genesys ends the conversation, and its events are late.
    let late = harness.genesys.agent_ends("ana", "ada");
    harness.say("ana", "m-2", "One more thing").await;
    harness.accepted("ana", 2).await;
    let new = harness.genesys.conversation_id("ana").expect("a conversation");
    harness.agent("ana", "Good morning again").await;
    assert_eq!(harness.heard("ana", 2).await[1]["conversationId"], *new);
    harness.stands("ana", json!({ "status": "open", "conversationId": new })).await;
    harness.tell(&late).await;
    harness.all_told("ana").await;
    harness.stands("ana", json!({ "status": "open", "conversationId": new })).await;
    harness.agent_comes("ana", "bob", 3).await;
    let end = harness.agent_leaves("ana", "bob", 4).await;
    assert_eq!(end["conversationId"], *new);
    harness.end();
}

#[tokio::test]
async fn agents_and_ends_of_the_new_conversation_are_told_though_the_old_ends_news_is_late() {
    // How long before the customer's message the conversation ended, in milliseconds.
    for before in [100, 8_000] {
        let harness = synchronous().start().await;
        let old = harness.opened("ana").await;
        harness.genesys.end_conversation("ana");
        let ended = now();
        harness.say("ana", "m-2", "One more thing").await;
        harness.accepted("ana", 2).await;
        let new = harness.genesys.conversation_id("ana").expect("a conversation");
        assert_ne!(new, old);
        harness.logged(&[("event.name", "delivered"), ("event.id", "m-2")]).await;
        let end = json!({ "disconnectType": "PEER" });
        harness.post_event(&happening("customer.end", &old, ended - before, end)).await;
        // On AWS an event that names only its conversation is looked for first.
        let overtaken = "the conversation was resumed since";
        harness.logged(&[("event.name", "settled"), ("reason", overtaken)]).await;
        harness.tell(&harness.genesys.queue_waits("ana")).await;
        harness.tell(&harness.genesys.agent_answers("ana", "bob")).await;
        let connected = harness.heard_once("ana", CONNECTED).await;
        assert_eq!(connected["conversationId"], *new, "{before}");
        harness.stands("ana", json!({ "agentConnected": true, "conversationId": new })).await;
        harness.tell(&harness.genesys.agent_ends("ana", "bob")).await;
        harness.stands("ana", json!({ "status": "ended", "conversationId": new })).await;
        harness.end();
    }
}
