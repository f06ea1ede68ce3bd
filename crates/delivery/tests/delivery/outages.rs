//! An integration whose other side does not answer: few calls, no attempts for waiting events,
//! every order kept, and no other integration delayed.

use std::collections::VecDeque;
use std::time::Duration;

use delivery::event::QueuedEvent;
use serde_json::json;
use shared::ids::IntegrationName;
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Clock as _, SecretPart};
use testing::Reaction;

use crate::events::{agent_says, agent_types, says, text, texts};
use crate::harness::Harness;
use crate::script::{INTEGRATION, config};

const CONVERSATIONS: usize = 12;

fn contact(number: usize) -> String {
    format!("contact-{number}")
}

/// Every call of these conversations gets this reaction.
fn down(harness: &Harness, reaction: &dyn Fn() -> Reaction) {
    let mut script = harness.script.lock().unwrap();
    for number in 0..CONVERSATIONS {
        let reactions: VecDeque<_> = (0..1000).map(|_| reaction()).collect();
        script.contacts.insert(contact(number), reactions);
    }
}

fn up(harness: &Harness) {
    harness.script.lock().unwrap().contacts.clear();
}

/// Runs for this time.
async fn run(harness: &mut Harness, time: Duration) {
    let end = harness.clock.now() + time;
    while harness.clock.now() < end {
        assert!(harness.round().await, "nothing waits");
    }
}

/// The same event in another integration.
fn of(integration: &str, event: QueuedEvent) -> QueuedEvent {
    QueuedEvent { integration: IntegrationName::new(integration), ..event }
}

#[tokio::test]
async fn an_outage_of_one_integration_costs_few_calls_and_no_order() {
    let lost = || Reaction::Dropped { taken: false };
    let broken = || Reaction::status(502);
    for reaction in [&lost as &dyn Fn() -> Reaction, &broken] {
        let mut harness = Harness::new(&json!({}));
        down(&harness, reaction);
        for number in 0..CONVERSATIONS {
            for (place, id) in ["first", "second"].iter().enumerate() {
                let id = format!("m-{number}-{place}-{id}");
                harness.accept(Inbound, &says(&harness, &contact(number), &id, 1)).await;
            }
        }
        run(&mut harness, Duration::from_secs(300)).await;
        // Separately, each conversation would have tried eight times by now.
        let calls = harness.genesys_calls().len();
        assert!((CONVERSATIONS..=30).contains(&calls), "{calls} calls");
        up(&harness);
        let over = harness.clock.now();
        harness.drain().await;
        assert!(harness.clock.now().since(over) < 10 * 60 * 1000);
        let taken: Vec<_> = harness.genesys_calls().into_iter().filter(|seen| seen.taken).collect();
        assert_eq!(taken.len(), 2 * CONVERSATIONS);
        for number in 0..CONVERSATIONS {
            let own: Vec<_> = taken
                .iter()
                .filter(|seen| text(seen, "/channel/from/id") == contact(number))
                .map(|seen| text(seen, "/channel/messageId"))
                .collect();
            assert_eq!(own, [format!("m-{number}-0-first"), format!("m-{number}-1-second")]);
        }
        assert!(harness.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn others_are_delivered_while_one_integration_is_down() {
    let mut harness = Harness::new(&json!({}));
    let other = IntegrationName::new("other");
    let of_other = config(&json!({ "name": "other", "genesys": { "integrationId": "other" } }));
    harness.secrets.set(&other, SecretPart::Send, vec![of_other]);
    down(&harness, &|| Reaction::Unreachable);
    for number in 0..CONVERSATIONS {
        harness
            .accept(Outbound, &agent_says(&harness, &contact(number), &format!("g-{number}")))
            .await;
    }
    run(&mut harness, Duration::from_secs(60)).await;
    let before = harness.lynn_calls().iter().filter(|seen| seen.taken).count();
    assert_eq!(before, 0);
    // The other integration, and the other direction of the same integration.
    let accepted = harness.clock.now();
    harness.accept(Outbound, &of("other", agent_says(&harness, "ana", "g-other"))).await;
    harness.accept(Inbound, &says(&harness, "ben", "m-1", 1)).await;
    harness.round().await;
    let heard: Vec<_> = harness.lynn_calls().into_iter().filter(|seen| seen.taken).collect();
    assert_eq!((texts(&heard, "/id"), heard[0].at), (vec!["g-other".to_owned()], accepted));
    assert_eq!(harness.genesys_calls().iter().filter(|seen| seen.taken).count(), 1);
    up(&harness);
    harness.drain().await;
    assert_eq!(harness.lynn_calls().iter().filter(|seen| seen.taken).count(), CONVERSATIONS + 1);
}

#[tokio::test]
async fn what_waits_is_no_attempt_and_is_given_up_in_its_time() {
    let mut harness = Harness::new(&json!({ "delivery": { "maxAgeMinutes": 3 } }));
    down(&harness, &|| Reaction::status(503));
    let accepted = harness.clock.now();
    let mut events = Vec::new();
    for number in 0..CONVERSATIONS {
        let event = says(&harness, &contact(number), &format!("m-{number}"), 1);
        harness.accept(Inbound, &event).await;
        events.push(event);
    }
    run(&mut harness, Duration::from_secs(90)).await;
    let mut attempts = 0;
    for event in &events {
        let record = harness.record(Inbound, event).await.unwrap_or_default();
        assert!(record.given_up_since.is_none());
        attempts += usize::try_from(record.failures).unwrap();
    }
    assert_eq!(attempts, harness.genesys_calls().len());
    harness.drain().await;
    // The notices to Lynn about the same contacts fail too: they are dead letters of the other
    // direction.
    let letters = harness.dead_letters().await.into_iter();
    let letters: Vec<_> = letters.filter(|letter| letter.direction == Inbound).collect();
    assert_eq!(letters.len(), CONVERSATIONS);
    for letter in letters {
        assert_eq!((letter.code.as_str(), letter.at.since(accepted)), ("expired", 180_000));
    }
}

#[tokio::test]
async fn typing_does_not_wait_for_the_end_of_an_outage() {
    let mut harness = Harness::new(&json!({}));
    down(&harness, &|| Reaction::Unreachable);
    for number in 0..CONVERSATIONS {
        harness
            .accept(Outbound, &agent_says(&harness, &contact(number), &format!("g-{number}")))
            .await;
    }
    run(&mut harness, Duration::from_secs(20)).await;
    harness.accept(Outbound, &agent_types(&harness, "eva", "g-typing")).await;
    harness.round().await;
    up(&harness);
    harness.drain().await;
    assert!(!texts(&harness.lynn_calls(), "/type").contains(&"typing".to_owned()));
}

#[tokio::test]
async fn one_conversation_that_is_never_answered_holds_nobody_back() {
    let mut harness = Harness::new(&json!({}));
    let only: VecDeque<_> = (0..1000).map(|_| Reaction::status(500)).collect();
    harness.script.lock().unwrap().contacts.insert(contact(0), only);
    harness.accept(Inbound, &says(&harness, &contact(0), "m-0", 1)).await;
    run(&mut harness, Duration::from_secs(120)).await;
    let event = of(INTEGRATION, says(&harness, "ana", "m-1", 1));
    let accepted = harness.clock.now();
    harness.accept(Inbound, &event).await;
    harness.round().await;
    let taken = harness.genesys_calls().into_iter().find(|seen| seen.taken).unwrap();
    assert_eq!((text(&taken, "/channel/messageId"), taken.at), ("m-1".to_owned(), accepted));
    up(&harness);
    harness.drain().await;
}
