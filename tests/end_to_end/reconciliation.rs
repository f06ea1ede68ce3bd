//! The bridge finds out what Genesys did not report: `bridge serve --reconcile-after`, and the
//! deadlines for which its scheduler wakes conversations.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, GenesysSimulator};
use tokio::time::sleep;

use crate::harness::{SOON, Setup, World, each, fault, status};
use crate::people::{CONNECTED, ENDED};
use crate::timed_out_sessions::said_long_ago;

fn curious() -> Setup {
    Setup::new().arguments(&["--reconcile-after", "1s"])
}

/// Waits until Genesys has received `count` status questions.
async fn asked(world: &World, count: usize) {
    let whole = |genesys: &GenesysSimulator| {
        let mut calls = genesys.requests();
        calls.retain(|call| call.method == "GET" && call.status.is_some());
        calls.len() >= count
    };
    if !world.genesys.wait_until(SOON, whole).await {
        world.fail(&format!("Genesys was asked {} times", world.calls("GET").len()));
    }
}

#[tokio::test]
async fn an_end_that_nobody_told_is_found_and_told_once() {
    let world = curious().start().await;
    let id = world.opened("ana").await;
    world.genesys.queue_waits("ana");
    world.genesys.agent_answers("ana", "ada");
    let events = world.genesys.agent_ends("ana", "ada");
    let end = world.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["conversationId"]), (&json!("agent"), &json!(id)));
    world.stands("ana", json!({ "status": "ended", "sequence": 1 })).await;
    // The events arrive after all, and the bridge does not reconcile an ended conversation again.
    let asked_until_now = world.calls("GET").len();
    world.tell(&events).await;
    world.opened("eva").await;
    asked(&world, asked_until_now + 2).await;
    let calls = world.calls("GET");
    assert!(calls[asked_until_now..].iter().all(|call| !call.path.ends_with(&id)), "{calls:?}");
    assert_eq!(world.types("ana"), [ENDED]);
    world.end();
}

#[tokio::test]
async fn an_agent_whom_nobody_told_is_found_and_told_once() {
    let world = curious().start().await;
    world.opened("ana").await;
    world.genesys.agent_answers("ana", "ada");
    assert_eq!(world.heard("ana", 1).await[0]["type"], CONNECTED);
    world.stands("ana", json!({ "status": "open", "agentConnected": true })).await;
    let asked_until_now = world.calls("GET").len();
    asked(&world, asked_until_now + 1).await;
    world.agent("ana", "Good morning").await;
    world.heard("ana", 2).await;
    assert_eq!(world.types("ana"), [CONNECTED, "message"]);
    world.end();
}

#[tokio::test]
async fn one_without_a_known_id_is_found_by_a_message_in_it() {
    let setup = curious().genesys(|options| {
        options.prefetch_gives_id = false;
        options.webhook_names_conversation = false;
    });
    let world = setup.start().await;
    let id = world.opened("ana").await;
    world.genesys.end_conversation("ana");
    assert_eq!(world.heard_once("ana", ENDED).await["conversationId"], *id);
    world.end();
}

#[tokio::test]
async fn a_quiet_conversation_is_looked_at_ever_more_rarely() {
    let world = curious().start().await;
    world.opened("ana").await;
    asked(&world, 3).await;
    let calls = world.calls("GET");
    let pauses: Vec<Duration> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let enough = [Duration::from_millis(1990), Duration::from_millis(3990)];
    assert!(pauses.iter().zip(enough).all(|(pause, enough)| *pause >= enough), "{pauses:?}");
    // A message makes the status of the conversation interesting again.
    world.say("ana", "m-2", "Hello?").await;
    let said = world.accepted("ana", 2).await.len();
    assert_eq!(said, 2);
    asked(&world, 4).await;
    let calls = world.calls("GET");
    let pause = calls[3].at - calls[2].at;
    assert!(pause < Duration::from_secs(6), "{pause:?}");
    assert_eq!(world.lynn.event_count(), 0);
    world.end();
}

#[tokio::test]
async fn nobody_is_asked_when_it_is_off() {
    let mut world = curious().start().await;
    world.opened("ana").await;
    asked(&world, 1).await;
    world.logged(&[("event.name", "delivered"), ("event.kind", "deadline")]).await;
    world.process.kill();
    // By then the next reconciliation is due, and the scheduler starts by waking the conversations
    // that are due.
    sleep(Duration::from_millis(2200)).await;
    world.restart_with(&["--reconcile-after", "off"]).await;
    let woken = [("event.kind", "deadline"), ("reason", "nothing is due any more")];
    world.logged(&woken).await;
    assert_eq!(world.calls("GET").len(), 1);
    world.agent("ana", "Good morning").await;
    world.heard("ana", 1).await;
    assert_eq!(world.calls("GET").len(), 1);
    world.end();
}

