//! The configuration file of a running `serve` becomes invalid and is repaired.
//!
//! Rule: an invalid file changes nothing but the log, which names the key and no secret.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, SOON, each};

const SECRET: &str = "planted-secret-of-a-broken-file";
const NEW_KEY: &str = "key-after-the-repair";

/// Replaces the file as an editor does.
fn put(harness: &Harness, text: &str) {
    let new = harness.config_path().with_file_name("config.next");
    std::fs::write(&new, text).expect("a file");
    std::fs::rename(new, harness.config_path()).expect("renamed");
}

/// The status of a post from Lynn with this key. A wrong key makes the bridge read the file again,
/// at most every 10 s.
async fn status(harness: &Harness, key: &str, id: &str) -> u16 {
    let event = json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": "Hello" });
    let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", key);
    request.json(&event).send().await.expect("an answer").status().as_u16()
}

/// The last error about the file in the log.
fn said(harness: &Harness) -> String {
    let lines = harness.lines();
    let last = lines.iter().rfind(|line| line["event.name"] == "configuration.invalid");
    last.and_then(|line| line["error"].as_str()).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_file_that_breaks_under_a_running_bridge_changes_nothing_but_the_log() {
    let harness = Harness::start().await;
    let good = std::fs::read_to_string(harness.config_path()).expect("a file");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut config: Value = serde_json::from_str(&good).expect("JSON");
        change(&mut config);
        config.to_string()
    };
    let broken = [
        (format!("{{\"integrations\": [ \"{SECRET}\""), "line 1"),
        (
            changed(&|config| config["integrations"][0]["colour"] = json!(SECRET)),
            "integrations[0].colour",
        ),
        (changed(&|config| config["integrations"] = json!([])), "integrations"),
    ];
    let mut ids = Vec::new();
    for (number, (text, key)) in broken.iter().enumerate() {
        let before = said(&harness);
        put(&harness, text);
        let deadline = Instant::now() + SOON;
        while said(&harness) == before || !said(&harness).contains(key) {
            assert_eq!(status(&harness, "wrong", "none").await, 401);
            assert!(Instant::now() < deadline, "{key}: {}", harness.process.log());
            sleep(Duration::from_millis(200)).await;
        }
        let id = format!("m-{number}");
        harness.say("ana", &id, "Hello").await;
        ids.push(id);
        let accepted = harness.accepted("ana", number + 1).await;
        assert_eq!(each(&accepted, "/channel/messageId"), ids);
        harness.agent("ana", "Good morning").await;
        harness.heard("ana", number + 1).await;
    }
    assert!(!harness.process.log().contains(SECRET));
    let repaired = changed(&|config| {
        let keys = &mut config["integrations"][0]["lynn"]["inboundAuth"];
        keys.as_array_mut().expect("a list").push(json!({ "type": "apiKey", "key": NEW_KEY }));
    });
    put(&harness, &repaired);
    let deadline = Instant::now() + SOON;
    while status(&harness, NEW_KEY, "repaired").await != 202 {
        assert!(Instant::now() < deadline, "{}", harness.process.log());
        sleep(Duration::from_millis(200)).await;
    }
    harness.accepted("ana", broken.len() + 1).await;
    harness.end();
}
