//! The memory reserved for large bodies, filled by strangers: large bodies are refused until memory
//! is free, small ones are accepted.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::raw::{Raw, socket};
use crate::harness::{Harness, KEY, SOON};

/// The largest body of a webhook, in bytes.
const LARGE: usize = 1024 * 1024;
/// More such bodies than fit into the reserved memory.
const STRANGERS: usize = 75;

/// A stranger whose body has arrived up to this number of bytes.
fn stranger(socket: &str, sent: usize) -> Raw {
    let head =
        format!("POST /genesys/support HTTP/1.1\r\nhost: b\r\ncontent-length: {LARGE}\r\n\r\n");
    let mut connection = Raw::open(socket).expect("connected");
    // A client for which there is no memory gets its answer before it has sent everything.
    connection.send(&[head.as_bytes(), &vec![b'x'; sent]].concat());
    connection
}

/// The answer to a customer's message with a text of this length.
async fn post(harness: &Harness, id: &str, length: usize) -> reqwest::Response {
    let text = "x".repeat(length);
    let event = json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": text });
    let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
    request.json(&event).send().await.expect("an answer")
}

#[tokio::test]
async fn bodies_that_fill_the_room_make_large_ones_wait_and_no_small_one() {
    let harness = Harness::start().await;
    let socket = socket(&harness);
    let filling = {
        let socket = socket.clone();
        move || (0..STRANGERS).map(|_| stranger(&socket, LARGE - 1)).collect::<Vec<Raw>>()
    };
    let mut strangers = tokio::task::spawn_blocking(filling).await.expect("filled");
    // The kernel holds sent bytes until the bridge reads them, and a refused stranger has given
    // back its memory, so the loop adds strangers until the memory is full.
    let deadline = Instant::now() + Duration::from_secs(10);
    let refused = loop {
        strangers.push(stranger(&socket, 70_000));
        let answer = post(&harness, "large", 100_000).await;
        if answer.status() == 503 {
            break answer;
        }
        assert!(Instant::now() < deadline, "the room is not filled");
        sleep(Duration::from_millis(50)).await;
    };
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(post(&harness, "small", 100).await.status(), 202);
    assert!(harness.lines().iter().all(|line| line["event.name"] != "refused"));
    drop(strangers);
    let deadline = Instant::now() + SOON;
    while post(&harness, "later", 100_000).await.status() != 202 {
        assert!(Instant::now() < deadline, "the room is not given back");
        sleep(Duration::from_millis(50)).await;
    }
    harness.logged(&[("event.name", "accepted"), ("event.id", "later")]).await;
    harness.end();
}
