//! The customer's session at Lynn is over while the agent writes.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, GenesysSimulator, LynnFault, LynnSimulator, RecordedRequest};

use crate::harness::{Harness, SOON, Setup, each, fault};

/// A harness with this policy and an open conversation of `ana`.
async fn talking(policy: &'static str) -> Harness {
    let setup = Setup::new().config(move |integration| {
        integration["lynn"]["quietSession"] = json!(policy);
    });
    let harness = setup.start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness
}

fn posts(lynn: &LynnSimulator, path: &str) -> Vec<RecordedRequest> {
    let mut posts = lynn.attempts();
    posts.retain(|post| post.path == path);
    posts
}

fn actives(events: &[Value]) -> Vec<Value> {
    each(events, "/session/active")
}

#[tokio::test]
async fn the_webhook_policy_delivers_without_a_session() {
    for code in [404, 409, 410] {
        let harness = talking("webhook").await;
        harness.lynn.script(LynnFault::Status { code, retry_after: None });
        let id = harness.agent("ana", "Hello").await;
        let events = harness.heard("ana", 1).await;
        assert_eq!(events[0]["id"], *id);
        assert_eq!(events[0]["sequence"], 1);
        assert_eq!(
            events[0]["session"],
            json!({ "id": "session-ana", "channel": "web", "active": false })
        );
        assert!(harness.genesys.receipts().is_empty());
        harness.end();
    }
}

#[tokio::test]
async fn a_message_that_lynn_takes_in_no_way_fails_for_the_agent() {
    let harness = talking("webhook").await;
    harness.lynn.refuse_with("ana", 410);
    let refused = harness.agent("ana", "Hello").await;
    let receipts = harness.receipts(1).await;
    assert_eq!(receipts[0]["id"], *refused);
    assert_eq!(receipts[0]["status"], "Failed");
    assert_eq!(receipts[0]["reasons"][0]["code"], "InvalidDestination");
    assert_eq!(posts(&harness.lynn, "/webhook").len(), 2);
    harness.lynn.stop_refusing("ana");
    harness.agent("ana", "Hello?").await;
    assert_eq!(harness.heard("ana", 1).await[0]["sequence"], 1);
    harness.end();
}

#[tokio::test]
async fn a_session_that_is_over_stays_so_until_the_customer_speaks() {
    let harness = talking("webhook").await;
    harness.lynn.script(LynnFault::SessionEnded);
    for text in ["one", "two"] {
        harness.agent("ana", text).await;
    }
    harness.heard("ana", 2).await;
    assert_eq!(harness.conversation("ana").await["session"]["active"], json!(false));
    harness.say("ana", "m-2", "I am back").await;
    harness.accepted("ana", 2).await;
    harness.agent("ana", "three").await;
    let events = harness.heard("ana", 3).await;
    // An answer of `{"session": "ended"}` means accepted: the event is not posted again.
    assert_eq!(actives(&events), [true, false, true]);
    assert_eq!(posts(&harness.lynn, "/webhook").len(), 3);
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}

#[tokio::test]
async fn the_proactive_policy_asks_for_a_campaign() {
    let harness = talking("proactive").await;
    let seen = json!({
        "type": "session.started", "id": "s-1",
        "contact": { "id": "ana", "lynnContactId": "L-77" },
        "session": { "id": "session-2", "channel": "whatsapp" },
    });
    harness.post(seen).await;
    harness.say("ana", "m-2", "Hello").await;
    harness.accepted("ana", 2).await;
    harness.lynn.set_session_over("ana", true);
    let id = harness.agent("ana", "Are you there?").await;
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 1;
    assert!(harness.lynn.wait_until(SOON, campaigns).await);
    let campaign = harness.lynn.proactive().remove(0);
    assert_eq!(campaign["campaignId"], "campaign-7");
    assert_eq!(campaign["contactId"], "ana");
    assert_eq!(campaign["lynnContactId"], "L-77");
    assert_eq!(campaign["channel"], "web");
    assert_eq!(campaign["text"], "Are you there?");
    assert_eq!(campaign["message"]["id"], *id);
    assert_eq!(campaign["message"]["session"]["active"], false);
    // The next message goes to the campaign at once, without a call to the webhook.
    harness.agent("ana", "Please answer").await;
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 2;
    assert!(harness.lynn.wait_until(SOON, campaigns).await);
    assert_eq!(posts(&harness.lynn, "/webhook").len(), 1);
    harness.lynn.set_session_over("ana", false);
    harness.say("ana", "m-3", "I am back").await;
    harness.accepted("ana", 3).await;
    harness.agent("ana", "Welcome").await;
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["text"], "Welcome");
    assert_eq!(events[0]["sequence"], 3);
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn a_campaign_that_fails_is_tried_again_or_reported() {
    let harness = talking("proactive").await;
    harness.lynn.set_session_over("ana", true);
    harness.lynn.script_proactive(LynnFault::Status { code: 503, retry_after: None });
    harness.agent("ana", "one").await;
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 1;
    assert!(harness.lynn.wait_until(SOON, campaigns).await);
    harness.lynn.script_proactive(LynnFault::Status { code: 400, retry_after: None });
    let refused = harness.agent("ana", "two").await;
    let receipts = harness.receipts(1).await;
    assert_eq!(receipts[0]["id"], *refused);
    assert_eq!(receipts[0]["status"], "Failed");
    harness.end();
}

