//! How long the server waits for a client: not forever, and single bytes do not extend the time.

use std::ops::Range;
use std::time::Duration;

use super::raw::{Raw, head, socket};
use crate::harness::Harness;

/// A machine under load may be late by this many seconds, never early.
const LATE: f64 = 15.0;

fn seconds(range: Range<f64>) -> Range<Duration> {
    Duration::from_secs_f64(range.start)..Duration::from_secs_f64(range.end + LATE)
}

/// Each case: the opening, the bytes that follow repeatedly, the time until the server closes the
/// connection, and its answer.
#[tokio::test]
async fn a_slow_client_is_let_go_after_its_time() {
    let harness = Harness::start().await;
    let cases = [
        ("", "", seconds(14.0..16.0), ""),
        ("POST /lynn/support HTTP/1.1\r\n", "a", seconds(14.0..16.0), ""),
        ("GET /health HTTP/1.1\r\nhost: b\r\n\r\n", "", seconds(14.0..17.0), "HTTP/1.1 200"),
        // Five bytes a second do not extend the time.
        (&head("content-length: 100000\r\n"), "x", seconds(2.5..5.0), "HTTP/1.1 408"),
        (&head("transfer-encoding: chunked\r\n"), "1\r\nx\r\n", seconds(2.5..5.0), "HTTP/1.1 408"),
        (&head("content-length: 1000000\r\n"), "x", seconds(2.5..5.0), "HTTP/1.1 413"),
    ];
    let running: Vec<_> = cases
        .map(|(opening, drip, expected, words)| {
            let (socket, opening, drip) = (socket(&harness), opening.to_owned(), drip.to_owned());
            std::thread::spawn(move || {
                let mut connection = Raw::open(&socket).expect("connected");
                assert!(connection.send(opening.as_bytes()));
                let (waited, heard) = connection.dribble(drip.as_bytes());
                assert!(heard.starts_with(words), "{opening:?}: {heard}");
                assert!(expected.contains(&waited), "{opening:?}: {waited:?}");
            })
        })
        .into_iter()
        .collect();
    for thread in running {
        tokio::task::spawn_blocking(move || thread.join()).await.expect("joined").expect("as said");
    }
    // A client that sends at a reasonable rate gets the whole time.
    let mut connection = Raw::open(&socket(&harness)).expect("connected");
    let body = format!(
        "{{\"type\":\"session.started\",\"id\":\"s\",\"contact\":{{\"id\":\"ana\"}},\"more\":\"{}\"}}",
        "x".repeat(20_000)
    );
    assert!(connection.send(head(&format!("content-length: {}\r\n", body.len())).as_bytes()));
    for part in body.as_bytes().chunks(2_100) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(connection.send(part));
    }
    let heard = connection.hear(Duration::from_secs(5));
    assert!(heard.starts_with("HTTP/1.1 202"), "{heard}");
    harness.end();
}
