//! The customer's session is over while the agent writes.

use serde_json::json;
use simulators::{LynnFault, LynnSimulator};

use super::{Engine, dialect, webhooks};
use crate::harness::{Harness, SOON};

async fn talking(policy: &'static str) -> Harness {
    let setup = dialect().config(move |config| config["lynn"]["quietSession"] = json!(policy));
    let harness = setup.start().await;
    Engine::of(&harness).await.say("m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness
}

fn posts(harness: &Harness, path: &str) -> usize {
    harness.lynn.attempts().iter().filter(|post| post.path == path).count()
}

#[tokio::test]
async fn by_webhook_no_live_session_counts_as_taken() {
    for code in [404, 409, 410] {
        let harness = talking("webhook").await;
        harness.lynn.script(LynnFault::Status { code, retry_after: None });
        harness.agent("ana", "one").await;
        harness.agent("ana", "two").await;
        // Lynn keeps only what it has accepted.
        assert_eq!(webhooks(&harness, 1).await[0].body["text"], "two");
        assert_eq!(posts(&harness, "/webhook"), 2);
        assert!(harness.genesys.receipts().is_empty());
        harness.end();
    }
}

#[tokio::test]
async fn by_campaign_the_message_reaches_the_customer() {
    let harness = talking("proactive").await;
    harness.lynn.set_session_over("ana", true);
    for text in ["one", "two"] {
        harness.agent("ana", text).await;
    }
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 2;
    assert!(harness.lynn.wait_until(SOON, campaigns).await);
    let campaign = harness.lynn.proactive().remove(0);
    assert_eq!((&campaign["contactId"], &campaign["text"]), (&json!("ana"), &json!("one")));
    assert_eq!(campaign["message"]["session"]["active"], false);
    // The end of the session is known after the first answer.
    assert_eq!(posts(&harness, "/webhook"), 1);
    harness.lynn.set_session_over("ana", false);
    Engine::of(&harness).await.say("m-2", "I am back").await;
    harness.accepted("ana", 2).await;
    harness.agent("ana", "three").await;
    assert_eq!(webhooks(&harness, 1).await[0].body["text"], "three");
    harness.end();
}

#[tokio::test]
async fn by_failure_the_agent_is_told() {
    let harness = talking("fail").await;
    harness.lynn.set_session_over("ana", true);
    let failed = harness.agent("ana", "one").await;
    let receipts = harness.receipts(1).await;
    assert_eq!((&receipts[0]["id"], &receipts[0]["status"]), (&json!(failed), &json!("Failed")));
    harness.end();
}

#[tokio::test]
async fn of_a_session_that_nobody_spoke_of_lynns_answer_decides() {
    let setup = dialect().config(|config| config["lynn"]["quietSession"] = json!("proactive"));
    let harness = setup.start().await;
    harness.agent("ana", "one").await;
    assert_eq!(webhooks(&harness, 1).await[0].body["text"], "one");
    harness.lynn.set_session_over("ana", true);
    harness.agent("ana", "two").await;
    let campaigns = |lynn: &LynnSimulator| lynn.proactive().len() == 1;
    assert!(harness.lynn.wait_until(SOON, campaigns).await);
    harness.end();
}

#[tokio::test]
async fn the_other_routes_tell_of_sessions_too() {
    let harness = talking("fail").await;
    harness
        .post(json!({ "type": "session.ended", "id": "s-1", "contact": { "id": "ana" }, "reason": "bot" }))
        .await;
    harness.logged(&[("event.name", "settled"), ("direction", "inbound")]).await;
    let failed = harness.agent("ana", "one").await;
    assert_eq!(harness.receipts(1).await[0]["id"], *failed);
    assert_eq!(posts(&harness, "/webhook"), 0);
    harness.end();
}
