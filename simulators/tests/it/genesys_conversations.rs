//! Conversations: opened by a message, ended by either side, continued inside the threading window.

use serde_json::json;
use simulators::GenesysOptions;

use crate::support::{Genesys, quiet, read};

#[tokio::test]
async fn an_ended_conversation_is_continued_inside_the_threading_window() {
    let genesys = Genesys::start().await;
    let first = genesys.say("x", "m-1", 1).await["conversationId"].clone();
    assert_eq!(genesys.say("x", "m-2", 2).await["conversationId"], first);
    assert_ne!(genesys.say("y", "m-1", 1).await["conversationId"], first);
    genesys.simulator.end_conversation("x");
    assert!(!genesys.simulator.is_conversation_open("x"));
    assert_eq!(genesys.say("x", "m-3", 3).await["conversationId"], first);
    assert!(genesys.simulator.is_conversation_open("x"));
    genesys.simulator.end_conversation("x");
    genesys.simulator.close_threading_window("x");
    let second = genesys.say("x", "m-4", 4).await["conversationId"].clone();
    assert_ne!(second, first);
    assert_eq!(genesys.simulator.conversation_id("x").as_deref(), second.as_str());
}

#[tokio::test]
async fn without_a_window_each_end_is_final() {
    let genesys = Genesys::start_with(GenesysOptions { threading_minutes: 0, ..quiet() }).await;
    let first = genesys.say("x", "m-1", 1).await["conversationId"].clone();
    genesys.simulator.end_conversation("x");
    assert_ne!(genesys.say("x", "m-2", 2).await["conversationId"], first);
}

#[tokio::test]
async fn the_customers_side_ends_a_conversation_by_patch() {
    let genesys = Genesys::start().await;
    let id = genesys.say("x", "m-1", 1).await["conversationId"].as_str().expect("an id").to_owned();
    let base = genesys.simulator.base_url();
    let patch = |id: &str, body: serde_json::Value| {
        let url = format!("{base}/api/v2/conversations/messages/{id}");
        read(genesys.client.patch(url).bearer_auth(&genesys.token).json(&body))
    };
    assert_eq!(patch("unknown", json!({ "state": "disconnected" })).await.0, 404);
    assert_eq!(patch(&id, json!({ "state": "connected" })).await.0, 400);
    assert!(genesys.simulator.is_conversation_open("x"));
    let (status, body) = patch(&id, json!({ "state": "disconnected" })).await;
    assert_eq!((status, &body["participants"][0]["state"]), (200, &json!("disconnected")));
    assert!(!genesys.simulator.is_conversation_open("x"));
    assert_eq!(patch(&id, json!({ "state": "disconnected" })).await.0, 200);
    let url = format!("{base}/api/v2/conversations/messages/{id}");
    assert_eq!(read(genesys.client.get(url).bearer_auth(&genesys.token)).await.0, 200);
}

#[tokio::test]
async fn the_transcript_reads_like_a_conversation() {
    let genesys = Genesys::start().await;
    genesys.say("x", "m-1", 1).await;
    genesys.simulator.agent_says("x", "Hi").await;
    genesys.simulator.bot_says("x", "Bye").await;
    genesys.simulator.end_conversation("x");
    let lines: Vec<_> =
        genesys.simulator.transcript().into_iter().map(|line| (line.author, line.text)).collect();
    let expected = [
        ("system", "A conversation starts."),
        ("customer", "Text of m-1"),
        ("agent", "Hi"),
        ("bot", "Bye"),
        ("system", "The agent has ended the conversation."),
    ];
    assert_eq!(lines, expected.map(|(author, text)| (author, text.to_owned())));
}
