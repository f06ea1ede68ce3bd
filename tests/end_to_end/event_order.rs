//! Events arrive late, twice and in any order: Lynn is told only what is true, and each thing once.

use std::time::Duration;

use serde_json::json;
use simulators::{Effect, Endpoint, GenesysSimulator, LifecycleEvent};
use tokio::time::sleep;

use crate::harness::{Harness, Setup, each, fault};
use crate::people::{CONNECTED, ENDED, milliseconds};

/// The number of orders in which each story is played.
const ORDERS: usize = 10;

/// A random generator with a fixed sequence.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        // The constants of Knuth's MMIX.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place + 1));
        }
    }
}

/// One order of events: a few fixed ones, then random ones; in all but the first two each event
/// arrives twice.
fn ordered(events: &[LifecycleEvent], number: usize) -> Vec<LifecycleEvent> {
    let mut events = events.to_vec();
    if number > 1 {
        events.extend(events.clone());
    }
    match number {
        0 => {}
        1 | 2 => events.reverse(),
        3 => events.chunks_mut(2).for_each(<[LifecycleEvent]>::reverse),
        4 => events.rotate_left(1),
        _ => Chance(number as u64).shuffle(&mut events),
    }
    events
}

/// Happenings are milliseconds apart; otherwise Genesys itself could not say which came first.
async fn a_moment() {
    sleep(Duration::from_millis(3)).await;
}

/// The happenings of a contact's conversation.
type Story = &'static [fn(&GenesysSimulator, &str) -> Vec<LifecycleEvent>];

/// Plays a story in each order, each time with a new contact.
async fn tell_in_every_order(
    harness: &Harness,
    story: Story,
) -> Vec<(String, Vec<LifecycleEvent>)> {
    let mut told = Vec::new();
    for number in 0..ORDERS {
        let contact = format!("contact-{number}");
        harness.opened(&contact).await;
        let mut events = Vec::new();
        for act in story {
            a_moment().await;
            events.extend(act(&harness.genesys, &contact));
        }
        harness.tell(&ordered(&events, number)).await;
        told.push((contact, events));
    }
    for (contact, _) in &told {
        harness.all_told(contact).await;
    }
    told
}

/// How often Lynn was told of an agent; each time must be one at which an agent answered.
fn agents_who_came(harness: &Harness, contact: &str, events: &[LifecycleEvent]) -> usize {
    let heard = harness.lynn.events_of_type(contact, CONNECTED);
    let answered: Vec<i64> = events
        .iter()
        .filter(|event| event.event_body()["disconnectType"] == "TRANSFER")
        .filter(|event| event.kind() == "acd.end")
        .map(LifecycleEvent::time_ms)
        .collect();
    let mut times: Vec<i64> = each(&heard, "/time").iter().map(milliseconds).collect();
    assert!(times.iter().all(|time| answered.contains(time)), "{times:?} {answered:?}");
    times.dedup();
    assert_eq!(times.len(), heard.len(), "{times:?}");
    heard.len()
}

#[tokio::test]
async fn a_conversation_ends_once_in_whatever_order_its_events_come() {
    let harness = Harness::start().await;
    let story: Story = &[
        |genesys, contact| genesys.queue_waits(contact),
        |genesys, contact| genesys.agent_rings(contact, "ada"),
        |genesys, contact| genesys.agent_answers(contact, "ada"),
        |genesys, contact| genesys.agent_transfers_to_queue(contact, "ada"),
        |genesys, contact| genesys.agent_rings(contact, "bob"),
        |genesys, contact| genesys.agent_answers(contact, "bob"),
        |genesys, contact| genesys.agent_ends(contact, "bob"),
    ];
    for (contact, events) in tell_in_every_order(&harness, story).await {
        assert_eq!(events.len(), 9);
        assert_eq!(harness.heard_once(&contact, ENDED).await["reason"], "agent");
        let came = agents_who_came(&harness, &contact, &events);
        assert!(came <= 2 && (contact != "contact-0" || came == 2), "{contact}: {came}");
        assert_eq!(harness.types(&contact).len(), came + 1);
        let status = harness.conversation(&contact).await;
        assert_eq!(
            (&status["status"], &status["agentConnected"]),
            (&json!("ended"), &json!(false))
        );
    }
    assert_eq!(harness.lynn.duplicates(), 0);
    harness.end();
}

