//! Logins at Genesys Cloud: as few as possible, and none that loses a message.

use std::time::Duration;

use simulators::{Effect, Endpoint};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::harness::{Harness, Setup, fault, status};

fn refusals(harness: &Harness) -> usize {
    let requests = harness.genesys.requests();
    requests.iter().filter(|request| request.status == Some(401)).count()
}

/// Posts one message of each of `contacts` contacts, all at once.
async fn crowd(harness: &Harness, contacts: usize, id: &'static str) {
    let mut posts = JoinSet::new();
    for number in 0..contacts {
        let lynn = harness.lynn.clone();
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
    let harness = Harness::start().await;
    let slow = Effect::Delay(Duration::from_millis(500));
    harness.genesys.script(fault(Endpoint::Login, slow));
    crowd(&harness, 50, "m-1").await;
    for number in 0..50 {
        harness.accepted(&format!("contact-{number}"), 1).await;
    }
    assert_eq!(harness.genesys.logins(), 1);
    harness.end();
}

#[tokio::test]
async fn a_revoked_token_costs_one_new_login_and_no_pause() {
    let harness = Harness::start().await;
    crowd(&harness, 20, "m-1").await;
    for number in 0..20 {
        harness.accepted(&format!("contact-{number}"), 1).await;
    }
    harness.genesys.revoke_tokens();
    crowd(&harness, 20, "m-2").await;
    for number in 0..20 {
        harness.accepted(&format!("contact-{number}"), 2).await;
    }
    assert_eq!(harness.genesys.logins(), 2);
    assert!(refusals(&harness) >= 1);
    assert_eq!(harness.lynn.event_count(), 0);
    assert!(harness.lines().iter().all(|line| line["event.name"] != "retried"));
    harness.end();
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let harness = Setup::new()
        .genesys(|options| options.token_lifetime = Duration::from_secs(2))
        .start()
        .await;
    for number in 1..=12 {
        harness.say("ana", &format!("m-{number}"), "Hello").await;
        harness.accepted("ana", number).await;
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(refusals(&harness), 0);
    assert!((2..=3).contains(&harness.genesys.logins()));
    harness.end();
}

#[tokio::test]
async fn a_failing_login_delays_messages_and_loses_none() {
    let harness = Harness::start().await;
    for effect in [status(503), Effect::DropConnectionBefore] {
        harness.genesys.script(fault(Endpoint::Login, effect));
    }
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    assert_eq!(harness.genesys.logins(), 1);
    assert_eq!(harness.lynn.event_count(), 0);
    harness.end();
}

#[tokio::test]
async fn a_token_that_is_refused_twice_gives_the_message_up_and_says_so() {
    let harness = Harness::start().await;
    for _ in 0..4 {
        harness.genesys.script(fault(Endpoint::Message, status(401)));
    }
    harness.say("ana", "m-1", "Hello").await;
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["status"], "failed");
    assert_eq!(events[0]["messageId"], "m-1");
    harness.end();
}

#[tokio::test]
async fn a_login_that_fails_is_not_asked_by_everybody_who_waits() {
    let harness = Harness::start().await;
    harness.genesys.set_down(true);
    crowd(&harness, 50, "m-1").await;
    sleep(Duration::from_secs(2)).await;
    let asked = harness.genesys.requests().len();
    assert!(asked <= 10, "{asked} logins for 50 messages, each tried twice");
    harness.genesys.set_down(false);
    for number in 0..50 {
        harness.accepted(&format!("contact-{number}"), 1).await;
    }
    assert_eq!(harness.genesys.logins(), 1);
    harness.end();
}
