//! `kill -9` at any moment, and disks that fail: every accepted event arrives, once where the
//! vendors can recognise repeats, and in order.

mod broken_disk;
#[path = "../../cli/examples/crash/course/mod.rs"]
mod course;
mod disk;
mod lifecycle;

use std::time::Duration;

use serde_json::json;
use simulators::{Effect, Endpoint, GenesysSimulator};

use self::course::{Course, Progress};
use crate::harness::{Harness, KEY, SOON, Setup, each, fault};
use crate::process::PROGRAM;

/// `make crash` does this a hundred times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_survives_any_number_of_deaths() {
    let course = Course { program: PROGRAM.into(), kills: 10, conversations: 8 };
    let told =
        |it: Progress| eprintln!("{} of {} kills, {} accepted", it.kills, it.of, it.accepted);
    let report = course.run(told).await.expect("the course is run to its end");
    if !report.breaches.is_empty() {
        let (breaches, log, table) = (report.breaches.join("\n"), report.log(), report.to_string());
        panic!("{breaches}\n{table}\n{log}\nKept in {}", report.keep().display());
    }
}

#[tokio::test]
async fn a_backlog_of_a_dead_process_is_delivered_by_the_next_one() {
    let mut harness = Harness::start().await;
    harness.say("ben", "m-0", "Hello").await;
    harness.accepted("ben", 1).await;
    harness.genesys.set_down(true);
    harness.lynn.set_down(true);
    for number in 1..=30 {
        harness.lynn.set_down(false);
        harness.say("ana", &format!("m-{number}"), "Hello").await;
        harness.lynn.set_down(true);
    }
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(harness.agent("ben", "Hello").await);
    }
    harness.process.kill();
    harness.genesys.set_down(false);
    harness.lynn.set_down(false);
    harness.restart().await;
    let expected: Vec<String> = (1..=30).map(|number| format!("m-{number}")).collect();
    let accepted = harness.accepted("ana", 30).await;
    assert_eq!(each(&accepted, "/channel/messageId"), expected);
    assert_eq!(each(&harness.heard("ben", 30).await, "/id"), ids);
    harness.end();
}

#[tokio::test]
async fn a_death_before_the_record_repeats_the_message_as_it_was() {
    let mut harness = Harness::start().await;
    let hang = Effect::AcceptThenHang(Duration::from_secs(5));
    harness.genesys.script(fault(Endpoint::Message, hang));
    harness.say("ana", "m-1", "Hello").await;
    let accepted = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() == 1;
    assert!(harness.genesys.wait_until(SOON, accepted).await);
    harness.process.kill();
    // The vendor refuses an id that it knows already: that is no failure.
    harness.genesys.set_conflict_on_repeat(true);
    harness.restart().await;
    harness.say("ana", "m-2", "Are you there?").await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    assert!(!harness.genesys.duplicates().is_empty());
    assert_eq!(harness.lynn.event_count(), 0);
    harness.end();
}

#[tokio::test]
async fn a_duplicate_is_recognised_after_a_restart() {
    let mut harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let delivery = harness.genesys.agent_says("ana", "Hello").await;
    for direction in ["inbound", "outbound"] {
        harness.logged(&[("event.name", "delivered"), ("direction", direction)]).await;
    }
    harness.process.kill();
    harness.restart().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.say("ana", "m-2", "Are you there?").await;
    assert!(harness.genesys.redeliver(&delivery).await.delivered);
    harness.agent("ana", "Yes").await;
    harness.accepted("ana", 2).await;
    harness.heard("ana", 2).await;
    assert!(harness.genesys.duplicates().is_empty());
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let mut harness = Setup::new().lynn(|options| options.post_attempts = 1).start().await;
    harness.process.kill();
    harness.genesys.set_down(true);
    // 2 MB: ten of these messages.
    harness.restart_limited(4000).await;
    let line = json!({ "author": "bot", "text": "long ".repeat(400) });
    let history = vec![line; 100];
    let mut accepted = Vec::new();
    let mut refused = 0;
    for number in 0..30 {
        let id = format!("m-{number}");
        let mut event = json!({ "type": "message", "id": id, "contact": { "id": "ana" } });
        event["text"] = json!("Hello");
        event["history"] = json!(history);
        let request =
            harness.request(reqwest::Method::POST, "/lynn/support").header("x-api-key", KEY);
        let answer = request.json(&event).send().await.expect("an answer");
        match answer.status().as_u16() {
            202 => accepted.push(id),
            503 => {
                refused += 1;
                assert!(answer.headers().contains_key("retry-after"));
            }
            other => harness.fail(&format!("answered {other}")),
        }
    }
    assert!(!accepted.is_empty() && refused > 0, "{accepted:?}");
    harness.process.kill();
    harness.genesys.set_down(false);
    harness.restart().await;
    harness.say("ana", "last", "Hello").await;
    let first_parts = |genesys: &GenesysSimulator| -> Vec<String> {
        let ids = each(&genesys.accepted_messages("ana"), "/channel/messageId");
        let ids = ids.iter().filter_map(|id| id.as_str().map(str::to_owned));
        ids.filter(|id| !id.contains('.')).collect()
    };
    let done = |genesys: &GenesysSimulator| first_parts(genesys).contains(&"last".to_owned());
    assert!(harness.genesys.wait_until(SOON, done).await);
    accepted.push("last".to_owned());
    assert_eq!(first_parts(&harness.genesys), accepted);
    harness.end();
}

#[tokio::test]
async fn a_token_outlives_the_process() {
    let mut harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.process.kill();
    harness.restart().await;
    harness.say("ana", "m-2", "Hello").await;
    harness.accepted("ana", 2).await;
    assert_eq!(harness.genesys.logins(), 1);
    harness.end();
}