#[tokio::test]
async fn a_look_that_genesys_forbids_is_said_and_stops_nothing() {
    let world = curious().start().await;
    for _ in 0..2 {
        world.genesys.script(fault(Endpoint::Conversation, status(403)));
    }
    world.opened("ana").await;
    asked(&world, 2).await;
    world.say("ana", "m-2", "Hello?").await;
    world.accepted("ana", 2).await;
    world.agent("ana", "Good morning").await;
    world.heard("ana", 1).await;
    world.genesys.end_conversation("ana");
    world.heard_once("ana", ENDED).await;
    world.all_told("ana").await;
    let lines = world.lines();
    let refused = lines.iter().filter(|line| line["event.name"] == "look_refused");
    assert_eq!(refused.count(), 2);
    assert!(lines.iter().all(|line| line["event.name"] != "failed"));
    assert_eq!(world.types("ana"), ["message", ENDED]);
    world.end();
}

#[tokio::test]
async fn a_look_that_meets_an_outage_is_repeated_later() {
    let world = curious().start().await;
    let hang_up = Effect::DropConnectionBefore;
    for effect in [status(503), hang_up, status(500)] {
        world.genesys.script(fault(Endpoint::Conversation, effect));
    }
    world.opened("ana").await;
    world.genesys.end_conversation("ana");
    assert_eq!(world.heard_once("ana", ENDED).await["reason"], "agent");
    let calls = world.calls("GET");
    assert_eq!(calls.len(), 4);
    let pauses: Vec<Duration> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert!(pauses.iter().all(|pause| *pause >= Duration::from_millis(300)), "{pauses:?}");
    world.end();
}

#[tokio::test]
async fn messages_come_before_looks_when_little_is_left_of_the_rate_budget() {
    let world = curious().genesys(|options| options.rate_limit_per_minute = 10).start().await;
    for number in 1..=9 {
        world.say("ana", &format!("m-{number}"), "Hello").await;
    }
    world.accepted("ana", 9).await;
    world.logged(&[("event.name", "shed")]).await;
    world.say("ana", "m-10", "Hello?").await;
    let accepted = world.accepted("ana", 10).await;
    assert_eq!(each(&accepted, "/channel/messageId")[9], "m-10");
    assert_eq!(world.calls("GET").len(), 0);
    assert!(world.genesys.requests().iter().all(|call| call.status != Some(429)));
    world.end();
}

#[tokio::test]
async fn a_session_that_times_out_ends_the_conversation_by_itself() {
    let setup = curious().config(|integration| {
        integration["lynn"]["sessionTimeoutMinutes"] = json!(1);
        integration["lynn"]["onSessionEnded"] = json!("disconnect");
    });
    let world = setup.start().await;
    said_long_ago(&world, "ana").await;
    world.say("eva", "m-1", "Hello").await;
    world.closed("ana").await;
    let end = world.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["session"]["active"]), (&json!("customer"), &json!(false)));
    assert_eq!(world.calls("PATCH").len(), 1);
    // Genesys' own event arrives afterwards.
    let events = world.genesys.lifecycle_events();
    world.tell(&events[events.len() - 1..]).await;
    world.all_told("ana").await;
    assert_eq!(world.types("ana"), [ENDED]);
    // A customer who has just written is still there.
    assert!(world.genesys.is_conversation_open("eva"));
    assert_eq!(world.lynn.events_for("eva"), Vec::<Value>::new());
    world.end();
}

#[tokio::test]
async fn a_session_that_times_out_can_be_told_to_the_agent() {
    let setup = curious().config(|integration| {
        integration["lynn"]["sessionTimeoutMinutes"] = json!(1);
        integration["lynn"]["onSessionEnded"] = json!("notice");
    });
    let world = setup.start().await;
    said_long_ago(&world, "ana").await;
    let some = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() >= 2;
    assert!(world.genesys.wait_until(SOON, some).await);
    // Only once, however often the bridge reconciles afterwards.
    asked(&world, 2).await;
    let accepted = world.accepted("ana", 2).await;
    assert!(accepted[1]["text"].as_str().expect("a text").contains("left"));
    assert!(world.genesys.is_conversation_open("ana"));
    world.end();
}
