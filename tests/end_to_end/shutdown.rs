//! SIGTERM: the program finishes running work, keeps the rest, and ends by itself.

use std::time::Duration;

use simulators::{Effect, Endpoint, GenesysSimulator, LynnFault, LynnSimulator};
use tokio::time::Instant;

use crate::harness::{SOON, Setup, World, each, fault, status};

#[tokio::test]
async fn deliveries_under_way_are_finished_and_recorded() {
    let mut world = World::start().await;
    world.say("ben", "m-0", "Hello").await;
    world.accepted("ben", 1).await;
    let slow = Duration::from_millis(1500);
    world.genesys.script(fault(Endpoint::Message, Effect::AcceptThenHang(slow)));
    world.lynn.script(LynnFault::AcceptThenHang(slow));
    for id in ["m-1", "m-2"] {
        world.say("ana", id, "Hello").await;
    }
    world.agent("ben", "Hello").await;
    let both = world
        .genesys
        .wait_until(SOON, |genesys: &GenesysSimulator| genesys.accepted_count() >= 2)
        .await
        && world.lynn.wait_until(SOON, |lynn: &LynnSimulator| lynn.event_count() == 1).await;
    assert!(both);
    world.process.terminate();
    assert_eq!(world.process.ended().await.code(), Some(0));
    assert!(world.process.log().contains("\"stopped\""));
    world.restart().await;
    world.agent("ben", "Hello?").await;
    let accepted = world.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    world.heard("ben", 2).await;
    // Nothing was sent twice: the first process had recorded what it finished.
    assert!(world.genesys.duplicates().is_empty());
    assert_eq!(world.lynn.duplicates(), 0);
    world.end();
}

#[tokio::test]
async fn what_waits_for_another_attempt_does_not_hold_the_end_up() {
    let mut world = World::start().await;
    let limit = Effect::Status { code: 429, retry_after: Some(3) };
    world.genesys.script(fault(Endpoint::Message, limit));
    world.say("ana", "m-1", "Hello").await;
    world.logged(&[("event.name", "retried")]).await;
    let began = Instant::now();
    world.process.terminate();
    assert_eq!(world.process.ended().await.code(), Some(0));
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    world.restart().await;
    world.accepted("ana", 1).await;
    assert!(began.elapsed() > Duration::from_millis(2500), "the pause was not kept");
    world.end();
}

#[tokio::test]
async fn a_rolling_restart_under_load_loses_and_repeats_nothing() {
    let mut world = Setup::new().lynn(|options| options.post_attempts = 1).start().await;
    let lynn = world.lynn.clone();
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
        world.process.terminate();
        assert_eq!(world.process.ended().await.code(), Some(0));
        world.restart().await;
    }
    customer.await.unwrap();
    let expected: Vec<String> = (0..200).map(|number| format!("m-{number}")).collect();
    let accepted = world.accepted("ana", 200).await;
    assert_eq!(each(&accepted, "/channel/messageId"), expected);
    assert!(world.genesys.duplicates().is_empty());
    world.end();
}

#[tokio::test]
async fn an_outage_before_the_end_is_remembered_after_it() {
    let mut world = World::start().await;
    for code in [503, 503] {
        world.genesys.script(fault(Endpoint::Message, status(code)));
    }
    world.say("ana", "m-1", "Hello").await;
    world.logged(&[("event.name", "retried")]).await;
    world.process.terminate();
    assert_eq!(world.process.ended().await.code(), Some(0));
    world.restart().await;
    world.accepted("ana", 1).await;
    let line = world.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    assert_eq!(line["attempt"], 3);
    world.end();
}
