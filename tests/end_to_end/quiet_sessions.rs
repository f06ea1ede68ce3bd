//! The customer's session at Lynn is over while the agent writes.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, GenesysSimulator, LynnFault, LynnSimulator, RecordedRequest};

use crate::harness::{SOON, Setup, World, each, fault};

/// A world with this policy and an open conversation of `ana`.
async fn talking(policy: &'static str) -> World {
    let setup = Setup::new().config(move |integration| {
        integration["lynn"]["quietSession"] = json!(policy);
    });
    let world = setup.start().await;
    world.say("ana", "m-1", "Hello").await;
    world.accepted("ana", 1).await;
    world
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
        let world = talking("webhook").await;
        world.lynn.script(LynnFault::Status { code, retry_after: None });
        let id = world.agent("ana", "Hello").await;
        let events = world.heard("ana", 1).await;
        assert_eq!(events[0]["id"], *id);
        assert_eq!(events[0]["sequence"], 1);
        assert_eq!(
            events[0]["session"],
            json!({ "id": "session-ana", "channel": "web", "active": false })
        );
        assert!(world.genesys.receipts().is_empty());
        world.end();
    }
}

#[tokio::test]
async fn a_message_that_lynn_takes_in_no_way_fails_for_the_agent() {
    let world = talking("webhook").await;
    world.lynn.refuse_with("ana", 410);
    let refused = world.agent("ana", "Hello").await;
    let receipts = world.receipts(1).await;
    assert_eq!(receipts[0]["id"], *refused);
    assert_eq!(receipts[0]["status"], "Failed");
    assert_eq!(receipts[0]["reasons"][0]["code"], "InvalidDestination");
    assert_eq!(posts(&world.lynn, "/webhook").len(), 2);
    world.lynn.stop_refusing("ana");
    world.agent("ana", "Hello?").await;
    assert_eq!(world.heard("ana", 1).await[0]["sequence"], 1);
    world.end();
}

#[tokio::test]
async fn a_session_that_is_over_stays_so_until_the_customer_speaks() {
    let world = talking("webhook").await;
    world.lynn.script(LynnFault::SessionEnded);
    for text in ["one", "two"] {
        world.agent("ana", text).await;
    }
    world.heard("ana", 2).await;
    assert_eq!(world.conversation("ana").await["session"]["active"], json!(false));
    world.say("ana", "m-2", "I am back").await;
    world.accepted("ana", 2).await;
    world.agent("ana", "three").await;
    let events = world.heard("ana", 3).await;
    // An answer of `{"session": "ended"}` means accepted: the event is not posted again.
    assert_eq!(actives(&events), [true, false, true]);
    assert_eq!(posts(&world.lynn, "/webhook").len(), 3);
    assert_eq!(world.lynn.duplicates(), 0);
    world.end();
}

#[tokio::test]
async fn the_proactive_policy_asks_for_a_campaign() {
    let world = talking("proactive").await;
    let seen = json!({
        "type": "session.started", "id": "s-1",
        "contact": { "id": "ana", "lynnContactId": "L-77" },
        "session": { "id": "session-2", "channel": "whatsapp" },
    });
    world.post(seen).await;
    world.say("ana", "m-2", "Hello").await;
    world.accepted("ana", 2).await;
    world.lynn.set_session_over("ana", true);
    let id = world.agent("ana", "Are you there?").await;
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 1;
    assert!(world.lynn.wait_until(SOON, campaigns).await);
    let campaign = world.lynn.proactive().remove(0);
    assert_eq!(campaign["campaignId"], "campaign-7");
    assert_eq!(campaign["contactId"], "ana");
    assert_eq!(campaign["lynnContactId"], "L-77");
    assert_eq!(campaign["channel"], "web");
    assert_eq!(campaign["text"], "Are you there?");
    assert_eq!(campaign["message"]["id"], *id);
    assert_eq!(campaign["message"]["session"]["active"], false);
    // The next message goes to the campaign at once, without a call to the webhook.
    world.agent("ana", "Please answer").await;
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 2;
    assert!(world.lynn.wait_until(SOON, campaigns).await);
    assert_eq!(posts(&world.lynn, "/webhook").len(), 1);
    world.lynn.set_session_over("ana", false);
    world.say("ana", "m-3", "I am back").await;
    world.accepted("ana", 3).await;
    world.agent("ana", "Welcome").await;
    let events = world.heard("ana", 1).await;
    assert_eq!(events[0]["text"], "Welcome");
    assert_eq!(events[0]["sequence"], 3);
    assert!(world.genesys.receipts().is_empty());
    world.end();
}

#[tokio::test]
async fn a_campaign_that_fails_is_tried_again_or_reported() {
    let world = talking("proactive").await;
    world.lynn.set_session_over("ana", true);
    world.lynn.script_proactive(LynnFault::Status { code: 503, retry_after: None });
    world.agent("ana", "one").await;
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 1;
    assert!(world.lynn.wait_until(SOON, campaigns).await);
    world.lynn.script_proactive(LynnFault::Status { code: 400, retry_after: None });
    let refused = world.agent("ana", "two").await;
    let receipts = world.receipts(1).await;
    assert_eq!(receipts[0]["id"], *refused);
    assert_eq!(receipts[0]["status"], "Failed");
    world.end();
}

