//! A client that is not ours: Genesys' own SDK for JavaScript, which takes the bridge for Genesys
//! Cloud.

use std::path::PathBuf;

use serde_json::{Value, json};
use simulators::GenesysSimulator;
use tokio::time::Instant;

use super::{CLIENT, CLIENT_SECRET, Engine, INTEGRATION, channel, dialect, now, said, webhooks};
use crate::harness::{Harness, SOON, not_run};

/// The installed packages, if Node and they are there.
fn packages() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let packages = root.join(".tools/genesys-sdk/node_modules");
    let node = std::process::Command::new("node").arg("--version").output();
    let is_there = node.is_ok_and(|node| node.status.success())
        && packages.join("purecloud-platform-client-v2").is_dir();
    is_there.then_some(packages)
}

/// One call of the SDK. Each function that is deployed looks for a new client by itself, at most
/// once in 10 s, so a login that is refused as unknown is tried again there.
async fn call(
    harness: &Harness,
    packages: &PathBuf,
    secret: &str,
    name: &str,
    body: &Value,
) -> Value {
    let deadline = Instant::now() + SOON;
    loop {
        let called = call_once(harness, packages, secret, name, body).await;
        let is_unknown = called["said"] == "Request failed with status code 400";
        if !harness.is_deployed() || !is_unknown || Instant::now() > deadline {
            return called;
        }
    }
}

/// One call of the SDK, in a process of its own.
async fn call_once(
    harness: &Harness,
    packages: &PathBuf,
    secret: &str,
    call: &str,
    body: &Value,
) -> Value {
    let script =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/end_to_end/genesys_dialect/sdk.cjs");
    let mut command = std::process::Command::new("node");
    command
        .args([script, call, &body.to_string()])
        .env("NODE_PATH", packages)
        .env("BRIDGE", &harness.address)
        .env("CLIENT_ID", harness.client_id(CLIENT))
        .env("CLIENT_SECRET", secret)
        .env("INTEGRATION", INTEGRATION);
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("no panic").expect("Node starts");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[tokio::test]
async fn genesys_own_sdk_takes_the_bridge_for_genesys_cloud() {
    let Some(packages) = packages() else {
        not_run("Genesys' own SDK against the bridge: it needs Node 20.19 or 22.12, and npm");
        return;
    };
    let harness = dialect().start().await;
    Engine::of(&harness).await;
    let sdk = async |name: &str, body: Value| {
        let called = call(&harness, &packages, CLIENT_SECRET, name, &body).await;
        assert!(called["answer"].is_object(), "{name}: {called}");
        called["answer"].clone()
    };
    let answer = sdk("message", said("m-1", "Hello")).await;
    assert_eq!((&answer["id"], &answer["text"]), (&json!("m-1"), &json!("Hello")));
    assert_eq!(harness.accepted("ana", 1).await[0]["channel"]["messageId"], "m-1");

    sdk("event", json!({ "channel": channel("t-1"), "events": [{ "eventType": "Typing" }] })).await;
    let typed = |genesys: &GenesysSimulator| genesys.typing_events().len() == 1;
    assert!(harness.genesys.wait_until(SOON, typed).await);

    let offered = harness.genesys.bot_sends_quick_replies("ana", "Sure?", &[("Yes", "yes")]).await;
    webhooks(&harness, 1).await;
    let button = json!({ "type": "QuickReply", "text": "Yes", "payload": "yes" });
    let choice = json!({
        "channel": channel("m-2"), "originatingMessageId": offered.id, "buttonResponse": button,
    });
    let answer = sdk("structured/response", choice).await;
    assert_eq!((&answer["id"], &answer["buttonResponse"]), (&json!("m-2"), &button));
    assert_eq!(harness.accepted("ana", 2).await[1]["originatingMessageId"], *offered.id);

    let receipt = json!({
        "id": offered.id, "status": "Delivered", "channel": { "to": { "id": "ana" }, "time": now() },
    });
    let answer = sdk("receipt", receipt).await;
    assert_eq!((&answer["id"], &answer["status"]), (&json!(offered.id), &json!("Delivered")));
    harness.receipts(1).await;

    // Refusals are what the SDK expects of Genesys Cloud.
    let refused =
        call(&harness, &packages, CLIENT_SECRET, "message", &json!({ "channel": {} })).await;
    let expected = json!({ "status": 400, "said": "channel.from: is required" });
    assert_eq!(refused, expected);
    let refused = call(&harness, &packages, "wrong", "message", &said("m-3", "Hello")).await;
    assert_eq!(refused["answer"], Value::Null, "{refused}");
    assert_eq!(refused["status"], 401, "{refused}");
    harness.end();
}
