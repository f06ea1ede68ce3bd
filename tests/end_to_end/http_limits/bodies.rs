//! Bodies use at most the memory reserved for them, whatever length they announce and however many
//! arrive at once.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::raw::{Raw, head, socket};
use crate::harness::Harness;

const MEBIBYTE: usize = 1024 * 1024;
/// Shorter than the time limit of a body, so that only the full memory can be the reason.
const SOON: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_body_that_is_too_large_is_never_in_memory() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.accepted("ana", 1).await;
    let before = harness.process.peak_memory();
    let chunk = [format!("{MEBIBYTE:x}\r\n").into_bytes(), vec![b'x'; MEBIBYTE]].concat();
    for (headers, body) in [
        (format!("content-length: {}\r\n", 7 * MEBIBYTE), vec![b'x'; 7 * MEBIBYTE]),
        (format!("content-length: {}\r\n", 1024 * MEBIBYTE), vec![b'x'; MEBIBYTE]),
        ("transfer-encoding: chunked\r\n".to_owned(), chunk),
    ] {
        let mut connection = Raw::open(&socket(&harness)).expect("connected");
        connection.send(head(&headers).as_bytes());
        connection.send(&body);
        let heard = connection.hear(SILENCE);
        // A client that is still sending may see the closed connection before the answer.
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 413"), "{headers}: {heard}");
    }
    let grown = harness.process.peak_memory() - before;
    assert!(grown < 2 * MEBIBYTE, "the peak grew by {grown} bytes");
    harness.end();
}

#[tokio::test]
async fn many_large_bodies_at_once_leave_room_for_small_ones() {
    const SENDERS: usize = 100;
    /// The memory reserved for bodies, and 64 KB for each connection.
    const ROOM: usize = 64 * MEBIBYTE + SENDERS * 64 * 1024;
    let harness = Harness::start().await;
    let before = harness.process.peak_memory();
    let request = format!(
        "POST /genesys/support HTTP/1.1\r\nhost: bridge\r\ncontent-length: {}\r\n\r\n",
        MEBIBYTE - 1
    );
    let body = vec![b'x'; MEBIBYTE - 2];
    let mut senders: Vec<Raw> = (0..SENDERS)
        .map(|_| {
            let mut sender = Raw::open(&socket(&harness)).expect("connected");
            sender.send(request.as_bytes());
            sender.send(&body);
            sender
        })
        .collect();
    // The reserved memory is full: only requests with small bodies are accepted.
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.agent("ana", "I am here.").await;
    harness.heard("ana", 1).await;
    let deadline = Instant::now() + SOON;
    let mut turned_away = 0;
    while turned_away < SENDERS - 70 {
        assert!(Instant::now() < deadline, "{turned_away} of {SENDERS} are turned away");
        sleep(Duration::from_millis(20)).await;
        turned_away = senders.iter_mut().filter_map(|it| it.is_closed().then_some(())).count();
    }
    let grown = harness.process.peak_memory() - before;
    assert!(grown < ROOM * 3 / 2, "the peak grew by {grown} bytes");
    harness.end();
}
