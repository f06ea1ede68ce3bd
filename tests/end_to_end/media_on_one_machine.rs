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
    let world = start(relaying()).await;
    // The first file allocates everything that is allocated only once.
    agent_sends(&world, &world.genesys.put_download(picture())).await;
    world.lynn.fetch(&link(&messages(&world, 1).await)).await;
    let before = world.process.peak_memory();
    agent_sends(&world, &world.genesys.put_download(large(25 * MEBIBYTE))).await;
    let fetched = world.lynn.fetch(&link(&messages(&world, 2).await)).await;
    assert_eq!((fetched.status, fetched.bytes.len()), (200, 25 * MEBIBYTE));
    let grown = world.process.peak_memory() - before;
    assert!(grown < 8 * MEBIBYTE, "the peak grew by {grown} bytes");
    world.end();
}

#[tokio::test]
async fn one_byte_more_is_refused() {
    let world = start(relaying()).await;
    agent_sends(&world, &world.genesys.put_download(large(25 * MEBIBYTE + 1))).await;
    let message = messages(&world, 1).await.remove(0);
    assert_eq!(message["unsupported"], json!(["Attachment"]));
    let receipt = world.receipts(1).await.remove(0);
    assert_eq!(receipt["reasons"][0]["code"], "InvalidMediaContentLength");
    world.end();
}

#[tokio::test]
async fn a_death_between_the_copy_and_the_send_costs_no_file() {
    let mut world = start(relaying()).await;
    world.lynn.set_down(true);
    let original = world.genesys.put_download(picture());
    agent_sends(&world, &original).await;
    world.logged(&[("event.name", "media.copied")]).await;
    let tried = |lynn: &simulators::LynnSimulator| {
        lynn.attempts().iter().any(|request| request.body["type"] == "message")
    };
    assert!(world.lynn.wait_until(SOON, tried).await);
    world.process.kill();
    let old = world.address.clone();
    world.restart().await;
    world.lynn.set_down(false);
    let ours = link(&messages(&world, 1).await);
    let attempts = world.lynn.attempts();
    let mut posted = attempts.iter().filter(|request| request.body["type"] == "message");
    assert!(posted.all(|request| request.body["attachments"][0]["url"] == json!(ours)));
    let asked = world.genesys.requests();
    let asked = asked.iter().filter(|request| request.path.starts_with("/api/v2/downloads/"));
    assert_eq!(asked.count(), 1, "it was copied again");
    // After the restart the bridge listens on another port.
    let fetched = world.lynn.fetch(&ours.replace(&old, &world.address)).await;
    assert_eq!(fetched.bytes, PNG);
    world.end();
}

#[tokio::test]
async fn a_full_disk_makes_a_message_wait_and_costs_no_file() {
    let mut world = start(relaying()).await;
    let first = world.address.clone();
    world.process.kill();
    // 2 MB.
    world.restart_limited(4000).await;
    agent_sends(&world, &world.genesys.put_download(large(3 * MEBIBYTE))).await;
    world.logged(&[("event.name", "retried"), ("error.code", "media.store")]).await;
    assert!(world.lynn.messages_for("ana").is_empty());
    let unfinished = std::fs::read_dir(world.data_directory().join("media")).expect("a folder");
    assert!(unfinished.count() <= 1, "what was cut off is not removed");
    world.process.kill();
    world.restart().await;
    let ours = link(&messages(&world, 1).await);
    let fetched = world.lynn.fetch(&ours.replace(&first, &world.address)).await;
    assert_eq!((fetched.status, fetched.bytes.len()), (200, 3 * MEBIBYTE));
    world.end();
}

/// Files of strangers cannot use the space for messages either.
#[tokio::test]
async fn on_a_disk_with_little_room_files_wait_and_words_go_through() {
    let mut world = start(relaying()).await;
    world.process.kill();
    if !world.restart_on_small_disk(false).await {
        return;
    }
    agent_sends(&world, &world.genesys.put_download(picture())).await;
    let line = world.logged(&[("event.name", "retried"), ("error.code", "media.store")]).await;
    assert!(
        line["error.summary"].as_str().is_some_and(|error| error.contains("bytes are free")),
        "{line}"
    );
    world.agent("bob", "Hello.").await;
    world.heard("bob", 1).await;
    assert!(world.lynn.messages_for("ana").is_empty());
    world.end();
}

#[tokio::test]
async fn copies_are_private_to_the_user_of_the_bridge() {
    let world = start(relaying()).await;
    agent_sends(&world, &world.genesys.put_download(picture())).await;
    messages(&world, 1).await;
    let folder = world.data_directory().join("media");
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
    world.end();
}

#[tokio::test]
async fn the_key_that_is_missing_is_named() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let world = Setup::new().start().await;
    let text = std::fs::read_to_string(world.config_path()).expect("a file");
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
    world.end();
}
