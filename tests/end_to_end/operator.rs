//! The commands with which an operator sees and repairs a data directory, while the bridge runs and
//! while it is stopped.

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, LynnFault};

use crate::command::{Ended, run};
use crate::harness::{Harness, Setup, each, fault, status};

/// Runs a command on the data of the harness.
async fn on(harness: &Harness, arguments: &[&str]) -> Ended {
    let data = harness.data_directory();
    let mut all = arguments.to_vec();
    all.extend(["--data", data.to_str().expect("UTF-8")]);
    run(&all, &[]).await
}

async fn dead_letters(harness: &Harness) -> Vec<Value> {
    let listed = on(harness, &["dead-letters", "list", "--json"]).await.json();
    listed["deadLetters"].as_array().expect("a list").clone()
}

/// Genesys refuses a contact's message for good.
async fn refused(harness: &Harness, contact: &str, id: &str, text: &str) {
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say(contact, id, text).await;
    harness.logged(&[("event.name", "failed"), ("event.id", id)]).await;
}

#[tokio::test]
async fn a_dead_letter_is_shown_and_sent_again_while_the_bridge_runs() {
    let harness = Harness::start().await;
    refused(&harness, "5215512345678", "m-1", "a private word").await;
    let letters = dead_letters(&harness).await;
    assert_eq!(each(&letters, "/event/id"), ["m-1"]);
    assert_eq!(letters[0]["integration"], "support");
    assert_eq!(letters[0]["direction"], "inbound");
    assert_eq!(letters[0]["code"], "bad.request");
    let id = letters[0]["id"].as_str().expect("an id");
    let table = on(&harness, &["dead-letters", "list"]).await.good();
    assert!(table.contains(id) && table.contains("bad.request"), "{table}");
    let shown = on(&harness, &["dead-letters", "show", id]).await.good();
    assert!(shown.contains("permanent") && shown.contains("message m-1"), "{shown}");
    for text in [&table, &shown, &Value::from(letters.clone()).to_string()] {
        assert!(!text.contains("private") && !text.contains("5512345678"), "{text}");
    }
    let body = on(&harness, &["dead-letters", "show", id, "--show-body"]).await.good();
    assert!(body.contains("a private word"), "{body}");
    let body = on(&harness, &["dead-letters", "show", id, "--show-body", "--json"]).await.json();
    assert!(body["body"].to_string().contains("a private word"), "{body}");

    // The conversation has continued, so the redriven message arrives after the later one, and
    // nothing arrives twice.
    harness.say("5215512345678", "m-2", "Good").await;
    harness.accepted("5215512345678", 1).await;
    let sent = on(&harness, &["dead-letters", "redrive", &id[..8]]).await.good();
    assert!(sent.contains("sent again"), "{sent}");
    let accepted = harness.accepted("5215512345678", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-2", "m-1"]);
    assert!(dead_letters(&harness).await.is_empty());
    on(&harness, &["dead-letters", "redrive", id]).await.bad(1);
    assert!(harness.genesys.duplicates().is_empty());
    harness.end();
}

#[tokio::test]
async fn what_fails_again_comes_back_and_keeps_its_number() {
    let harness = Harness::start().await;
    refused(&harness, "ana", "m-1", "Hello").await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    on(&harness, &["dead-letters", "redrive", "--all"]).await.good();
    harness.heard("ana", 1).await;
    let deadline = tokio::time::Instant::now() + crate::harness::SOON;
    let letters = loop {
        let letters = dead_letters(&harness).await;
        if !letters.is_empty() {
            break letters;
        }
        assert!(tokio::time::Instant::now() < deadline, "{}", harness.process.log());
    };
    assert_eq!(each(&letters, "/event/redrive"), [1]);
    on(&harness, &["dead-letters", "redrive", "--all"]).await.good();
    let accepted = harness.accepted("ana", 1).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1"]);
    assert!(dead_letters(&harness).await.is_empty());
    harness.end();
}

#[tokio::test]
async fn what_is_sent_again_while_nobody_runs_is_delivered_in_order_after_the_start() {
    let mut harness = Harness::start().await;
    for id in ["m-1", "m-2", "m-3"] {
        refused(&harness, "ana", id, "Hello").await;
    }
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    let sent = on(&harness, &["dead-letters", "redrive", "--all", "--json"]).await.json();
    assert_eq!(sent["sent"].as_array().map(Vec::len), Some(3));
    harness.restart().await;
    let accepted = harness.accepted("ana", 3).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2", "m-3"]);
    harness.end();
}

/// Waits until there are `count` dead letters, and returns them.
async fn buried(harness: &Harness, count: usize) -> Vec<Value> {
    let deadline = tokio::time::Instant::now() + crate::harness::SOON;
    loop {
        let letters = dead_letters(harness).await;
        if letters.len() == count {
            return letters;
        }
        assert!(tokio::time::Instant::now() < deadline, "{letters:?}\n{}", harness.process.log());
    }
}

#[tokio::test]
async fn a_dead_letter_says_why_since_when_how_often_and_who_was_told() {
    let setup = Setup::new().lynn(|options| options.post_attempts = 1);
    let harness = setup.start().await;
    for code in [503, 503, 400] {
        harness.genesys.script(fault(Endpoint::Message, status(code)));
    }
    harness.say("ana", "m-1", "Hello").await;
    let letter = buried(&harness, 1).await.remove(0);
    assert_eq!((&letter["code"], &letter["attempts"]), (&json!("bad.request"), &json!(3)));
    assert_eq!(each(letter["history"].as_array().expect("a list"), "/status"), [503, 503, 400]);
    let time = |key: &str| letter[key].as_str().expect(key).to_owned();
    assert!(time("firstAttemptAt") < time("lastAttemptAt") && time("lastAttemptAt") <= time("at"));
    assert_eq!(letter["uncertain"], false);
    // Lynn has received the failure.
    harness.heard("ana", 1).await;
    let told = [("event.name", "delivered"), ("direction", "outbound")];
    harness.logged(&told).await;
    let id = letter["id"].as_str().expect("an id");
    let shown = on(&harness, &["dead-letters", "show", id]).await.good();
    for words in
        ["tried          3 times", "has arrived", "perhaps done   no", "redriven       0 times"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(
        on(&harness, &["dead-letters", "show", id, "--json"]).await.json()["telling"],
        "arrived"
    );
    let table = on(&harness, &["dead-letters", "list"]).await.good();
    assert!(table.contains("1 dead letter: 1 bad.request"), "{table}");
    harness.end();
}

#[tokio::test]
async fn several_of_a_conversation_keep_their_order_also_when_one_has_failed_again() {
    let harness = Harness::start().await;
    for id in ["m-1", "m-2", "m-3"] {
        refused(&harness, "ana", id, "Hello").await;
    }
    let letters = buried(&harness, 3).await;
    let first = letters[0]["id"].as_str().expect("an id");
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    on(&harness, &["dead-letters", "redrive", first]).await.good();
    // Its letter is now the newest, but its message is still the oldest.
    let letters = loop {
        let letters = buried(&harness, 3).await;
        if letters[2]["event"]["redrive"] == 1 {
            break letters;
        }
    };
    assert_eq!(each(&letters, "/event/id"), ["m-2", "m-3", "m-1"]);
    assert_eq!((&letters[2]["attempts"], &letters[0]["attempts"]), (&json!(2), &json!(1)));
    harness.say("ana", "m-4", "Meanwhile").await;
    harness.accepted("ana", 1).await;
    let dry = on(&harness, &["dead-letters", "redrive", "--all", "--dry-run"]).await.good();
    assert_eq!(dry.matches("would be queued to be sent again").count(), 3, "{dry}");
    assert_eq!(buried(&harness, 3).await, letters);
    on(&harness, &["dead-letters", "redrive", "--all"]).await.good();
    let accepted = harness.accepted("ana", 4).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-4", "m-1", "m-2", "m-3"]);
    let times = each(&accepted, "/channel/time");
    assert!(times.is_sorted_by_key(ToString::to_string), "{times:?}");
    // A failure is final: Lynn was told once of each, and not again when the redrive failed too.
    let told = harness.lynn.events_of_type("ana", "receipt");
    assert_eq!(each(&told, "/messageId"), ["m-1", "m-2", "m-3"]);
    harness.end();
}

#[tokio::test]
async fn what_waits_holds_its_place_before_what_is_sent_again() {
    let harness = Harness::start().await;
    refused(&harness, "ana", "m-1", "Hello").await;
    harness.genesys.set_down(true);
    for id in ["m-2", "m-3"] {
        harness.say("ana", id, "Hello").await;
    }
    harness.logged(&[("event.name", "retried"), ("event.id", "m-2")]).await;
    on(&harness, &["dead-letters", "redrive", "--all"]).await.good();
    harness.genesys.set_down(false);
    let accepted = harness.accepted("ana", 3).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-2", "m-3", "m-1"]);
    harness.end();
}

#[tokio::test]
async fn a_redrive_that_was_cut_off_or_is_asked_for_twice_sends_once() {
    let mut harness = Harness::start().await;
    refused(&harness, "ana", "m-1", "Hello").await;
    harness.process.kill();
    let data = harness.data_directory();
    let copy = data.with_file_name("letters");
    // Restores the letter from before the redrive, as if the redrive had died before it deleted the
    // letter.
    let database = rusqlite::Connection::open(data.join("bridge.db")).expect("a database");
    let keep = format!(
        "ATTACH '{}' AS kept; CREATE TABLE kept.letters AS SELECT * FROM items WHERE pk LIKE 'dead#%';",
        copy.display()
    );
    database.execute_batch(&keep).expect("kept");
    for _ in 0..2 {
        on(&harness, &["dead-letters", "redrive", "--all"]).await.good();
        database
            .execute_batch("INSERT OR REPLACE INTO items SELECT * FROM kept.letters")
            .expect("laid back");
    }
    harness.restart().await;
    harness.accepted("ana", 1).await;
    harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    let again = on(&harness, &["dead-letters", "redrive", "--all", "--json"]).await.json();
    assert_eq!(
        (again["sent"].as_array().map(Vec::len), again["known"].as_array().map(Vec::len)),
        (Some(0), Some(1))
    );
    assert!(dead_letters(&harness).await.is_empty());
    harness.say("ana", "m-2", "Hello").await;
    harness.accepted("ana", 2).await;
    assert!(harness.genesys.duplicates().is_empty());
    harness.end();
}

#[tokio::test]
async fn what_may_have_arrived_is_sent_again_under_the_same_id() {
    let mut harness = Harness::start().await;
    // Accepted without an answer, then refused: the bridge cannot know whether Genesys kept the
    // first attempt.
    harness.genesys.script(fault(Endpoint::Message, Effect::AcceptThenDrop));
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "Hello").await;
    let letter = buried(&harness, 1).await.remove(0);
    assert_eq!(letter["uncertain"], true);
    let id = letter["id"].as_str().expect("an id");
    let shown = on(&harness, &["dead-letters", "show", id]).await.good();
    assert!(shown.contains("perhaps done   yes") && shown.contains("the same id"), "{shown}");
    assert!(shown.contains("an attempt ended without an answer"), "{shown}");
    harness.process.kill();
    on(&harness, &["dead-letters", "redrive", id]).await.good();
    harness.restart().await;
    harness.say("ana", "m-2", "Hello").await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    let again = harness.genesys.duplicates();
    assert_eq!(each(&again, "/channel/messageId"), ["m-1"]);
    assert_eq!(again[0]["channel"]["time"], accepted[0]["channel"]["time"]);
    harness.end();
}

#[tokio::test]
async fn a_notice_that_is_given_up_too_is_told_in_plain_sentences() {
    let setup = Setup::new().lynn(|options| options.post_attempts = 1);
    let harness = setup.start().await;
    for code in [503, 400] {
        harness.genesys.script(fault(Endpoint::Message, status(code)));
    }
    // An attempt that was answered leaves nothing open here: Genesys Cloud has refused the last
    // one.
    harness.lynn.script(LynnFault::Status { code: 403, retry_after: None });
    harness.say("ana", "m-1", "Hello").await;
    let letters = buried(&harness, 2).await;
    let letter = letters.iter().find(|letter| letter["direction"] == "inbound").expect("one");
    let shown =
        on(&harness, &["dead-letters", "show", letter["id"].as_str().expect("an id")]).await;
    let shown = shown.good();
    let told = shown.lines().find(|line| line.starts_with("told")).expect("a line");
    assert!(told.contains("\" could not be delivered. It is a dead letter of its own."), "{told}");
    harness.end();
}

#[tokio::test]
async fn an_empty_list_and_an_integration_that_does_not_exist_are_told() {
    let harness = Harness::start().await;
    let config = harness.config_path().display().to_string();
    let at =
        async |arguments: &[&str]| run(&[arguments, &["--config", &config]].concat(), &[]).await;
    for (command, words) in [
        (&["dead-letters", "list"][..], "No dead letters.\n"),
        (&["conversations"], "No conversations.\n"),
        (&["conversations", "--open"], "No open conversations.\n"),
        (&["conversations", "--integration", "support"], "No conversations.\n"),
        (&["dead-letters", "list", "--integration", "unreadable"], "No dead letters.\n"),
    ] {
        let ended = at(command).await;
        assert_eq!(ended.said, words, "{command:?}");
        assert_eq!(ended.good().lines().count(), 1);
        let ended = at(&[command, &["--json"]].concat()).await;
        assert_eq!(ended.said, words, "{command:?}");
        ended.json();
    }
    for command in [&["dead-letters", "list"][..], &["conversations"]] {
        let said = at(&[command, &["--integration", "nosuch"]].concat()).await.bad(2);
        assert_eq!(said, "bridge: There is no integration nosuch.\n");
    }
    refused(&harness, "ana", "m-1", "Hello").await;
    let ended = at(&["dead-letters", "list", "--reason", "nothing-like-it"]).await;
    assert_eq!(ended.said, "No dead letter matches; 1 is kept that does not match.\n");
    ended.good();
    harness.end();
}

/// Runs a command as a user who may not read the data.
async fn as_another_user(arguments: &[&str]) -> Ended {
    use std::os::unix::process::CommandExt as _;
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
    command.args(arguments).stdin(std::process::Stdio::null());
    if rustix::process::geteuid().is_root() {
        command.uid(65_534);
    }
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.expect("no panic").expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), output: text(output.stdout), said: text(output.stderr) }
}

