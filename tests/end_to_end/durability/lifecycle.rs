//! `kill -9` between the acceptance of an event of a conversation's life and Lynn's answer to the
//! resulting event.

use std::time::Duration;

use serde_json::json;
use simulators::{Effect, Endpoint, LynnFault, LynnSimulator};

use crate::harness::{Harness, SOON, Setup, fault};
use crate::people::{CONNECTED, ENDED};

#[tokio::test]
async fn an_end_that_lynn_could_not_be_told_is_told_after_the_death() {
    let mut harness = Harness::start().await;
    harness.opened("ana").await;
    harness.agent_comes("ana", "ada", 1).await;
    harness.lynn.set_down(true);
    harness.tell(&harness.genesys.agent_ends("ana", "ada")).await;
    harness.process.kill();
    harness.lynn.set_down(false);
    harness.restart().await;
    assert_eq!(harness.heard("ana", 2).await[1]["reason"], "agent");
    harness.stands("ana", json!({ "status": "ended", "sequence": 2 })).await;
    assert_eq!(harness.types("ana"), [CONNECTED, ENDED]);
    harness.end();
}

#[tokio::test]
async fn what_lynn_took_without_an_answer_is_told_again_as_it_was() {
    let mut harness = Harness::start().await;
    harness.opened("ana").await;
    harness.genesys.queue_waits("ana");
    for (number, kind) in [CONNECTED, ENDED].into_iter().enumerate() {
        harness.lynn.script(LynnFault::AcceptThenHang(Duration::from_secs(5)));
        let events = match kind {
            CONNECTED => harness.genesys.agent_answers("ana", "ada"),
            _ => harness.genesys.agent_ends("ana", "ada"),
        };
        harness.tell(&events).await;
        harness.heard("ana", number + 1).await;
        harness.process.kill();
        harness.restart().await;
        let again = |lynn: &LynnSimulator| lynn.duplicates() == number as u64 + 1;
        assert!(harness.lynn.wait_until(SOON, again).await, "{}", harness.process.log());
        harness.stands("ana", json!({ "sequence": number + 1 })).await;
    }
    // The bridge told Lynn twice under one id: Lynn knows that it is one event.
    assert_eq!(harness.types("ana"), [CONNECTED, ENDED]);
    harness.end();
}

#[tokio::test]
async fn a_customer_who_left_is_gone_after_the_death() {
    let setup = Setup::new()
        .config(|integration| integration["lynn"]["onSessionEnded"] = json!("disconnect"));
    let mut harness = setup.start().await;
    harness.opened("ana").await;
    let hang = Effect::AcceptThenHang(Duration::from_secs(5));
    harness.genesys.script(fault(Endpoint::Conversation, hang));
    let event = json!({
        "type": "session.ended", "id": "s-1", "reason": "customer",
        "contact": { "id": "ana" }, "session": { "id": "session-ana", "channel": "web" },
    });
    harness.post(event).await;
    harness.closed("ana").await;
    harness.process.kill();
    harness.restart().await;
    // Genesys' own event may arrive before the bridge retries.
    let events = harness.genesys.lifecycle_events();
    harness.tell(&events[events.len() - 1..]).await;
    harness.heard_once("ana", ENDED).await;
    harness.stands("ana", json!({ "status": "ended", "sequence": 1 })).await;
    harness.all_told("ana").await;
    // If it arrived before, the bridge has nothing left to end.
    let done = ["delivered", "settled"].map(|name| [("event.name", name), ("event.id", "s-1")]);
    harness.logged_one_of(&[&done[0], &done[1]]).await;
    assert_eq!(harness.types("ana"), [ENDED]);
    harness.end();
}
