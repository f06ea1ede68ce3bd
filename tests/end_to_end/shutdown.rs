//! SIGTERM: the program finishes running work, keeps the rest, and ends by itself.

use std::time::Duration;

use simulators::{Effect, Endpoint, GenesysSimulator, LynnFault, LynnSimulator};
use tokio::time::Instant;

use crate::harness::{Harness, SOON, Setup, each, fault, status};

#[tokio::test]
async fn deliveries_under_way_are_finished_and_recorded() {
    let mut harness = Harness::start().await;
    harness.say("ben", "m-0", "Hello").await;
    harness.accepted("ben", 1).await;
    let slow = Duration::from_millis(1500);
    harness.genesys.script(fault(Endpoint::Message, Effect::AcceptThenHang(slow)));
    harness.lynn.script(LynnFault::AcceptThenHang(slow));
    for id in ["m-1", "m-2"] {
        harness.say("ana", id, "Hello").await;
    }
    harness.agent("ben", "Hello").await;
    let both = harness
        .genesys
        .wait_until(SOON, |genesys: &GenesysSimulator| genesys.accepted_count() >= 2)
        .await
        && harness.lynn.wait_until(SOON, |lynn: &LynnSimulator| lynn.event_count() == 1).await;
    assert!(both);
    harness.process.terminate();
    assert_eq!(harness.process.ended().await.code(), Some(0));
    assert!(harness.process.log().contains("\"stopped\""));
    harness.restart().await;
    harness.agent("ben", "Hello?").await;
    let accepted = harness.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    harness.heard("ben", 2).await;
    // Nothing was sent twice: the first process had recorded what it finished.
    assert!(harness.genesys.duplicates().is_empty());
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}

#[tokio::test]
async fn what_waits_for_another_attempt_does_not_hold_the_end_up() {
    let mut harness = Harness::start().await;
    let limit = Effect::Status { code: 429, retry_after: Some(3) };
    harness.genesys.script(fault(Endpoint::Message, limit));
    harness.say("ana", "m-1", "Hello").await;
    harness.logged(&[("event.name", "retried")]).await;
    let began = Instant::now();
    harness.process.terminate();
    assert_eq!(harness.process.ended().await.code(), Some(0));
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    harness.restart().await;
    harness.accepted("ana", 1).await;
    assert!(began.elapsed() > Duration::from_millis(2500), "the pause was not kept");
    harness.end();
}

#[tokio::test]
async fn a_rolling_restart_under_load_loses_and_repeats_nothing() {
    let mut harness = Setup::new().lynn(|options| options.post_attempts = 1).start().await;
    let lynn = harness.lynn.clone();
    let customer = tokio::spawn(async move {
        for number in 0..200 {
            let id = format!("m-{number}");
            while !lynn.customer_says("ana", &id, "Hello").await.is_success() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        harness.process.terminate();
        assert_eq!(harness.process.ended().await.code(), Some(0));
        harness.restart().await;
    }
    customer.await.unwrap();
    let expected: Vec<String> = (0..200).map(|number| format!("m-{number}")).collect();
    let accepted = harness.accepted("ana", 200).await;
    assert_eq!(each(&accepted, "/channel/messageId"), expected);
    assert!(harness.genesys.duplicates().is_empty());
    harness.end();
}

#[tokio::test]
async fn an_outage_before_the_end_is_remembered_after_it() {
    let mut harness = Harness::start().await;
    for code in [503, 503] {
        harness.genesys.script(fault(Endpoint::Message, status(code)));
    }
    harness.say("ana", "m-1", "Hello").await;
    harness.logged(&[("event.name", "retried")]).await;
    harness.process.terminate();
    assert_eq!(harness.process.ended().await.code(), Some(0));
    harness.restart().await;
    harness.accepted("ana", 1).await;
    let line = harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    assert_eq!(line["attempt"], 3);
    harness.end();
}