#[tokio::test]
async fn a_database_that_this_user_may_not_read_is_not_said_to_be_missing() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut harness = Harness::start().await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    let directory = harness.data_directory();
    let (data, folder) = (directory.display().to_string(), directory.parent().expect("a folder"));
    let mode = |path: &std::path::Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("its mode");
    };
    mode(folder, 0o755);
    // Neither where the directory is closed, nor where the file is.
    for (of_directory, of_file) in [(0o000, 0o600), (0o755, 0o000)] {
        mode(&directory.join("bridge.db"), of_file);
        mode(&directory, of_directory);
        let said = as_another_user(&["conversations", "--data", &data]).await.bad(1);
        let expected = "bridge.db cannot be opened: Permission denied. Run this as the user that the bridge runs as.\n";
        assert!(said.ends_with(expected), "{said}");
        mode(&directory, 0o700);
    }
    mode(&directory.join("bridge.db"), 0o600);
    harness.end();
}

#[tokio::test]
async fn thousands_are_filtered_and_shown_page_by_page() {
    let mut harness = Harness::start().await;
    refused(&harness, "5215512345678", "m-1", "Hello").await;
    refused(&harness, "ben", "m-1", "Hello").await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    let file = harness.data_directory().join("bridge.db");
    let database = rusqlite::Connection::open(file).expect("a database");
    let copies = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO items (pk, sk, body, version)
        SELECT pk, '2020-01-01T00:00:00.000Z#' || printf('%016x', i * 7919), body, 1 FROM n,
        (SELECT * FROM items WHERE pk = 'dead#support' ORDER BY sk DESC LIMIT 1)";
    database.execute_batch(copies).expect("copied");
    let (mut after, mut seen, mut pages) = (String::new(), std::collections::BTreeSet::new(), 0);
    loop {
        let mut arguments = vec!["dead-letters", "list", "--json", "--limit", "700"];
        if !after.is_empty() {
            arguments.extend(["--after", &after]);
        }
        let page = on(&harness, &arguments).await.json();
        assert_eq!(page["total"], 3002);
        pages += 1;
        let letters = page["deadLetters"].as_array().expect("a list");
        seen.extend(letters.iter().map(|letter| letter["id"].to_string()));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (3002, 5));
    let ended = on(&harness, &["dead-letters", "list"]).await;
    assert!(ended.said.contains("100 of them are shown; --after "), "{}", ended.said);
    let total = async |filter: &[&str]| {
        on(&harness, &[&["dead-letters", "list", "--json"], filter].concat()).await.json()["total"]
            .clone()
    };
    assert_eq!(total(&["--contact", "5215512345678"]).await, 1);
    assert_eq!(
        total(&["--contact", "ben", "--reason", "bad.request", "--since", "1h"]).await,
        3001
    );
    assert_eq!(total(&["--reason", "expired"]).await, 0);
    assert_eq!(total(&["--direction", "outbound"]).await, 0);
    assert_eq!(total(&["--since", "2999-01-01T00:00:00Z"]).await, 0);
    assert_eq!(total(&["--integration", "other"]).await, 0);
    for wrong in [["--since", "yesterday"], ["--direction", "up"]] {
        on(&harness, &[&["dead-letters", "list"], &wrong[..]].concat()).await.bad(2);
    }
    let arguments = ["dead-letters", "redrive", "--all", "--contact", "5215512345678", "--json"];
    assert_eq!(on(&harness, &arguments).await.json()["sent"].as_array().map(Vec::len), Some(1));
    harness.restart().await;
    harness.accepted("5215512345678", 1).await;
    harness.end();
}