#[tokio::test]
async fn the_fail_policy_tells_the_agent() {
    let harness = talking("fail").await;
    harness.lynn.script(LynnFault::Status { code: 410, retry_after: None });
    let gone = harness.agent("ana", "one").await;
    let receipts = harness.receipts(1).await;
    assert_eq!(receipts[0]["id"], *gone);
    assert_eq!(receipts[0]["status"], "Failed");
    assert_eq!(receipts[0]["reasons"][0]["code"], "InvalidDestination");
    harness.say("ana", "m-2", "I am back").await;
    harness.accepted("ana", 2).await;
    // Lynn accepts the message, but the customer does not see it.
    harness.lynn.script(LynnFault::SessionEnded);
    let unseen = harness.agent("ana", "two").await;
    let receipts = harness.receipts(2).await;
    assert_eq!(receipts[1]["id"], *unseen);
    assert_eq!(receipts[1]["status"], "Failed");
    // From then on a message fails without a call.
    let failed = harness.agent("ana", "three").await;
    let receipts = harness.receipts(3).await;
    assert_eq!(receipts[2]["id"], *failed);
    assert_eq!(posts(&harness.lynn, "/webhook").len(), 2);
    harness.end();
}

#[tokio::test]
async fn an_answer_that_overtakes_the_acceptance_of_its_question_finds_the_session() {
    let harness = talking("fail").await;
    // A bot at Genesys answers before the call with the question has returned.
    let slow = Effect::AcceptThenHang(Duration::from_secs(1));
    harness.genesys.script(fault(Endpoint::Message, slow));
    harness.say("eva", "m-1", "Hello").await;
    let accepted = |genesys: &GenesysSimulator| genesys.accepted_messages("eva").len() == 1;
    assert!(harness.genesys.wait_until(SOON, accepted).await);
    let id = harness.agent("eva", "How can I help?").await;
    let events = harness.heard("eva", 1).await;
    assert_eq!(events[0]["id"], *id);
    let session = json!({ "id": "session-eva", "channel": "web", "active": true });
    assert_eq!(events[0]["session"], session);
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn a_contact_who_never_wrote_has_no_session() {
    let harness = Harness::start().await;
    let id = harness.agent("eva", "Your parcel is here").await;
    let events = harness.heard("eva", 1).await;
    assert_eq!(events[0]["id"], *id);
    assert_eq!(events[0]["session"], json!({ "id": null, "channel": null, "active": false }));
    harness.end();
}

fn ended(id: &str, session: &str) -> Value {
    json!({
        "type": "session.ended", "id": id, "reason": "timeout",
        "contact": { "id": "ana" }, "session": { "id": session, "channel": "web" },
    })
}

#[tokio::test]
async fn the_end_of_an_older_session_changes_nothing() {
    let harness = talking("webhook").await;
    harness.post(ended("s-1", "session-before")).await;
    harness.say("ana", "m-2", "Still here").await;
    harness.accepted("ana", 2).await;
    assert_eq!(harness.conversation("ana").await["session"]["active"], true);
    harness.post(ended("s-2", "session-ana")).await;
    harness.logged(&[("event.id", "s-2"), ("reason", "the session ended")]).await;
    assert_eq!(harness.conversation("ana").await["session"]["active"], false);
    harness.agent("ana", "Hello?").await;
    assert_eq!(actives(&harness.heard("ana", 1).await), [false]);
    assert!(harness.genesys.is_conversation_open("ana"));
    harness.end();
}

async fn ending(policy: &'static str) -> Harness {
    let setup = Setup::new().config(move |integration| {
        integration["lynn"]["onSessionEnded"] = json!(policy);
    });
    let harness = setup.start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.post(ended("s-1", "session-ana")).await;
    harness
}

#[tokio::test]
async fn the_end_of_a_session_can_disconnect_the_conversation() {
    let harness = ending("disconnect").await;
    let closed = |genesys: &GenesysSimulator| !genesys.is_conversation_open("ana");
    assert!(harness.genesys.wait_until(SOON, closed).await);
    harness.end();
}

#[tokio::test]
async fn the_end_of_a_session_can_be_told_to_the_agent() {
    let harness = ending("notice").await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(accepted[1]["channel"]["messageId"], "s-1");
    assert!(accepted[1]["text"].as_str().unwrap().contains("left"));
    assert!(harness.genesys.is_conversation_open("ana"));
    harness.logged(&[("event.name", "delivered"), ("event.id", "s-1")]).await;
    assert_eq!(harness.conversation("ana").await["session"]["active"], false);
    harness.end();
}
