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
use crate::script::{INTEGRATION, config};
use crate::world::World;

const CONVERSATIONS: usize = 12;

fn contact(number: usize) -> String {
    format!("contact-{number}")
}

/// Every call of these conversations gets this reaction.
fn down(world: &World, reaction: &dyn Fn() -> Reaction) {
    let mut script = world.script.lock().unwrap();
    for number in 0..CONVERSATIONS {
        let reactions: VecDeque<_> = (0..1000).map(|_| reaction()).collect();
        script.contacts.insert(contact(number), reactions);
    }
}

fn up(world: &World) {
    world.script.lock().unwrap().contacts.clear();
}

/// Runs for this time.
async fn run(world: &mut World, time: Duration) {
    let end = world.clock.now().plus_milliseconds(i64::try_from(time.as_millis()).unwrap());
    while world.clock.now() < end {
        assert!(world.round().await, "nothing waits");
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
        let mut world = World::new(&json!({}));
        down(&world, reaction);
        for number in 0..CONVERSATIONS {
            for (place, id) in ["first", "second"].iter().enumerate() {
                let id = format!("m-{number}-{place}-{id}");
                world.accept(Inbound, &says(&world, &contact(number), &id, 1)).await;
            }
        }
        run(&mut world, Duration::from_secs(300)).await;
        // Separately, each conversation would have tried eight times by now.
        let calls = world.genesys_calls().len();
        assert!((CONVERSATIONS..=30).contains(&calls), "{calls} calls");
        up(&world);
        let over = world.clock.now();
        world.drain().await;
        assert!(world.clock.now().since(over) < 10 * 60 * 1000);
        let taken: Vec<_> = world.genesys_calls().into_iter().filter(|seen| seen.taken).collect();
        assert_eq!(taken.len(), 2 * CONVERSATIONS);
        for number in 0..CONVERSATIONS {
            let own: Vec<_> = taken
                .iter()
                .filter(|seen| text(seen, "/channel/from/id") == contact(number))
                .map(|seen| text(seen, "/channel/messageId"))
                .collect();
            assert_eq!(own, [format!("m-{number}-0-first"), format!("m-{number}-1-second")]);
        }
        assert!(world.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn others_are_delivered_while_one_integration_is_down() {
    let mut world = World::new(&json!({}));
    let other = IntegrationName::new("other");
    let of_other = config(&json!({ "name": "other", "genesys": { "integrationId": "other" } }));
    world.secrets.set(&other, SecretPart::Send, vec![of_other]);
    down(&world, &|| Reaction::Unreachable);
    for number in 0..CONVERSATIONS {
        world.accept(Outbound, &agent_says(&world, &contact(number), &format!("g-{number}"))).await;
    }
    run(&mut world, Duration::from_secs(60)).await;
    let before = world.lynn_calls().iter().filter(|seen| seen.taken).count();
    assert_eq!(before, 0);
    // The other integration, and the other direction of the same integration.
    let accepted = world.clock.now();
    world.accept(Outbound, &of("other", agent_says(&world, "ana", "g-other"))).await;
    world.accept(Inbound, &says(&world, "ben", "m-1", 1)).await;
    world.round().await;
    let heard: Vec<_> = world.lynn_calls().into_iter().filter(|seen| seen.taken).collect();
    assert_eq!((texts(&heard, "/id"), heard[0].at), (vec!["g-other".to_owned()], accepted));
    assert_eq!(world.genesys_calls().iter().filter(|seen| seen.taken).count(), 1);
    up(&world);
    world.drain().await;
    assert_eq!(world.lynn_calls().iter().filter(|seen| seen.taken).count(), CONVERSATIONS + 1);
}

#[tokio::test]
async fn what_waits_is_no_attempt_and_is_given_up_in_its_time() {
    let mut world = World::new(&json!({ "delivery": { "maxAgeMinutes": 3 } }));
    down(&world, &|| Reaction::status(503));
    let accepted = world.clock.now();
    let mut events = Vec::new();
    for number in 0..CONVERSATIONS {
        let event = says(&world, &contact(number), &format!("m-{number}"), 1);
        world.accept(Inbound, &event).await;
        events.push(event);
    }
    run(&mut world, Duration::from_secs(90)).await;
    let mut attempts = 0;
    for event in &events {
        let record = world.record(Inbound, event).await.unwrap_or_default();
        assert!(record.given_up_since.is_none());
        attempts += usize::try_from(record.failures).unwrap();
    }
    assert_eq!(attempts, world.genesys_calls().len());
    world.drain().await;
    // The notices to Lynn about the same contacts fail too: they are dead letters of the other
    // direction.
    let letters = world.dead_letters().await.into_iter();
    let letters: Vec<_> = letters.filter(|letter| letter.direction == Inbound).collect();
    assert_eq!(letters.len(), CONVERSATIONS);
    for letter in letters {
        assert_eq!((letter.code.as_str(), letter.at.since(accepted)), ("expired", 180_000));
    }
}

#[tokio::test]
async fn typing_does_not_wait_for_the_end_of_an_outage() {
    let mut world = World::new(&json!({}));
    down(&world, &|| Reaction::Unreachable);
    for number in 0..CONVERSATIONS {
        world.accept(Outbound, &agent_says(&world, &contact(number), &format!("g-{number}"))).await;
    }
    run(&mut world, Duration::from_secs(20)).await;
    world.accept(Outbound, &agent_types(&world, "eva", "g-typing")).await;
    world.round().await;
    up(&world);
    world.drain().await;
    assert!(!texts(&world.lynn_calls(), "/type").contains(&"typing".to_owned()));
}

#[tokio::test]
async fn one_conversation_that_is_never_answered_holds_nobody_back() {
    let mut world = World::new(&json!({}));
    let only: VecDeque<_> = (0..1000).map(|_| Reaction::status(500)).collect();
    world.script.lock().unwrap().contacts.insert(contact(0), only);
    world.accept(Inbound, &says(&world, &contact(0), "m-0", 1)).await;
    run(&mut world, Duration::from_secs(120)).await;
    let event = of(INTEGRATION, says(&world, "ana", "m-1", 1));
    let accepted = world.clock.now();
    world.accept(Inbound, &event).await;
    world.round().await;
    let taken = world.genesys_calls().into_iter().find(|seen| seen.taken).unwrap();
    assert_eq!((text(&taken, "/channel/messageId"), taken.at), ("m-1".to_owned(), accepted));
    up(&world);
    world.drain().await;
}
