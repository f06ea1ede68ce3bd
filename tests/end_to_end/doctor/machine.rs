//! The machine of `bridge serve`: its file, its process, its database, its queues.

use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;
use serde_json::json;
use simulators::Endpoint;

use super::{Installation, after};
use crate::harness::{Setup, fault, status};
use crate::signing::hub_signature;

#[tokio::test]
async fn the_machine_is_looked_at() {
    let mut lines = Vec::new();
    let public = |installation: &mut Installation| {
        let mode = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(installation.harness.config_path(), mode).expect("it is ours");
    };
    lines.push(after(Setup::new(), public, &["*"]).await);
    let stopped = |installation: &mut Installation| installation.harness.process.kill();
    lines.push(after(Setup::new(), stopped, &["*"]).await.replace("os error ", ""));
    let gone = |installation: &mut Installation| {
        installation.harness.process.kill();
        std::fs::remove_dir_all(installation.harness.data_directory()).expect("it is ours");
    };
    let checks = ["database", "disk-space", "inbound-queue", "outbound-queue", "dead-letters"];
    lines.push(after(Setup::new(), gone, &checks).await);
    let damaged = |installation: &mut Installation| {
        installation.harness.process.kill();
        let file = installation.harness.data_directory().join("bridge.db");
        let whole = std::fs::read(&file).expect("a file");
        let broken = [&b"not a database at all"[..], &whole[21..]].concat();
        std::fs::write(&file, broken).expect("a file");
        // It has the first page too, after a kill.
        std::fs::remove_file(file.with_extension("db-wal")).expect("removed");
    };
    lines.push(after(Setup::new(), damaged, &["database"]).await);
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn a_database_that_is_damaged_inside_is_named_once_with_the_next_step() {
    let damaged = |installation: &mut Installation| {
        installation.harness.process.kill();
        let file = installation.harness.data_directory().join("bridge.db");
        let connection = rusqlite::Connection::open(&file).expect("a database");
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("written");
        drop(connection);
        // The first page, which says that it is a database, stays.
        let mut whole = std::fs::read(&file).expect("a file");
        whole[4096..].fill(0xff);
        std::fs::write(&file, whole).expect("a file");
    };
    let checks = ["database", "inbound-queue", "outbound-queue", "dead-letters"];
    let lines = after(Setup::new(), damaged, &checks).await;
    let first = lines.lines().find(|line| line.starts_with("FAIL")).expect("a failure");
    let is_named = first.contains("bridge.db is damaged: ");
    assert!(is_named && first.contains("restore the last backup"), "{lines}");
    assert_eq!(lines.matches("malformed").count() + lines.matches("damaged").count(), 1, "{lines}");
    assert_eq!(lines.matches("because of database").count(), 3, "{lines}");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_used_says_what_to_do_about_its_cause() {
    let installation = Installation::new(Setup::new()).await;
    let path = installation.harness.config_path();
    let text = std::fs::read_to_string(&path).expect("a file");
    let mut file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let secret = "/integrations/0/genesys/webhookSecrets/0";
    *file.pointer_mut(secret).expect("a secret") = json!({ "env": "NO_SUCH_SECRET" });
    std::fs::write(&path, file.to_string()).expect("written");
    let line = async || installation.examine(&[]).await.output;
    let lines = line().await;
    let action = "Do: set NO_SUCH_SECRET in this shell, or run this where the bridge has it";
    assert!(lines.contains(action), "{lines}");
    *file.pointer_mut(secret).expect("a secret") = json!(5);
    std::fs::write(&path, file.to_string()).expect("written");
    let lines = line().await;
    assert!(lines.contains("Do: correct the file: `bridge config check`"), "{lines}");
    std::fs::remove_file(&path).expect("removed");
    let lines = line().await;
    assert!(lines.contains("Do: give the path of the configuration file"), "{lines}");
}

#[tokio::test]
async fn what_waits_and_what_was_given_up_is_counted() {
    let installation = Installation::new(Setup::new()).await;
    installation.harness.genesys.script(fault(Endpoint::Message, status(400)));
    installation.harness.say("ana", "m-1", "a private word").await;
    installation.harness.logged(&[("event.name", "failed"), ("event.id", "m-1")]).await;
    installation.harness.heard("ana", 1).await;
    installation.harness.lynn.set_down(true);
    installation.harness.agent("ben", "Good morning").await;
    installation.harness.logged(&[("event.name", "retried"), ("direction", "outbound")]).await;
    installation.harness.lynn.set_down(false);
    let lines = installation.lines(&["dead-letters", "inbound-queue", "outbound-queue"]).await;
    assert!(!lines.contains("private") && !lines.contains("ben"), "{lines}");
    assert!(lines.contains("1 in the last day, 1 kept, the last one for bad.request"), "{lines}");
    let outbound = lines.lines().find(|line| line.contains("outbound-queue")).expect("a line");
    assert!(outbound.contains("1 event waits") || outbound.contains("empty"), "{lines}");
}

#[tokio::test]
async fn an_id_that_came_for_two_messages_is_a_finding() {
    let installation = Installation::new(Setup::new()).await;
    installation.harness.say("ana", "m-1", "a private word").await;
    installation.harness.accepted("ana", 1).await;
    assert!(installation.lines(&["lynn-ids"]).await.starts_with("OK"));
    installation.harness.say("ana", "m-1", "another private word").await;
    installation.harness.accepted("ana", 2).await;
    let lines = installation.lines(&["lynn-ids"]).await;
    assert!(
        lines.starts_with("WARN") && lines.contains("the id m-1 was used for another event"),
        "{lines}"
    );
    assert!(!lines.contains("private"), "{lines}");
}

#[tokio::test]
async fn a_webhook_of_another_channel_is_a_finding() {
    let installation = Installation::new(Setup::new()).await;
    installation.harness.agent("ana", "a private word").await;
    installation.harness.heard("ana", 1).await;
    assert!(installation.lines(&["webhook-channel"]).await.starts_with("OK"));
    let body = json!({ "id": "g-9", "type": "Text", "direction": "Outbound", "text": "another private word",
        "channel": { "id": "i-9", "to": { "id": "ben" }, "from": { "id": "i-9" } } });
    let body = body.to_string();
    let signed =
        hub_signature(&installation.harness.genesys.options().webhook_secret, body.as_bytes());
    let post = installation.harness.request(Method::POST, "/genesys/support");
    let answer = post.header("X-Hub-Signature-256", signed).body(body).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    installation.harness.heard("ben", 1).await;
    let line = installation.lines(&["webhook-channel"]).await;
    assert!(line.starts_with("WARN") && line.contains("of the channel i-9 came here"), "{line}");
    assert!(!line.contains("private"), "{line}");
}
