//! The memory that is set apart for large bodies, filled by strangers: large ones wait outside, small ones go on.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::raw::{Raw, socket};
use crate::harness::{KEY, SOON, World};

/// What the largest body of a webhook may have; more than all of them together have room for.
const LARGE: usize = 1024 * 1024;
const STRANGERS: usize = 75;

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
    let head =
        format!("POST /genesys/support HTTP/1.1\r\nhost: b\r\ncontent-length: {LARGE}\r\n\r\n");
    // All but the last byte: the body stays under way.
    let bytes = [head.as_bytes(), &vec![b'x'; LARGE - 1]].concat();
    let filling = tokio::task::spawn_blocking(move || {
        let open = |_| Raw::open(&socket).expect("connected");
        let mut strangers: Vec<Raw> = (0..STRANGERS).map(open).collect();
        for stranger in &mut strangers {
            // Who finds no room is answered before it has said everything.
            stranger.send(&bytes);
        }
        strangers
    });
    let strangers = filling.await.expect("filled");
    let refused = post(&world, "large", 100_000).await;
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(post(&world, "small", 100).await.status(), 202);
    assert!(world.lines().iter().all(|line| line["event.name"] != "refused"));
    drop(strangers);
    let deadline = Instant::now() + SOON;
    while post(&world, "large", 100_000).await.status() != 202 {
        assert!(Instant::now() < deadline, "the room is not given back");
        sleep(Duration::from_millis(50)).await;
    }
    world.logged(&[("event.name", "accepted"), ("event.id", "large")]).await;
    world.end();
}