#[tokio::test]
async fn the_second_agent_is_there_in_whatever_order_the_events_come() {
    let harness = Harness::start().await;
    let story: Story = &[
        |genesys, contact| genesys.queue_waits(contact),
        |genesys, contact| genesys.agent_rings(contact, "ada"),
        |genesys, contact| genesys.agent_answers(contact, "ada"),
        |genesys, contact| genesys.agent_transfers_to_queue(contact, "ada"),
        |genesys, contact| genesys.agent_rings(contact, "bob"),
        |genesys, contact| genesys.agent_answers(contact, "bob"),
    ];
    for (contact, events) in tell_in_every_order(&harness, story).await {
        let came = agents_who_came(&harness, &contact, &events);
        assert!((1..=2).contains(&came), "{contact}: {came}");
        let status = harness.conversation(&contact).await;
        assert_eq!((&status["status"], &status["agentConnected"]), (&json!("open"), &json!(true)));
    }
    harness.end();
}

#[tokio::test]
async fn who_refused_was_never_there_in_whatever_order_the_events_come() {
    let harness = Harness::start().await;
    let story: Story = &[
        |genesys, contact| genesys.queue_waits(contact),
        |genesys, contact| genesys.agent_rings(contact, "ada"),
        |genesys, contact| genesys.agent_rejects(contact, "ada"),
        |genesys, contact| genesys.agent_rings(contact, "bob"),
        |genesys, contact| genesys.agent_rejects(contact, "bob"),
    ];
    for (contact, _) in tell_in_every_order(&harness, story).await {
        assert_eq!(harness.lynn.events_for(&contact), Vec::<serde_json::Value>::new());
        let status = harness.conversation(&contact).await;
        assert_eq!((&status["status"], &status["agentConnected"]), (&json!("open"), &json!(false)));
    }
    harness.end();
}

/// A harness in which Genesys has a customer's first message, but answers late.
async fn asked_of_a_slow_genesys(address_in_events: bool) -> Harness {
    let setup = Setup::new().genesys(|options| options.address_in_events = address_in_events);
    let harness = setup.start().await;
    let slow = Effect::AcceptThenHang(Duration::from_millis(1500));
    harness.genesys.script(fault(Endpoint::Message, slow));
    harness.say("ana", "m-1", "I need an agent").await;
    harness.accepted("ana", 1).await;
    harness
}

#[tokio::test]
async fn an_agent_who_is_faster_than_the_answer_to_the_question_is_told() {
    for address_in_events in [true, false] {
        let harness = asked_of_a_slow_genesys(address_in_events).await;
        harness.agent_comes("ana", "ada", 1).await;
        harness.stands("ana", json!({ "status": "open", "agentConnected": true })).await;
        harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
        assert_eq!(harness.conversation("ana").await["agentConnected"], true);
        harness.agent_leaves("ana", "ada", 2).await;
        harness.stands("ana", json!({ "status": "ended", "sequence": 2 })).await;
        harness.end();
    }
}

/// A flow outside its opening hours ends the conversation at once.
async fn the_end_is_faster(address_in_events: bool) {
    let harness = asked_of_a_slow_genesys(address_in_events).await;
    let mut events = harness.genesys.queue_waits("ana");
    events.extend(harness.genesys.queue_abandoned("ana"));
    harness.tell(&events).await;
    harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    harness.heard_once("ana", ENDED).await;
    harness.stands("ana", json!({ "status": "ended", "agentConnected": false })).await;
    harness.end();
}

#[tokio::test]
async fn an_end_that_is_faster_than_the_answer_to_the_question_is_told() {
    the_end_is_faster(false).await;
}

#[tokio::test]
async fn an_end_with_addresses_that_is_faster_than_the_answer_is_told() {
    the_end_is_faster(true).await;
}

#[tokio::test]
async fn the_agents_last_word_may_come_after_the_end() {
    let harness = Setup::new().genesys(|options| options.time_scale = 0.1).start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    // At first Genesys cannot deliver the agent's message.
    harness.genesys.set_webhook_url("http://127.0.0.1:1/".to_owned());
    let word = harness.genesys.agent_says("ana", "Good bye").await;
    assert!(!word.delivered);
    harness.agent_leaves("ana", "ada", 2).await;
    harness.genesys.set_webhook_url(format!(
        "{}{}",
        harness.address,
        harness.path("/genesys/support")
    ));
    assert!(harness.genesys.redeliver(&word).await.delivered);
    harness.heard("ana", 3).await;
    assert_eq!(harness.types("ana"), [CONNECTED, ENDED, "message"]);
    let status = harness.stands("ana", json!({ "sequence": 3 })).await;
    assert_eq!((&status["status"], &status["agentConnected"]), (&json!("ended"), &json!(false)));
    assert!(status["resumableUntil"].is_string());
    harness.end();
}
