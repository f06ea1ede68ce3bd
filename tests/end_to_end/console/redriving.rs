//! A redrive from the page: dry run, start, progress, cancel, and what the audit log keeps of it.

use serde_json::{Value, json};

use super::running::Console;
use super::{PHONE, refused};
use crate::harness::{Harness, each};

#[tokio::test]
async fn what_a_dry_run_showed_is_sent_again_in_order_while_the_bridge_runs() {
    let harness = Harness::start().await;
    for id in ["m-1", "m-2", "m-3"] {
        refused(&harness, PHONE, id, "a private word").await;
    }
    refused(&harness, "ana", "m-9", "Hello").await;
    let console = Console::on(&harness.data_directory(), &["--allow-redrive"]);
    let filter = json!({ "contact": PHONE, "integration": "support", "since": "1h" });
    let plan = console.post("/api/redrive/plan", filter).await;
    assert_eq!((&plan["count"], &plan["conversations"]), (&json!(3), &json!(1)), "{plan}");
    let sample = plan["sample"].as_array().expect("a sample");
    assert_eq!(each(sample, "/event/id"), ["m-1", "m-2", "m-3"]);
    assert_eq!(sample[0]["would"], "would be queued to be sent again");
    assert!(!plan.to_string().contains("5512345678"), "{plan}");
    // It was a dry run. A letter that comes later is not part of it.
    assert_eq!(console.get("/api/causes").await["all"], 4);
    refused(&harness, PHONE, "m-4", "later").await;
    let wrong = json!({ "plan": plan["plan"], "count": 4 });
    console.refused("/api/redrive/start", wrong, 400).await;
    let plan = console.post("/api/redrive/plan", json!({ "contact": PHONE })).await;
    refused(&harness, PHONE, "m-5", "later").await;
    let start = json!({ "plan": plan["plan"], "count": 4 });
    let job = console.post("/api/redrive/start", start.clone()).await;
    assert_eq!((&job["state"], &job["total"]), (&json!("running"), &json!(4)));
    let ended = |job: &Value| job["state"] == "done";
    let seen = console.events("job", ended).await.pop().expect("a job");
    assert_eq!((&seen["done"], &seen["counts"]), (&json!(4), &json!({ "sent": 4 })), "{seen}");
    let accepted = harness.accepted(PHONE, 4).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2", "m-3", "m-4"]);
    // A plan is started once.
    console.refused("/api/redrive/start", start, 409).await;
    let line = console.ended(1).await;
    assert_eq!((&line["result"], &line["count"]), (&json!("done"), &json!(4)), "{line}");
    let audit = console.audit().await;
    assert_eq!(each(&audit, "/action"), ["redrive.ended", "redrive.started"]);
    assert_eq!(audit[0]["job"], audit[1]["job"]);
    assert!(!json!(audit).to_string().contains("5512345678"), "{audit:?}");
    // Two are left: of the other contact, and the one that came after the dry run.
    assert_eq!(console.get("/api/causes").await["all"], 2);
    assert!(harness.genesys.duplicates().is_empty());
    assert_eq!(console.program.end(), Some(0));
    harness.end();
}

/// The letters are copies of one, so that there are many at once.
pub fn multiplied(harness: &Harness, count: u32) {
    let database = rusqlite::Connection::open(harness.data_directory().join("bridge.db"));
    let database = database.expect("a database");
    let copy = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO items (pk, sk, body, version, expires_at)
        SELECT pk, printf('%s-%06d', sk, i), replace(body, 'm-1', printf('m-1-%06d', i)), 1, expires_at
        FROM items, n WHERE pk = 'dead#support'";
    database.execute(copy, [count]).expect("copied");
}

#[tokio::test]
async fn a_redrive_is_cancelled_between_two_letters_and_what_is_left_stays() {
    let mut harness = Harness::start().await;
    refused(&harness, "ana", "m-1", "Hello").await;
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    multiplied(&harness, 1500);
    let console = Console::on(&harness.data_directory(), &["--allow-redrive"]);
    let plan = console.post("/api/redrive/plan", json!({})).await;
    assert_eq!((&plan["count"], plan["sample"].as_array().map(Vec::len)), (&json!(1501), Some(20)));
    let start = json!({ "plan": plan["plan"], "count": 1501 });
    let job = console.post("/api/redrive/start", start).await;
    // One at a time.
    let second = console.post("/api/redrive/plan", json!({})).await;
    let start = json!({ "plan": second["plan"], "count": second["count"] });
    let answer = console.send(reqwest::Method::POST, "/api/redrive/start", Some(&start)).await;
    assert_eq!(answer.status(), 409);
    console.events("job", |job| job["done"].as_u64().is_some_and(|done| done > 0)).await;
    console.refused("/api/redrive/cancel", json!({ "job": "another" }), 404).await;
    console.post("/api/redrive/cancel", json!({ "job": job["job"] })).await;
    let line = console.ended(1).await;
    assert_eq!(line["result"], "cancelled", "{line}");
    let done = line["done"].as_u64().expect("a count");
    assert!(done > 0 && done < 1501, "{line}");
    assert_eq!(console.get("/api/causes").await["all"], 1501 - done);
    // The rest goes with another one; the end of the program cancels it in the same way.
    console.redrive(json!({})).await;
    console.events("job", |job| job["done"].as_u64().is_some_and(|done| done > 0)).await;
    assert_eq!(console.program.end(), Some(0));
    let again = Console::on(&harness.data_directory(), &[]);
    assert_eq!(again.ended(2).await["result"], "cancelled");
    assert_ne!(again.audit().await[0]["session"], "");
    harness.end();
}
