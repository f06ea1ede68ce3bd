//! The threading window: a message inside it continues the conversation, a message after it starts
//! another one.

use serde_json::{Value, json};

use crate::harness::{Harness, Setup};
use crate::people::{CONNECTED, ENDED, happening, milliseconds, now};

/// A harness whose window is an hour, on both sides.
async fn an_hour() -> Harness {
    let setup = Setup::new().genesys(|options| options.threading_minutes = 60).config(|config| {
        config["genesys"]["threadingTimelineMinutes"] = json!(60);
    });
    setup.start().await
}

#[tokio::test]
async fn inside_the_window_the_conversation_goes_on_and_ends_again() {
    let harness = an_hour().await;
    let id = harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    let first = harness.agent_leaves("ana", "ada", 2).await;
    let ended = harness.stands("ana", json!({ "status": "ended", "sequence": 2 })).await;
    assert_eq!(ended["resumableUntil"], first["resumableUntil"]);
    assert_eq!(milliseconds(&first["resumableUntil"]), milliseconds(&first["time"]) + 3_600_000);

    harness.genesys.pass_time("ana", 59);
    harness.say("ana", "m-2", "One more thing").await;
    harness.accepted("ana", 2).await;
    let resumed = harness.stands("ana", json!({ "status": "open" })).await;
    assert_eq!(resumed["resumableUntil"], Value::Null);
    assert_eq!(resumed["conversationId"], *id);
    assert_eq!(harness.genesys.conversation_id("ana").as_ref(), Some(&id));
    harness.agent_comes("ana", "ada", 3).await;
    harness.agent("ana", "Yes?").await;
    harness.heard("ana", 4).await;
    let second = harness.agent_leaves("ana", "ada", 5).await;
    assert_eq!(harness.types("ana"), [CONNECTED, ENDED, CONNECTED, "message", ENDED]);
    assert!(milliseconds(&second["resumableUntil"]) > milliseconds(&first["resumableUntil"]));
    assert!(harness.lynn.events_for("ana").iter().all(|event| event["conversationId"] == *id));
    // The first message after an end asks for the id of its conversation, since only Genesys knows
    // it for certain.
    assert_eq!(harness.asked(), [true, true]);
    harness.end();
}

#[tokio::test]
async fn after_the_window_another_conversation_begins() {
    let harness = an_hour().await;
    let old = harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.agent_leaves("ana", "ada", 2).await;
    harness.genesys.pass_time("ana", 60);
    harness.say("ana", "m-2", "A new question").await;
    harness.accepted("ana", 2).await;
    let new = harness.genesys.conversation_id("ana").expect("a conversation");
    assert_ne!(new, old);
    harness.stands("ana", json!({ "status": "open", "conversationId": new })).await;
    harness.agent_comes("ana", "bob", 3).await;
    harness.agent("ana", "Good morning").await;
    let events = harness.heard("ana", 4).await;
    assert!(events[2..].iter().all(|event| event["conversationId"] == *new));
    // Late events of the old conversation are out of date.
    for kind in ["customer.end", "acd.end", "user.end"] {
        let late = happening(kind, &old, now(), json!({ "disconnectType": "TRANSFER" }));
        harness.post_event(&late).await;
    }
    harness.all_told("ana").await;
    let status = harness.conversation("ana").await;
    assert_eq!((&status["status"], &status["agentConnected"]), (&json!("open"), &json!(true)));
    assert_eq!(status["conversationId"], *new);
    harness.agent_leaves("ana", "bob", 5).await;
    assert_eq!(harness.types("ana"), [CONNECTED, ENDED, CONNECTED, "message", ENDED]);
    harness.end();
}

#[tokio::test]
async fn an_agent_who_writes_after_the_end_takes_the_conversation_up_again() {
    let harness = an_hour().await;
    let id = harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.agent_leaves("ana", "ada", 2).await;
    harness.agent("ana", "I forgot something").await;
    harness.heard("ana", 3).await;
    let status = harness.stands("ana", json!({ "status": "open", "sequence": 3 })).await;
    assert_eq!((&status["conversationId"], &status["resumableUntil"]), (&json!(id), &Value::Null));
    harness.say("ana", "m-2", "Thank you").await;
    harness.accepted("ana", 2).await;
    assert_eq!(harness.genesys.conversation_id("ana"), Some(id));
    harness.end();
}

#[tokio::test]
async fn a_word_that_crosses_the_news_of_the_end_takes_the_conversation_up_again() {
    let harness = an_hour().await;
    let id = harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    // The agent ends the conversation, the customer says good bye, and only then the events arrive.
    let late = harness.genesys.agent_ends("ana", "ada");
    harness.say("ana", "m-2", "Thank you, good bye").await;
    harness.accepted("ana", 2).await;
    assert!(harness.genesys.is_conversation_open("ana"));
    harness.tell(&late).await;
    harness.all_told("ana").await;
    // Lynn may or may not be told of the earlier end; in any case the status equals that of
    // Genesys.
    let status = harness.conversation("ana").await;
    assert_eq!((&status["status"], &status["agentConnected"]), (&json!("open"), &json!(false)));
    assert_eq!((&status["conversationId"], &status["resumableUntil"]), (&json!(id), &Value::Null));
    harness.end();
}
