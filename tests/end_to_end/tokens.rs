//! Logins at Genesys Cloud: as few as possible, and none that loses a message.

use std::time::Duration;

use simulators::{Effect, Endpoint};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::harness::{Setup, World, fault, status};

fn refusals(world: &World) -> usize {
    let requests = world.genesys.requests();
    requests.iter().filter(|request| request.status == Some(401)).count()
}

/// Posts one message of each of `contacts` contacts, all at once.
async fn crowd(world: &World, contacts: usize, id: &'static str) {
    let mut posts = JoinSet::new();
    for number in 0..contacts {
        let lynn = world.lynn.clone();
        posts.spawn(async move {
            let contact = format!("contact-{number}");
            lynn.customer_says(&contact, id, "Hello").await.status
        });
    }
    while let Some(answer) = posts.join_next().await {
        assert_eq!(answer.expect("no panic"), 202);
    }
}

#[tokio::test]
async fn fifty_waiting_messages_share_one_login() {
    let world = World::start().await;
    let slow = Effect::Delay(Duration::from_millis(500));
    world.genesys.script(fault(Endpoint::Login, slow));
    crowd(&world, 50, "m-1").await;
    for number in 0..50 {
        world.accepted(&format!("contact-{number}"), 1).await;
    }
    assert_eq!(world.genesys.logins(), 1);
    world.end();
}

#[tokio::test]
async fn a_revoked_token_costs_one_new_login_and_no_pause() {
    let world = World::start().await;
    crowd(&world, 20, "m-1").await;
    for number in 0..20 {
        world.accepted(&format!("contact-{number}"), 1).await;
    }
    world.genesys.revoke_tokens();
    crowd(&world, 20, "m-2").await;
    for number in 0..20 {
        world.accepted(&format!("contact-{number}"), 2).await;
    }
    assert_eq!(world.genesys.logins(), 2);
    assert!(refusals(&world) >= 1);
    assert_eq!(world.lynn.event_count(), 0);
    assert!(world.lines().iter().all(|line| line["event.name"] != "retried"));
    world.end();
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let world = Setup::new()
        .genesys(|options| options.token_lifetime = Duration::from_secs(2))
        .start()
        .await;
    for number in 1..=12 {
        world.say("ana", &format!("m-{number}"), "Hello").await;
        world.accepted("ana", number).await;
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(refusals(&world), 0);
    assert!((2..=3).contains(&world.genesys.logins()));
    world.end();
}

#[tokio::test]
async fn a_failing_login_delays_messages_and_loses_none() {
    let world = World::start().await;
    for effect in [status(503), Effect::DropConnectionBefore] {
        world.genesys.script(fault(Endpoint::Login, effect));
    }
    world.say("ana", "m-1", "Hello").await;
    world.accepted("ana", 1).await;
    assert_eq!(world.genesys.logins(), 1);
    assert_eq!(world.lynn.event_count(), 0);
    world.end();
}

#[tokio::test]
async fn a_token_that_is_refused_twice_gives_the_message_up_and_says_so() {
    let world = World::start().await;
    for _ in 0..4 {
        world.genesys.script(fault(Endpoint::Message, status(401)));
    }
    world.say("ana", "m-1", "Hello").await;
    let events = world.heard("ana", 1).await;
    assert_eq!(events[0]["status"], "failed");
    assert_eq!(events[0]["messageId"], "m-1");
    world.end();
}

#[tokio::test]
async fn a_login_that_fails_is_not_asked_by_everybody_who_waits() {
    let world = World::start().await;
    world.genesys.set_down(true);
    crowd(&world, 50, "m-1").await;
    sleep(Duration::from_secs(2)).await;
    let asked = world.genesys.requests().len();
    assert!(asked <= 10, "{asked} logins for 50 messages, each tried twice");
    world.genesys.set_down(false);
    for number in 0..50 {
        world.accepted(&format!("contact-{number}"), 1).await;
    }
    assert_eq!(world.genesys.logins(), 1);
    world.end();
}