#[tokio::test]
async fn the_fail_policy_tells_the_agent() {
    let world = talking("fail").await;
    world.lynn.script(LynnFault::Status { code: 410, retry_after: None });
    let gone = world.agent("ana", "one").await;
    let receipts = world.receipts(1).await;
    assert_eq!(receipts[0]["id"], *gone);
    assert_eq!(receipts[0]["status"], "Failed");
    assert_eq!(receipts[0]["reasons"][0]["code"], "InvalidDestination");
    world.say("ana", "m-2", "I am back").await;
    world.accepted("ana", 2).await;
    // Lynn accepts the message, but the customer does not see it.
    world.lynn.script(LynnFault::SessionEnded);
    let unseen = world.agent("ana", "two").await;
    let receipts = world.receipts(2).await;
    assert_eq!(receipts[1]["id"], *unseen);
    assert_eq!(receipts[1]["status"], "Failed");
    // From then on a message fails without a call.
    let failed = world.agent("ana", "three").await;
    let receipts = world.receipts(3).await;
    assert_eq!(receipts[2]["id"], *failed);
    assert_eq!(posts(&world.lynn, "/webhook").len(), 2);
    world.end();
}

#[tokio::test]
async fn an_answer_that_overtakes_the_acceptance_of_its_question_finds_the_session() {
    let world = talking("fail").await;
    // A bot at Genesys answers before the call with the question has returned.
    let slow = Effect::AcceptThenHang(Duration::from_secs(1));
    world.genesys.script(fault(Endpoint::Message, slow));
    world.say("eva", "m-1", "Hello").await;
    let accepted = |genesys: &GenesysSimulator| genesys.accepted_messages("eva").len() == 1;
    assert!(world.genesys.wait_until(SOON, accepted).await);
    let id = world.agent("eva", "How can I help?").await;
    let events = world.heard("eva", 1).await;
    assert_eq!(events[0]["id"], *id);
    let session = json!({ "id": "session-eva", "channel": "web", "active": true });
    assert_eq!(events[0]["session"], session);
    assert!(world.genesys.receipts().is_empty());
    world.end();
}

#[tokio::test]
async fn a_contact_who_never_wrote_has_no_session() {
    let world = World::start().await;
    let id = world.agent("eva", "Your parcel is here").await;
    let events = world.heard("eva", 1).await;
    assert_eq!(events[0]["id"], *id);
    assert_eq!(events[0]["session"], json!({ "id": null, "channel": null, "active": false }));
    world.end();
}

fn ended(id: &str, session: &str) -> Value {
    json!({
        "type": "session.ended", "id": id, "reason": "timeout",
        "contact": { "id": "ana" }, "session": { "id": session, "channel": "web" },
    })
}

#[tokio::test]
async fn the_end_of_an_older_session_changes_nothing() {
    let world = talking("webhook").await;
    world.post(ended("s-1", "session-before")).await;
    world.say("ana", "m-2", "Still here").await;
    world.accepted("ana", 2).await;
    assert_eq!(world.conversation("ana").await["session"]["active"], true);
    world.post(ended("s-2", "session-ana")).await;
    world.logged(&[("event.id", "s-2"), ("reason", "the session ended")]).await;
    assert_eq!(world.conversation("ana").await["session"]["active"], false);
    world.agent("ana", "Hello?").await;
    assert_eq!(actives(&world.heard("ana", 1).await), [false]);
    assert!(world.genesys.is_conversation_open("ana"));
    world.end();
}

async fn ending(policy: &'static str) -> World {
    let setup = Setup::new().config(move |integration| {
        integration["lynn"]["onSessionEnded"] = json!(policy);
    });
    let world = setup.start().await;
    world.say("ana", "m-1", "Hello").await;
    world.accepted("ana", 1).await;
    world.post(ended("s-1", "session-ana")).await;
    world
}

#[tokio::test]
async fn the_end_of_a_session_can_disconnect_the_conversation() {
    let world = ending("disconnect").await;
    let closed = |genesys: &GenesysSimulator| !genesys.is_conversation_open("ana");
    assert!(world.genesys.wait_until(SOON, closed).await);
    world.end();
}

#[tokio::test]
async fn the_end_of_a_session_can_be_told_to_the_agent() {
    let world = ending("notice").await;
    let accepted = world.accepted("ana", 2).await;
    assert_eq!(accepted[1]["channel"]["messageId"], "s-1");
    assert!(accepted[1]["text"].as_str().unwrap().contains("left"));
    assert!(world.genesys.is_conversation_open("ana"));
    world.logged(&[("event.name", "delivered"), ("event.id", "s-1")]).await;
    assert_eq!(world.conversation("ana").await["session"]["active"], false);
    world.end();
}
