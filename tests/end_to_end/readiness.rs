//! `/ready`: a trouble of the bridge makes it unready, a trouble of a vendor does not.

use std::time::Duration;

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::harness::Harness;

/// The longest time until the bridge notices a change of its configuration.
const NOTICED: Duration = Duration::from_secs(10);

async fn ask(harness: &Harness) -> (u16, Value) {
    let answer = harness.request(Method::GET, "/ready").send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// Waits until the bridge is unready for this reason alone, with a detail that contains `word`;
/// returns the detail.
async fn unready(harness: &Harness, what: &str, word: &str) -> String {
    let deadline = Instant::now() + NOTICED;
    loop {
        let (code, body) = ask(harness).await;
        if code == 503 {
            assert_eq!(body["ready"], false);
            let reasons = body["reasons"].as_array().expect("reasons");
            let whats: Vec<&Value> = reasons.iter().map(|reason| &reason["what"]).collect();
            assert_eq!(whats, [what], "{body}");
            let detail = reasons[0]["detail"].as_str().expect("words");
            if detail.contains(word) {
                return detail.to_owned();
            }
        }
        assert!(Instant::now() < deadline, "{body}");
        sleep(Duration::from_millis(100)).await;
    }
}

async fn ready(harness: &Harness) {
    let deadline = Instant::now() + NOTICED;
    while ask(harness).await != (200, json!({ "ready": true })) {
        assert!(Instant::now() < deadline, "{:?}", ask(harness).await);
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_configuration_that_has_become_invalid_makes_it_unready_until_it_is_repaired() {
    let harness = Harness::start().await;
    ready(&harness).await;
    let before = std::fs::read_to_string(harness.config_path()).expect("a file");
    harness.edit_config(|config| {
        config["integrations"][0]["lynn"]["webhookUrl"] = json!("ftp://lynn")
    });
    let detail = unready(&harness, "configuration", "webhookUrl").await;
    let folder = harness.config_path().parent().expect("a folder").display().to_string();
    assert!(!detail.contains(&folder), "{detail}");
    // The valid configuration remains in use.
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.accepted("ana", 1).await;
    std::fs::remove_file(harness.config_path()).expect("removed");
    unready(&harness, "configuration", "cannot be read").await;
    std::fs::write(harness.config_path(), before).expect("a file");
    ready(&harness).await;
    harness.end();
}

#[tokio::test]
async fn a_store_that_takes_no_write_makes_it_unready() {
    let harness = Harness::start().await;
    ready(&harness).await;
    let other = Connection::open(harness.data_directory().join("bridge.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    unready(&harness, "store", "write").await;
    other.execute_batch("ROLLBACK").expect("unlocked");
    ready(&harness).await;
    harness.end();
}

#[tokio::test]
async fn a_vendor_that_is_down_does_not_make_it_unready() {
    let harness = Harness::start().await;
    harness.genesys.set_down(true);
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.logged(&[("event.name", "retried")]).await;
    ready(&harness).await;
    harness.end();
}
