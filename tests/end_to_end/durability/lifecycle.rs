//! `kill -9` between the acceptance of an event of a conversation's life and Lynn's answer to the
//! resulting event.

use std::time::Duration;

use serde_json::json;
use simulators::{Effect, Endpoint, LynnFault, LynnSimulator};

use crate::harness::{SOON, Setup, World, fault};
use crate::people::{CONNECTED, ENDED};

#[tokio::test]
async fn an_end_that_lynn_could_not_be_told_is_told_after_the_death() {
    let mut world = World::start().await;
    world.opened("ana").await;
    world.agent_comes("ana", "ada", 1).await;
    world.lynn.set_down(true);
    world.tell(&world.genesys.agent_ends("ana", "ada")).await;
    world.process.kill();
    world.lynn.set_down(false);
    world.restart().await;
    assert_eq!(world.heard("ana", 2).await[1]["reason"], "agent");
    world.stands("ana", json!({ "status": "ended", "sequence": 2 })).await;
    assert_eq!(world.types("ana"), [CONNECTED, ENDED]);
    world.end();
}

#[tokio::test]
async fn what_lynn_took_without_an_answer_is_told_again_as_it_was() {
    let mut world = World::start().await;
    world.opened("ana").await;
    world.genesys.queue_waits("ana");
    for (number, kind) in [CONNECTED, ENDED].into_iter().enumerate() {
        world.lynn.script(LynnFault::AcceptThenHang(Duration::from_secs(5)));
        let events = match kind {
            CONNECTED => world.genesys.agent_answers("ana", "ada"),
            _ => world.genesys.agent_ends("ana", "ada"),
        };
        world.tell(&events).await;
        world.heard("ana", number + 1).await;
        world.process.kill();
        world.restart().await;
        let again = |lynn: &LynnSimulator| lynn.duplicates() == number as u64 + 1;
        assert!(world.lynn.wait_until(SOON, again).await, "{}", world.process.log());
        world.stands("ana", json!({ "sequence": number + 1 })).await;
    }
    // The bridge told Lynn twice under one id: Lynn knows that it is one event.
    assert_eq!(world.types("ana"), [CONNECTED, ENDED]);
    world.end();
}

#[tokio::test]
async fn a_customer_who_left_is_gone_after_the_death() {
    let setup = Setup::new()
        .config(|integration| integration["lynn"]["onSessionEnded"] = json!("disconnect"));
    let mut world = setup.start().await;
    world.opened("ana").await;
    let hang = Effect::AcceptThenHang(Duration::from_secs(5));
    world.genesys.script(fault(Endpoint::Conversation, hang));
    let event = json!({
        "type": "session.ended", "id": "s-1", "reason": "customer",
        "contact": { "id": "ana" }, "session": { "id": "session-ana", "channel": "web" },
    });
    world.post(event).await;
    world.closed("ana").await;
    world.process.kill();
    world.restart().await;
    // Genesys' own event may arrive before the bridge retries.
    let events = world.genesys.lifecycle_events();
    world.tell(&events[events.len() - 1..]).await;
    world.heard_once("ana", ENDED).await;
    world.stands("ana", json!({ "status": "ended", "sequence": 1 })).await;
    world.all_told("ana").await;
    // If it arrived before, the bridge has nothing left to end.
    let done = ["delivered", "settled"].map(|name| [("event.name", name), ("event.id", "s-1")]);
    world.logged_one_of(&[&done[0], &done[1]]).await;
    assert_eq!(world.types("ana"), [ENDED]);
    world.end();
}
