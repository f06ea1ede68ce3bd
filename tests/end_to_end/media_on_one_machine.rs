//! The media relay on one machine: its memory, its disk, and crashes of the program.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use simulators::FileOptions;

use crate::harness::{SOON, Setup};
use crate::media::{PNG, agent_sends, link, messages, picture, relaying, start};

const MEBIBYTE: usize = 1024 * 1024;

/// A picture of this size, in bytes.
pub fn large(size: usize) -> FileOptions {
    let mut bytes = PNG.to_vec();
    bytes.resize(size, 0);
    FileOptions { needs_token: true, ..FileOptions::new("image/png", bytes) }
}

#[tokio::test]
async fn a_file_goes_through_without_being_in_memory() {
    let harness = start(relaying()).await;
    // The first file allocates everything that is allocated only once.
    agent_sends(&harness, &harness.genesys.put_download(picture())).await;
    harness.lynn.fetch(&link(&messages(&harness, 1).await)).await;
    let before = harness.process.peak_memory();
    agent_sends(&harness, &harness.genesys.put_download(large(25 * MEBIBYTE))).await;
    let fetched = harness.lynn.fetch(&link(&messages(&harness, 2).await)).await;
    assert_eq!((fetched.status, fetched.bytes.len()), (200, 25 * MEBIBYTE));
    let grown = harness.process.peak_memory() - before;
    assert!(grown < 8 * MEBIBYTE, "the peak grew by {grown} bytes");
    harness.end();
}

#[tokio::test]
async fn one_byte_more_is_refused() {
    let harness = start(relaying()).await;
    agent_sends(&harness, &harness.genesys.put_download(large(25 * MEBIBYTE + 1))).await;
    let message = messages(&harness, 1).await.remove(0);
    assert_eq!(message["unsupported"], json!(["Attachment"]));
    let receipt = harness.receipts(1).await.remove(0);
    assert_eq!(receipt["reasons"][0]["code"], "InvalidMediaContentLength");
    harness.end();
}

#[tokio::test]
async fn a_death_between_the_copy_and_the_send_costs_no_file() {
    let mut harness = start(relaying()).await;
    harness.lynn.set_down(true);
    let original = harness.genesys.put_download(picture());
    agent_sends(&harness, &original).await;
    harness.logged(&[("event.name", "media.copied")]).await;
    let tried = |lynn: &simulators::LynnSimulator| {
        lynn.attempts().iter().any(|request| request.body["type"] == "message")
    };
    assert!(harness.lynn.wait_until(SOON, tried).await);
    harness.process.kill();
    let old = harness.address.clone();
    harness.restart().await;
    harness.lynn.set_down(false);
    let ours = link(&messages(&harness, 1).await);
    let attempts = harness.lynn.attempts();
    let mut posted = attempts.iter().filter(|request| request.body["type"] == "message");
    assert!(posted.all(|request| request.body["attachments"][0]["url"] == json!(ours)));
    let asked = harness.genesys.requests();
    let asked = asked.iter().filter(|request| request.path.starts_with("/api/v2/downloads/"));
    assert_eq!(asked.count(), 1, "it was copied again");
    // After the restart the bridge listens on another port.
    let fetched = harness.lynn.fetch(&ours.replace(&old, &harness.address)).await;
    assert_eq!(fetched.bytes, PNG);
    harness.end();
}

#[tokio::test]
async fn a_full_disk_makes_a_message_wait_and_costs_no_file() {
    let mut harness = start(relaying()).await;
    let first = harness.address.clone();
    harness.process.kill();
    // 2 MB.
    harness.restart_limited(4000).await;
    agent_sends(&harness, &harness.genesys.put_download(large(3 * MEBIBYTE))).await;
    harness.logged(&[("event.name", "retried"), ("error.code", "media.store")]).await;
    assert!(harness.lynn.messages_for("ana").is_empty());
    let unfinished = std::fs::read_dir(harness.data_directory().join("media")).expect("a folder");
    assert!(unfinished.count() <= 1, "what was cut off is not removed");
    harness.process.kill();
    harness.restart().await;
    let ours = link(&messages(&harness, 1).await);
    let fetched = harness.lynn.fetch(&ours.replace(&first, &harness.address)).await;
    assert_eq!((fetched.status, fetched.bytes.len()), (200, 3 * MEBIBYTE));
    harness.end();
}

/// Files of strangers cannot use the space for messages either.
#[tokio::test]
async fn on_a_disk_with_little_room_files_wait_and_words_go_through() {
    let mut harness = start(relaying()).await;
    harness.process.kill();
    if !harness.restart_on_small_disk(false).await {
        return;
    }
    agent_sends(&harness, &harness.genesys.put_download(picture())).await;
    let line = harness.logged(&[("event.name", "retried"), ("error.code", "media.store")]).await;
    assert!(
        line["error.summary"].as_str().is_some_and(|error| error.contains("bytes are free")),
        "{line}"
    );
    harness.agent("bob", "Hello.").await;
    harness.heard("bob", 1).await;
    assert!(harness.lynn.messages_for("ana").is_empty());
    harness.end();
}

#[tokio::test]
async fn copies_are_private_to_the_user_of_the_bridge() {
    let harness = start(relaying()).await;
    agent_sends(&harness, &harness.genesys.put_download(picture())).await;
    messages(&harness, 1).await;
    let folder = harness.data_directory().join("media");
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
    };
    assert_eq!(mode(&folder), 0o700);
    let copies: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(copies.len(), 1);
    assert_eq!(mode(&copies[0]), 0o600);
    harness.end();
}

#[tokio::test]
async fn the_key_that_is_missing_is_named() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let harness = Setup::new().start().await;
    let text = std::fs::read_to_string(harness.config_path()).expect("a file");
    let mut config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let path = directory.path().join("config.json");
    let mut check = |media: serde_json::Value| {
        config["integrations"][0]["media"] = media;
        std::fs::write(&path, config.to_string()).expect("a file");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
        let output = command.args(["config", "check"]).arg(&path).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = check(json!({ "mode": "relay" }));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("media.publicBaseUrl"), "{said}");
    let (code, said) = check(
        json!({ "mode": "relay", "publicBaseUrl": "https://bridge.example.com", "linkKey": "k" }),
    );
    assert!(code == Some(2) && said.contains("media.linkKey"), "{said}");
    let (code, said) =
        check(json!({ "mode": "relay", "publicBaseUrl": "https://bridge.example.com" }));
    assert_eq!(code, Some(0), "{said}");
    harness.end();
}
