//! The memory that is set apart for large bodies, filled by strangers: large ones wait outside, small ones go on.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::raw::{Raw, socket};
use crate::harness::{KEY, SOON, World};

/// The largest body of a webhook, bytes.
const LARGE: usize = 1024 * 1024;
/// More such bodies than there is room for.
const STRANGERS: usize = 75;

/// Somebody whose body is under way: so much of it has been sent.
fn stranger(socket: &str, sent: usize) -> Raw {
    let head =
        format!("POST /genesys/support HTTP/1.1\r\nhost: b\r\ncontent-length: {LARGE}\r\n\r\n");
    let mut connection = Raw::open(socket).expect("connected");
    // Who finds no room is answered before it has said everything.
    connection.send(&[head.as_bytes(), &vec![b'x'; sent]].concat());
    connection
}

/// The answer to a customer's message with a text of this length.
async fn post(world: &World, id: &str, length: usize) -> reqwest::Response {
    let text = "x".repeat(length);
    let event = json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": text });
    let request = world.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
    request.json(&event).send().await.expect("an answer")
}

#[tokio::test]
async fn bodies_that_fill_the_room_make_large_ones_wait_and_no_small_one() {
    let world = World::start().await;
    let socket = socket(&world);
    let filling = {
        let socket = socket.clone();
        move || (0..STRANGERS).map(|_| stranger(&socket, LARGE - 1)).collect::<Vec<Raw>>()
    };
    let mut strangers = tokio::task::spawn_blocking(filling).await.expect("filled");
    // What was sent lies with the kernel until the bridge reads it, and who found no room has given back what it had.
    let deadline = Instant::now() + Duration::from_secs(10);
    let refused = loop {
        strangers.push(stranger(&socket, 70_000));
        let answer = post(&world, "large", 100_000).await;
        if answer.status() == 503 {
            break answer;
        }
        assert!(Instant::now() < deadline, "the room is not filled");
        sleep(Duration::from_millis(50)).await;
    };
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(post(&world, "small", 100).await.status(), 202);
    assert!(world.lines().iter().all(|line| line["event.name"] != "refused"));
    drop(strangers);
    let deadline = Instant::now() + SOON;
    while post(&world, "later", 100_000).await.status() != 202 {
        assert!(Instant::now() < deadline, "the room is not given back");
        sleep(Duration::from_millis(50)).await;
    }
    world.logged(&[("event.name", "accepted"), ("event.id", "later")]).await;
    world.end();
}