#[tokio::test]
async fn conversations_are_listed_latest_first_and_shown_with_their_events() {
    let harness = Harness::start().await;
    harness.say("5215512345678", "m-1", "a private word").await;
    harness.accepted("5215512345678", 1).await;
    harness.agent("5215512345678", "Good morning").await;
    harness.heard("5215512345678", 1).await;
    harness.say("ben", "m-1", "Hello").await;
    harness.accepted("ben", 1).await;
    harness.logged(&[("event.name", "delivered"), ("direction", "outbound")]).await;
    let listed = on(&harness, &["conversations", "--open", "--json"]).await.json();
    let listed = listed.as_array().expect("a list").clone();
    assert_eq!(each(&listed, "/status"), ["open", "open"]);
    assert!(listed.iter().all(|entry| entry["contact"].is_null()));
    let latest = on(&harness, &["conversations", "--limit", "1", "--show-contacts"]).await.good();
    assert!(latest.contains("ben") && !latest.contains("5512345678"), "{latest}");
    let none = on(&harness, &["conversations", "--integration", "other", "--json"]).await.json();
    assert_eq!(none.as_array().map(Vec::len), Some(0));

    let table = on(&harness, &["conversations"]).await.good();
    assert!(!table.contains("5512345678"), "{table}");
    let fingerprint = listed[1]["contactFingerprint"].as_str().expect("a fingerprint");
    for contact in ["5215512345678", fingerprint] {
        let arguments = ["conversations", "show", contact, "--integration", "support"];
        let shown = on(&harness, &arguments).await.good();
        assert!(!shown.contains("5512345678") && !shown.contains("private"), "{shown}");
        let shown = on(&harness, &[&arguments[..], &["--json"]].concat()).await.json();
        let events = shown["events"].as_array().expect("a list").clone();
        assert_eq!(each(&events, "/direction"), ["inbound", "outbound"]);
        assert_eq!(each(&events, "/state"), ["done", "done"]);
        assert_eq!(events[0]["id"], "m-1");
    }
    let alone = on(&harness, &["conversations", "show", "ben"]).await.good();
    assert!(alone.contains("integration     support"), "{alone}");
    let unknown = ["conversations", "show", "0123456789ab", "--integration", "support"];
    on(&harness, &unknown).await.bad(1);
    harness.end();
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

#[tokio::test]
async fn a_conversation_shows_what_waits_behind_the_event_that_is_tried() {
    let harness = Harness::start().await;
    assert!(show_ana(&harness).await.code == Some(1));
    harness.say("ana", "m-0", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.genesys.set_down(true);
    for id in ["m-1", "m-2", "m-3"] {
        harness.say("ana", id, "a private word").await;
    }
    harness.say("ben", "b-1", "Hello").await;
    harness.logged(&[("event.name", "retried"), ("event.id", "m-1")]).await;
    let shown = on(&harness, &["conversations", "show", "ana", "--json"]).await.json();
    let waiting = shown["waiting"].as_array().expect("a list");
    assert_eq!(each(waiting, "/id"), ["m-1", "m-2", "m-3"]);
    assert_eq!(each(waiting, "/behind"), [0, 1, 2]);
    assert_eq!(each(waiting, "/direction"), ["inbound"; 3]);
    assert!(waiting[2]["acceptedAt"].is_string(), "{shown}");
    let table = show_ana(&harness).await.good();
    assert!(!table.contains("is tried"), "{table}");
    assert!(
        table.contains("  next, ") && table.contains("behind 2") && table.contains("m-3"),
        "{table}"
    );
    assert!(!table.contains("private") && !table.contains("b-1"), "{table}");
    harness.genesys.set_down(false);
    harness.accepted("ana", 4).await;
    harness.end();
}

async fn show_ana(harness: &Harness) -> Ended {
    on(harness, &["conversations", "show", "ana", "--integration", "support"]).await
}

#[tokio::test]
async fn a_conversation_shows_the_events_of_its_life_beside_the_messages() {
    let harness = Harness::start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.all_told("ana").await;
    let shown = on(&harness, &["conversations", "show", "ana", "--json"]).await.json();
    let events = shown["events"].as_array().expect("a list").clone();
    let connected = events.iter().find(|event| event["id"].to_string().contains("user.start"));
    let connected = connected.unwrap_or_else(|| panic!("{shown}"));
    assert_eq!([&connected["kind"], &connected["direction"]], ["lifecycle", "outbound"]);
    assert!(each(&events, "/kind").contains(&json!("message")), "{shown}");
    let table = show_ana(&harness).await.good();
    assert!(table.contains("outbound   lifecycle"), "{table}");
    harness.end();
}
