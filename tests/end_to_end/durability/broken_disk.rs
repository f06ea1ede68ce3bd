//! A disk breaks under the running program: the program may end or refuse events, but loses no
//! accepted event.

use std::os::unix::process::ExitStatusExt as _;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::GenesysSimulator;
use tokio::time::{Instant, sleep};

use super::disk::{one_try, until};
use crate::harness::{Harness, KEY, SOON, each};

/// The signal for access to a mapped file whose bytes cannot be read.
const SIGBUS: i32 = 7;

#[tokio::test]
async fn a_mapped_file_whose_bytes_are_gone_ends_the_process_and_loses_nothing() {
    let mut harness = one_try().await;
    harness.say("ana", "m-0", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.genesys.set_down(true);
    for number in 1..=3 {
        harness.say("ana", &format!("m-{number}"), "Hello").await;
    }
    let mapped = harness.data_directory().join("bridge.db-shm");
    let mapped = std::fs::OpenOptions::new().write(true).open(mapped).expect("a file");
    mapped.set_len(0).expect("shortened");
    // The bridge retries the waiting events, and reads the database for that.
    let status = harness.process.ended().await;
    assert_eq!(status.signal(), Some(SIGBUS), "{status}: {}", harness.process.log());
    harness.genesys.set_down(false);
    harness.restart().await;
    harness.say("ana", "last", "Hello").await;
    let arrived = harness.accepted("ana", 5).await;
    assert_eq!(each(&arrived, "/channel/messageId"), ["m-0", "m-1", "m-2", "m-3", "last"]);
    harness.end();
}

#[tokio::test]
async fn a_file_system_that_turns_read_only_loses_nothing() {
    let mut harness = one_try().await;
    harness.process.kill();
    harness.genesys.set_down(true);
    if !harness.restart_on_image().await {
        return;
    }
    let mut accepted = until(&harness, 202, 0).await;
    harness.image_turns_read_only();
    accepted.extend(until_refused(&harness).await);
    // The operator repairs the disk.
    harness.process.kill();
    harness.genesys.set_down(false);
    assert!(harness.restart_on_image().await);
    accepted.extend(until(&harness, 202, 1000).await);
    let count = accepted.len();
    let all = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() >= count;
    assert!(harness.genesys.wait_until(SOON, all).await, "{}", harness.process.log());
    let mut arrived = each(&harness.genesys.accepted_messages("ana"), "/channel/messageId");
    // A caller without an answer does not know the result. If the kernel ends the program, there is
    // one such message.
    arrived.retain(|id| accepted.iter().any(|accepted| id == accepted));
    assert_eq!(arrived, accepted);
    harness.end();
}

/// Posts messages until one is not accepted: answered with 503, or without an answer if the kernel
/// ended the program.
async fn until_refused(harness: &Harness) -> Vec<String> {
    let (mut accepted, deadline) = (Vec::new(), Instant::now() + SOON);
    for number in 1.. {
        let id = format!("m-{number}");
        let event: Value =
            json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": "Hello" });
        let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
        match request.json(&event).send().await.map(|answer| answer.status().as_u16()) {
            Ok(202) => accepted.push(id),
            Ok(503) | Err(_) => break,
            Ok(other) => harness.fail(&format!("answered {other}")),
        }
        assert!(Instant::now() < deadline, "{}", harness.process.log());
        sleep(std::time::Duration::from_millis(100)).await;
    }
    accepted
}
