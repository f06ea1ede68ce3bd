//! An agent writes to a customer who has never written.

use serde_json::{Value, json};
use simulators::LynnSimulator;

use crate::harness::{Harness, SOON};
use crate::people::{CONNECTED, ENDED};

#[tokio::test]
async fn the_message_goes_out_without_a_session_and_the_answer_comes_back() {
    let harness = Harness::start().await;
    assert_eq!(harness.lynn.get_conversation("ana").await.status, 404);
    let events = harness.genesys.agent_answers("ana", "ada");
    let id = harness.genesys.conversation_id("ana").expect("a conversation");
    let said = harness.agent("ana", "Your parcel is here").await;
    let heard = harness.heard("ana", 1).await.remove(0);
    assert_eq!((&heard["id"], &heard["conversationId"]), (&json!(said), &json!(id)));
    assert_eq!(heard["session"], json!({ "id": null, "channel": null, "active": false }));
    let status = harness.stands("ana", json!({ "sequence": 1 })).await;
    assert_eq!((&status["status"], &status["conversationId"]), (&json!("open"), &json!(id)));
    assert_eq!(status["resumableUntil"], Value::Null);
    // Genesys reports only that the agent was rung, and only now. By then the bridge knows the
    // contact of the conversation.
    harness.tell(&events).await;
    harness.all_told("ana").await;
    harness.say("ana", "m-1", "Thank you").await;
    harness.accepted("ana", 1).await;
    assert_eq!(harness.genesys.conversation_id("ana"), Some(id.clone()));
    // The bridge has the conversation's id and need not ask Genesys.
    assert_eq!(harness.asked(), [false]);
    harness.agent("ana", "You are welcome").await;
    let told = |lynn: &LynnSimulator| lynn.messages_for("ana").len() == 2;
    assert!(harness.lynn.wait_until(SOON, told).await);
    let last = harness.lynn.messages_for("ana").remove(1);
    assert_eq!((&last["conversationId"], &last["session"]["active"]), (&json!(id), &json!(true)));
    let end = harness.genesys.agent_ends("ana", "ada");
    harness.tell(&end).await;
    assert_eq!(harness.heard_once("ana", ENDED).await["reason"], "agent");
    harness.end();
}

#[tokio::test]
async fn one_who_is_rung_before_the_first_message_is_connected_with_it() {
    let harness = Harness::start().await;
    // The event is of an unknown contact. The bridge looks for the contact for some time, in which
    // the message arrives.
    harness.tell(&harness.genesys.agent_answers("ana", "ada")).await;
    harness.agent("ana", "Your parcel is here").await;
    // The message tells the bridge the contact. With it the bridge finds the ring event, and that
    // an agent has answered.
    harness.heard("ana", 2).await;
    harness.agent("ana", "Shall I keep it?").await;
    harness.heard("ana", 3).await;
    assert_eq!(harness.types("ana"), ["message", CONNECTED, "message"]);
    assert_eq!(harness.conversation("ana").await["agentConnected"], true);
    harness.end();
}
