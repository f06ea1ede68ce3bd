//! `kill -9` at any moment: what was accepted arrives, once where the vendors can tell, and in order.

mod lifecycle;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use simulators::{Effect, Endpoint, GenesysSimulator, LynnFault, LynnSimulator};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use uuid::Uuid;

use crate::harness::{KEY, SOON, Setup, Side, World, each, fault};

/// Between 0 and `most` milliseconds.
fn some_milliseconds(most: u128) -> Duration {
    let random = Uuid::new_v4().as_u128() % (most + 1);
    Duration::from_millis(u64::try_from(random).expect("small"))
}

/// A customer who writes until told to stop, each message until it is accepted. Gives the ids.
fn customer(
    lynn: LynnSimulator,
    contact: String,
    stop: Arc<AtomicBool>,
) -> JoinHandle<Vec<String>> {
    tokio::spawn(async move {
        let mut ids = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let id = format!("m-{}", ids.len() + 1);
            let text = if ids.len() % 5 == 4 { "long ".repeat(500) } else { id.clone() };
            while !lynn.customer_says(&contact, &id, &text).await.is_success() {
                sleep(Duration::from_millis(5)).await;
            }
            ids.push(id);
        }
        ids
    })
}

/// An agent who writes until told to stop, each message until its webhook is taken. Gives the ids.
fn agent(
    genesys: GenesysSimulator,
    contact: String,
    stop: Arc<AtomicBool>,
) -> JoinHandle<Vec<String>> {
    tokio::spawn(async move {
        let mut ids = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let mut delivery = genesys.agent_says(&contact, "Hello").await;
            while !delivery.delivered {
                sleep(Duration::from_millis(5)).await;
                delivery = genesys.redeliver(&delivery).await;
            }
            ids.push(delivery.id);
        }
        ids
    })
}

