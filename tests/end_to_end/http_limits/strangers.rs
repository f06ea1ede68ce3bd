//! Requests for integrations that do not exist, from the start of the program on: they delay no
//! configured integration.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::harness::{Harness, KEY, taken};

/// The longest time that an honest client waits.
const AT_ONCE: Duration = Duration::from_secs(1);
/// Requests before the first honest one: several times the number of look-ups allowed in 10 s.
const BEFORE: usize = 600;

#[tokio::test]
async fn the_first_webhook_and_the_first_event_pass_a_flood_of_unknown_names() {
    let harness = Arc::new(Harness::start().await);
    let (sent, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let flood = {
        let (harness, sent, stop) = (Arc::clone(&harness), Arc::clone(&sent), Arc::clone(&stop));
        tokio::spawn(async move {
            let key = "a".repeat(64);
            while !stop.load(Ordering::SeqCst) {
                let number = sent.fetch_add(1, Ordering::SeqCst);
                let request = match number % 3 {
                    0 => {
                        let link =
                            format!("/media/n{number}/{key}?expires=99999999999&signature=AAAA");
                        harness.request(Method::GET, &link)
                    }
                    1 => {
                        let request = harness.request(Method::POST, &format!("/genesys/n{number}"));
                        request.header("x-hub-signature-256", "sha256=AAAA").body("{}")
                    }
                    _ => {
                        let request = harness.request(Method::POST, &format!("/lynn/n{number}"));
                        request.header("x-api-key", "a-key-of-theirs").body("{}")
                    }
                };
                assert_eq!(request.send().await.expect("an answer").status(), 404);
            }
        })
    };
    while sent.load(Ordering::SeqCst) < BEFORE {
        assert!(!flood.is_finished(), "the flood ended");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    taken(harness.genesys.agent_says("ana", "Hello").await);
    let event =
        json!({ "type": "message", "id": "m-1", "contact": { "id": "ana" }, "text": "Hello" });
    let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
    assert_eq!(request.json(&event).send().await.expect("an answer").status(), 202);
    assert!(began.elapsed() < 2 * AT_ONCE, "{:?}", began.elapsed());
    stop.store(true, Ordering::SeqCst);
    flood.await.expect("every stranger was told that there is no such integration");
    harness.accepted("ana", 1).await;
    harness.heard("ana", 1).await;
    let log = harness.process.log();
    assert!(!log.contains("unconfigured") && !log.contains("rejected"), "{log}");
    // At most one line in 10 s for all of them; here the flood lasts less than a minute.
    assert!(log.matches("\"unknown\"").count() <= 6, "{log}");
}
