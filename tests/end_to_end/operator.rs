//! What an operator sees and repairs on a data directory, while the bridge runs and while it does not.

use serde_json::Value;
use simulators::Endpoint;

use crate::command::{Ended, run};
use crate::harness::{World, each, fault, status};

/// Runs a command on the world's data.
async fn on(world: &World, arguments: &[&str]) -> Ended {
    let data = world.data_directory();
    let mut all = arguments.to_vec();
    all.extend(["--data", data.to_str().expect("UTF-8")]);
    run(&all, &[]).await
}

async fn dead_letters(world: &World) -> Vec<Value> {
    let listed = on(world, &["dead-letters", "list", "--json"]).await.json();
    listed["deadLetters"].as_array().expect("a list").clone()
}

/// Genesys refuses for good what a contact says.
async fn refused(world: &World, contact: &str, id: &str, text: &str) {
    world.genesys.script(fault(Endpoint::Message, status(400)));
    world.say(contact, id, text).await;
    world.logged(&[("event.name", "failed"), ("event.id", id)]).await;
}

#[tokio::test]
async fn a_dead_letter_is_shown_and_sent_again_while_the_bridge_runs() {
    let world = World::start().await;
    refused(&world, "5215512345678", "m-1", "a private word").await;
    let letters = dead_letters(&world).await;
    assert_eq!(each(&letters, "/event/id"), ["m-1"]);
    assert_eq!(letters[0]["integration"], "support");
    assert_eq!(letters[0]["direction"], "inbound");
    assert_eq!(letters[0]["code"], "bad.request");
    let id = letters[0]["id"].as_str().expect("an id");
    let table = on(&world, &["dead-letters", "list"]).await.good();
    assert!(table.contains(id) && table.contains("bad.request"), "{table}");
    let shown = on(&world, &["dead-letters", "show", id]).await.good();
    assert!(shown.contains("permanent") && shown.contains("message m-1"), "{shown}");
    for text in [&table, &shown, &Value::from(letters.clone()).to_string()] {
        assert!(!text.contains("private") && !text.contains("5512345678"), "{text}");
    }
    let body = on(&world, &["dead-letters", "show", id, "--show-body"]).await.good();
    assert!(body.contains("a private word"), "{body}");
    let body = on(&world, &["dead-letters", "show", id, "--show-body", "--json"]).await.json();
    assert!(body["body"].to_string().contains("a private word"), "{body}");

    // The conversation has gone on, so what is sent again is later than what passed since, and nothing comes twice.
    world.say("5215512345678", "m-2", "Good").await;
    world.accepted("5215512345678", 1).await;
    let sent = on(&world, &["dead-letters", "redrive", &id[..8]]).await.good();
    assert!(sent.contains("sent again"), "{sent}");
    let accepted = world.accepted("5215512345678", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-2", "m-1"]);
    assert!(dead_letters(&world).await.is_empty());
    on(&world, &["dead-letters", "redrive", id]).await.bad(1);
    assert!(world.genesys.duplicates().is_empty());
    world.end();
}

#[tokio::test]
async fn what_fails_again_comes_back_and_keeps_its_number() {
    let world = World::start().await;
    refused(&world, "ana", "m-1", "Hello").await;
    world.genesys.script(fault(Endpoint::Message, status(400)));
    on(&world, &["dead-letters", "redrive", "--all"]).await.good();
    world.heard("ana", 1).await;
    let deadline = tokio::time::Instant::now() + crate::harness::SOON;
    let letters = loop {
        let letters = dead_letters(&world).await;
        if !letters.is_empty() {
            break letters;
        }
        assert!(tokio::time::Instant::now() < deadline, "{}", world.process.log());
    };
    assert_eq!(each(&letters, "/event/redrive"), [1]);
    on(&world, &["dead-letters", "redrive", "--all"]).await.good();
    let accepted = world.accepted("ana", 1).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1"]);
    assert!(dead_letters(&world).await.is_empty());
    world.end();
}

#[tokio::test]
async fn what_is_sent_again_while_nobody_runs_is_delivered_in_order_after_the_start() {
    let mut world = World::start().await;
    for id in ["m-1", "m-2", "m-3"] {
        refused(&world, "ana", id, "Hello").await;
    }
    world.process.terminate();
    assert!(world.process.ended().await.success());
    let sent = on(&world, &["dead-letters", "redrive", "--all", "--json"]).await.json();
    assert_eq!(sent["sent"].as_array().map(Vec::len), Some(3));
    world.restart().await;
    let accepted = world.accepted("ana", 3).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2", "m-3"]);
    world.end();
}

#[tokio::test]
async fn conversations_are_listed_latest_first_and_shown_with_their_events() {
    let world = World::start().await;
    world.say("5215512345678", "m-1", "a private word").await;
    world.accepted("5215512345678", 1).await;
    world.agent("5215512345678", "Good morning").await;
    world.heard("5215512345678", 1).await;
    world.say("ben", "m-1", "Hello").await;
    world.accepted("ben", 1).await;
    world.logged(&[("event.name", "delivered"), ("direction", "outbound")]).await;
    let listed = on(&world, &["conversations", "--open", "--json"]).await.json();
    let listed = listed.as_array().expect("a list").clone();
    assert_eq!(each(&listed, "/status"), ["open", "open"]);
    assert!(listed.iter().all(|entry| entry["contact"].is_null()));
    let latest = on(&world, &["conversations", "--limit", "1", "--show-contacts"]).await.good();
    assert!(latest.contains("ben") && !latest.contains("5512345678"), "{latest}");
    let none = on(&world, &["conversations", "--integration", "other", "--json"]).await.json();
    assert_eq!(none.as_array().map(Vec::len), Some(0));

    let table = on(&world, &["conversations"]).await.good();
    assert!(!table.contains("5512345678"), "{table}");
    let fingerprint = listed[1]["contactFingerprint"].as_str().expect("a fingerprint");
    for contact in ["5215512345678", fingerprint] {
        let arguments = ["conversations", "show", contact, "--integration", "support"];
        let shown = on(&world, &arguments).await.good();
        assert!(!shown.contains("5512345678") && !shown.contains("private"), "{shown}");
        let shown = on(&world, &[&arguments[..], &["--json"]].concat()).await.json();
        let events = shown["events"].as_array().expect("a list").clone();
        assert_eq!(each(&events, "/direction"), ["inbound", "outbound"]);
        assert_eq!(each(&events, "/state"), ["done", "done"]);
        assert_eq!(events[0]["id"], "m-1");
    }
    let unknown = ["conversations", "show", "0123456789ab", "--integration", "support"];
    on(&world, &unknown).await.bad(1);
    world.end();
}

#[tokio::test]
async fn a_command_that_does_not_know_where_says_so() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("UTF-8");
    for command in [&["dead-letters", "list"][..], &["conversations"]] {
        let said = run(command, &[]).await.bad(2);
        assert!(said.contains("--stack, --data and --config"), "{said}");
        let said = run(&[command, &["--data", path]].concat(), &[]).await.bad(1);
        assert!(said.contains("there is no database") && said.contains(path), "{said}");
    }
    let said = run(&["dead-letters", "redrive", "--data", path], &[]).await.bad(2);
    assert!(said.contains("--all"), "{said}");
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 0);
}
