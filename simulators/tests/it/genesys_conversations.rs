//! Conversations: opened by a message, ended by either side, resumed within the threading window;
//! and their ids.

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, Fault, GenesysOptions, OnRepeat};

use crate::support::{ASKING, Genesys, Receiver, message, quiet, read};

#[tokio::test]
async fn an_ended_conversation_is_continued_inside_the_threading_window() {
    let genesys = Genesys::start().await;
    let first = genesys.say("x", "m-1", 1).await["conversationId"].clone();
    genesys.say("x", "m-2", 2).await;
    assert_eq!(genesys.simulator.conversation_id("x").as_deref(), first.as_str());
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
    let patch = |id: &str, body: Value| {
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

#[tokio::test]
async fn to_ask_for_an_id_that_was_given_is_a_violation() {
    let genesys = Genesys::start().await;
    let simulator = &genesys.simulator;
    let ask = async |id: &str, second: u32| {
        let (status, _) = genesys.post(ASKING, &message("x", id, second)).await;
        assert_eq!(status, 200);
        simulator.violations().len()
    };
    assert_eq!(genesys.post("message", &message("x", "m-1", 1)).await.0, 200);
    assert_eq!(ask("m-2", 2).await, 0, "nobody asked before");
    assert_eq!(ask("m-2", 2).await, 0, "a repeat");
    assert_eq!(ask("m-3", 3).await, 1);
    genesys.say("x", "m-4", 4).await;
    assert_eq!(simulator.violations().len(), 1, "who does not ask does nothing wrong");
    simulator.end_conversation("x");
    assert_eq!(ask("m-5", 5).await, 1, "another round may be another conversation");
    assert_eq!(ask("m-6", 6).await, 2);
    simulator.end_conversation("x");
    assert_eq!(genesys.post("message", &message("x", "m-7", 7)).await.0, 200);
    assert_eq!(ask("m-8", 8).await, 2, "nobody asked in this round");
    simulator.set_on_repeat(OnRepeat::AcceptAgain);
    assert_eq!(ask("m-8", 8).await, 2, "a repeat that is not recognised");
    simulator.end_conversation("x");
    simulator.close_threading_window("x");
    assert_eq!(ask("m-9", 9).await, 2);
}

#[tokio::test]
async fn an_id_that_did_not_arrive_may_be_asked_for_again() {
    for effect in [Effect::AcceptThenDrop, Effect::WithoutMessageId] {
        let genesys = Genesys::start().await;
        genesys.simulator.script(Fault { endpoint: Endpoint::Message, effect });
        // The answer is lost, or has no body.
        let _ = genesys.request(ASKING, &message("x", "m-1", 1)).send().await;
        assert_eq!(genesys.simulator.accepted_count(), 1);
        assert_eq!(genesys.post(ASKING, &message("x", "m-2", 2)).await.0, 200);
        assert_eq!(genesys.simulator.violations(), Vec::<String>::new());
    }
    let genesys = Genesys::start_with(GenesysOptions { prefetch_gives_id: false, ..quiet() }).await;
    for (id, second) in [("m-1", 1), ("m-2", 2)] {
        let (status, answer) = genesys.post(ASKING, &message("x", id, second)).await;
        assert_eq!((status, answer.get("conversationId")), (200, None));
    }
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn webhooks_may_name_no_conversation() {
    let receiver = Receiver::start(&[200]).await;
    let options = GenesysOptions {
        webhook_url: Some(receiver.url.clone()),
        webhook_names_conversation: false,
        ..quiet()
    };
    let genesys = Genesys::start_with(options).await;
    let first = genesys.say("x", "m-1", 1).await;
    assert!(first["conversationId"].is_string());
    genesys.simulator.agent_says("x", "Hi").await;
    genesys.simulator.agent_types("x", 5000).await;
    let id = first["id"].as_str().expect("an id");
    genesys.simulator.receipt_for(id, "Published", json!([])).await;
    let received = receiver.take();
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|body| body.json().get("conversationId").is_none()));
}

#[tokio::test]
async fn a_message_leads_to_its_conversation() {
    let genesys = Genesys::start().await;
    let details = async |id: &str| {
        let base = genesys.simulator.base_url();
        let url = format!("{base}/api/v2/conversations/messages/{id}/details");
        read(genesys.client.get(url).bearer_auth(&genesys.token)).await
    };
    let inbound = genesys.say("x", "m-1", 1).await;
    let conversation = &inbound["conversationId"];
    let outbound = genesys.simulator.agent_says("x", "Hi").await.id;
    genesys.simulator.end_conversation("x");
    genesys.simulator.close_threading_window("x");
    genesys.say("x", "m-2", 2).await;

    let id = inbound["id"].as_str().expect("an id");
    let (status, body) = details(id).await;
    assert_eq!((status, &body["id"], &body["conversationId"]), (200, &json!(id), conversation));
    assert_eq!((&body["direction"], &body["fromAddress"]), (&json!("inbound"), &json!("x")));
    assert_eq!(
        (&body["providerMessageId"], &body["textBody"]),
        (&json!("m-1"), &json!("Text of m-1"))
    );
    let (status, body) = details(&outbound).await;
    assert_eq!(
        (status, &body["id"], &body["conversationId"]),
        (200, &json!(outbound), conversation)
    );
    assert_eq!((&body["direction"], &body["toAddress"]), (&json!("outbound"), &json!("x")));

    let (status, body) = details("unknown").await;
    assert_eq!((status, &body["code"]), (404, &json!("not.found")));
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());

    let effect = Effect::Status { code: 503, retry_after: None };
    genesys.simulator.script(Fault { endpoint: Endpoint::Conversation, effect: effect.clone() });
    assert_eq!(details(&outbound).await.0, 200, "a fault of another endpoint");
    genesys.simulator.script(Fault { endpoint: Endpoint::MessageDetails, effect });
    assert_eq!(details(&outbound).await.0, 503);
    assert_eq!(details(&outbound).await.0, 200);
}