/// The ids at Genesys of the messages of [`customer`]: each fifth has two parts.
fn parts(ids: &[String]) -> Vec<String> {
    let of = |(place, id): (usize, &String)| match place % 5 {
        4 => vec![id.clone(), format!("{id}.2")],
        _ => vec![id.clone()],
    };
    ids.iter().enumerate().flat_map(of).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_accepted_survives_any_number_of_deaths() {
    let mut world = Setup::new()
        .genesys(|options| options.time_scale = 0.02)
        .lynn(|options| options.post_attempts = 1)
        .start()
        .await;
    let stop = Arc::new(AtomicBool::new(false));
    let contacts: Vec<String> = (0..6).map(|number| format!("contact-{number}")).collect();
    let mut talks = Vec::new();
    for contact in &contacts {
        let Side { genesys, lynn, .. } = world.sides[0].clone();
        let customer = customer(lynn, contact.clone(), Arc::clone(&stop));
        talks.push((contact, customer, agent(genesys, contact.clone(), Arc::clone(&stop))));
    }
    for round in 0..6 {
        sleep(some_milliseconds(400)).await;
        // Some die while a vendor has accepted and not yet answered.
        if round % 2 == 0 {
            let late = Duration::from_millis(300);
            world.genesys.script(fault(Endpoint::Message, Effect::AcceptThenHang(late)));
            world.lynn.script(LynnFault::AcceptThenHang(late));
            sleep(some_milliseconds(50)).await;
        }
        world.process.kill();
        world.restart().await;
    }
    sleep(some_milliseconds(200)).await;
    stop.store(true, Ordering::Relaxed);
    let mut total = 0;
    for (contact, customer, agent) in talks {
        let (said, answered) = (customer.await.expect("no panic"), agent.await.expect("no panic"));
        let accepted = world.accepted(contact, parts(&said).len()).await;
        assert_eq!(each(&accepted, "/channel/messageId"), parts(&said));
        let heard = world.heard(contact, answered.len()).await;
        assert_eq!(each(&heard, "/id"), answered);
        // Gapless from 1: a conversation counts every event.
        let sequences: Vec<usize> = (1..=answered.len()).collect();
        assert_eq!(
            each(&heard, "/sequence"),
            sequences.iter().map(|number| json!(number)).collect::<Vec<_>>()
        );
        total += said.len() + answered.len();
    }
    assert!(total > 100, "only {total} messages: this proves little");
    world.end();
}

#[tokio::test]
async fn a_backlog_of_a_dead_process_is_delivered_by_the_next_one() {
    let mut world = World::start().await;
    world.say("ben", "m-0", "Hello").await;
    world.accepted("ben", 1).await;
    world.genesys.set_down(true);
    world.lynn.set_down(true);
    for number in 1..=30 {
        world.lynn.set_down(false);
        world.say("ana", &format!("m-{number}"), "Hello").await;
        world.lynn.set_down(true);
    }
    let mut ids = Vec::new();
    for _ in 0..30 {
        ids.push(world.agent("ben", "Hello").await);
    }
    world.process.kill();
    world.genesys.set_down(false);
    world.lynn.set_down(false);
    world.restart().await;
    let expected: Vec<String> = (1..=30).map(|number| format!("m-{number}")).collect();
    let accepted = world.accepted("ana", 30).await;
    assert_eq!(each(&accepted, "/channel/messageId"), expected);
    assert_eq!(each(&world.heard("ben", 30).await, "/id"), ids);
    world.end();
}

#[tokio::test]
async fn a_death_before_the_record_repeats_the_message_as_it_was() {
    let mut world = World::start().await;
    let hang = Effect::AcceptThenHang(Duration::from_secs(5));
    world.genesys.script(fault(Endpoint::Message, hang));
    world.say("ana", "m-1", "Hello").await;
    let accepted = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() == 1;
    assert!(world.genesys.wait_until(SOON, accepted).await);
    world.process.kill();
    // The vendor refuses what it knows already: that is no failure.
    world.genesys.set_conflict_on_repeat(true);
    world.restart().await;
    world.say("ana", "m-2", "Are you there?").await;
    let accepted = world.accepted("ana", 2).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2"]);
    assert!(!world.genesys.duplicates().is_empty());
    assert_eq!(world.lynn.event_count(), 0);
    world.end();
}

#[tokio::test]
async fn a_duplicate_is_recognised_after_a_restart() {
    let mut world = World::start().await;
    world.say("ana", "m-1", "Hello").await;
    world.accepted("ana", 1).await;
    let delivery = world.genesys.agent_says("ana", "Hello").await;
    for direction in ["inbound", "outbound"] {
        world.logged(&[("event.name", "delivered"), ("direction", direction)]).await;
    }
    world.process.kill();
    world.restart().await;
    world.say("ana", "m-1", "Hello").await;
    world.say("ana", "m-2", "Are you there?").await;
    assert!(world.genesys.redeliver(&delivery).await.delivered);
    world.agent("ana", "Yes").await;
    world.accepted("ana", 2).await;
    world.heard("ana", 2).await;
    assert!(world.genesys.duplicates().is_empty());
    assert_eq!(world.lynn.duplicates(), 0);
    world.end();
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let mut world = Setup::new().lynn(|options| options.post_attempts = 1).start().await;
    world.process.kill();
    world.genesys.set_down(true);
    // 2 MB: ten of these messages.
    world.restart_limited(4000).await;
    let line = json!({ "author": "bot", "text": "long ".repeat(400) });
    let history = vec![line; 100];
    let mut accepted = Vec::new();
    let mut refused = 0;
    for number in 0..30 {
        let id = format!("m-{number}");
        let mut event = json!({ "type": "message", "id": id, "contact": { "id": "ana" } });
        event["text"] = json!("Hello");
        event["history"] = json!(history);
        let request =
            world.request(reqwest::Method::POST, "/lynn/support").header("x-api-key", KEY);
        let answer = request.json(&event).send().await.expect("an answer");
        match answer.status().as_u16() {
            202 => accepted.push(id),
            503 => {
                refused += 1;
                assert!(answer.headers().contains_key("retry-after"));
            }
            other => world.fail(&format!("answered {other}")),
        }
    }
    assert!(!accepted.is_empty() && refused > 0, "{accepted:?}");
    world.process.kill();
    world.genesys.set_down(false);
    world.restart().await;
    world.say("ana", "last", "Hello").await;
    let first_parts = |genesys: &GenesysSimulator| -> Vec<String> {
        let ids = each(&genesys.accepted_messages("ana"), "/channel/messageId");
        let ids = ids.iter().filter_map(|id| id.as_str().map(str::to_owned));
        ids.filter(|id| !id.contains('.')).collect()
    };
    let done = |genesys: &GenesysSimulator| first_parts(genesys).contains(&"last".to_owned());
    assert!(world.genesys.wait_until(SOON, done).await);
    accepted.push("last".to_owned());
    assert_eq!(first_parts(&world.genesys), accepted);
    world.end();
}

#[tokio::test]
async fn a_token_outlives_the_process() {
    let mut world = World::start().await;
    world.say("ana", "m-1", "Hello").await;
    world.accepted("ana", 1).await;
    world.process.kill();
    world.restart().await;
    world.say("ana", "m-2", "Hello").await;
    world.accepted("ana", 2).await;
    assert_eq!(world.genesys.logins(), 1);
    world.end();
}
