//! The customer has been silent for so long that the session is over, although Lynn sent no event.

use serde_json::{Value, json};

use crate::harness::{Harness, SOON, Setup, each};

/// A harness in which a session lasts a minute, and `ana` wrote two minutes ago.
async fn silent(policy: &'static str) -> Harness {
    let setup = Setup::new().config(move |integration| {
        integration["lynn"]["quietSession"] = json!(policy);
        integration["lynn"]["sessionTimeoutMinutes"] = json!(1);
    });
    let harness = setup.start().await;
    said_long_ago(&harness, "ana").await;
    harness.stands("ana", json!({ "status": "open" })).await;
    harness
}

/// A customer's message of two minutes ago, by the bridge's clock, since Lynn's own may be wrong.
pub async fn said_long_ago(harness: &Harness, contact: &str) {
    let event = json!({
        "type": "message", "id": "m-1", "contact": { "id": contact }, "text": "Hello",
        "session": { "id": format!("session-{contact}"), "channel": "web" },
    });
    harness.post(event).await;
    harness.accepted(contact, 1).await;
    harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    harness.ages(contact, 2).await;
}

/// A new session starts, though the customer does not write.
async fn begin(harness: &Harness) {
    let event = json!({ "type": "session.started", "id": "s-1", "contact": { "id": "ana" },
                        "session": { "id": "session-2", "channel": "web" } });
    harness.post(event).await;
    harness.logged(&[("event.name", "settled"), ("event.id", "s-1")]).await;
}

#[tokio::test]
async fn the_agent_is_told_that_nobody_is_there() {
    let harness = silent("fail").await;
    assert_eq!(harness.conversation("ana").await["session"]["active"], false);
    let unseen = harness.agent("ana", "Are you there?").await;
    let receipts = harness.receipts(1).await;
    assert_eq!((&receipts[0]["id"], &receipts[0]["status"]), (&json!(unseen), &json!("Failed")));
    assert_eq!(receipts[0]["reasons"][0]["code"], "InvalidDestination");
    assert!(harness.lynn.attempts().is_empty());
    harness.say("ana", "m-2", "I am back").await;
    harness.accepted("ana", 2).await;
    harness.agent("ana", "Welcome").await;
    let events = harness.heard("ana", 1).await;
    assert_eq!(
        (&events[0]["sequence"], &events[0]["session"]["active"]),
        (&json!(1), &json!(true))
    );
    harness.end();
}

#[tokio::test]
async fn a_session_that_begins_is_live_without_a_word_of_the_customer() {
    let harness = silent("webhook").await;
    harness.agent("ana", "Are you there?").await;
    harness.heard("ana", 1).await;
    begin(&harness).await;
    assert_eq!(harness.conversation("ana").await["session"]["active"], true);
    harness.agent("ana", "Welcome").await;
    let events = harness.heard("ana", 2).await;
    assert_eq!(each(&events, "/session/active"), [false, true]);
    assert_eq!(each(&events, "/session/id"), ["session-ana", "session-2"]);
    harness.end();
}

#[tokio::test]
async fn a_campaign_brings_the_customer_back_into_the_same_conversation() {
    let harness = silent("proactive").await;
    let id = harness.genesys.conversation_id("ana").expect("a conversation");
    harness.agent("ana", "Are you there?").await;
    let asked = |lynn: &simulators::LynnSimulator| lynn.proactive().len() == 1;
    assert!(harness.lynn.wait_until(SOON, asked).await);
    assert_eq!(harness.lynn.proactive()[0]["text"], "Are you there?");
    assert_eq!(harness.lynn.proactive()[0]["message"]["conversationId"], *id);
    assert_eq!(harness.lynn.event_count(), 0);
    harness.say("ana", "m-2", "Yes, here I am").await;
    harness.accepted("ana", 2).await;
    let status = harness.stands("ana", json!({ "status": "open", "conversationId": id })).await;
    assert_eq!(status["session"]["active"], true);
    assert_eq!(harness.genesys.conversation_id("ana").as_ref(), Some(&id));
    harness.agent("ana", "Welcome").await;
    let heard = harness.heard("ana", 1).await.remove(0);
    assert_eq!((&heard["text"], &heard["session"]["active"]), (&json!("Welcome"), &json!(true)));
    assert_eq!(heard["conversationId"], *id);
    assert_eq!(harness.lynn.proactive().len(), 1);
    assert_eq!(harness.genesys.receipts(), Vec::<Value>::new());
    harness.end();
}

#[tokio::test]
async fn an_end_is_told_by_the_webhook_whatever_the_policy() {
    for policy in ["webhook", "proactive", "fail"] {
        let harness = silent(policy).await;
        harness.agent_comes("ana", "ada", 1).await;
        let end = harness.agent_leaves("ana", "ada", 2).await;
        assert_eq!(end["session"]["active"], false, "{policy}");
        assert!(harness.lynn.proactive().is_empty());
        assert_eq!(harness.genesys.receipts(), Vec::<Value>::new());
        harness.end();
    }
}
