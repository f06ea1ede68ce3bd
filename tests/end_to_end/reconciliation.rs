//! The bridge finds out what Genesys did not report: `bridge serve --reconcile-after`, and the
//! deadlines for which its scheduler wakes conversations.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{Effect, Endpoint, GenesysSimulator};
use tokio::time::sleep;

use crate::harness::{Harness, SOON, Setup, each, fault, status};
use crate::people::{CONNECTED, ENDED};
use crate::timed_out_sessions::said_long_ago;

fn curious() -> Setup {
    Setup::new().arguments(&["--reconcile-after", "1s"])
}

/// Waits until Genesys has received `count` status questions.
async fn asked(harness: &Harness, count: usize) {
    let whole = |genesys: &GenesysSimulator| {
        let mut calls = genesys.requests();
        calls.retain(|call| call.method == "GET" && call.status.is_some());
        calls.len() >= count
    };
    if !harness.genesys.wait_until(SOON, whole).await {
        harness.fail(&format!("Genesys was asked {} times", harness.calls("GET").len()));
    }
}

#[tokio::test]
async fn an_end_that_nobody_told_is_found_and_told_once() {
    let harness = curious().start().await;
    let id = harness.opened("ana").await;
    harness.genesys.queue_waits("ana");
    harness.genesys.agent_answers("ana", "ada");
    let events = harness.genesys.agent_ends("ana", "ada");
    let end = harness.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["conversationId"]), (&json!("agent"), &json!(id)));
    harness.stands("ana", json!({ "status": "ended", "sequence": 1 })).await;
    // The events arrive after all, and the bridge does not reconcile an ended conversation again.
    let asked_until_now = harness.calls("GET").len();
    harness.tell(&events).await;
    harness.opened("eva").await;
    asked(&harness, asked_until_now + 2).await;
    let calls = harness.calls("GET");
    assert!(calls[asked_until_now..].iter().all(|call| !call.path.ends_with(&id)), "{calls:?}");
    assert_eq!(harness.types("ana"), [ENDED]);
    harness.end();
}

#[tokio::test]
async fn an_agent_whom_nobody_told_is_found_and_told_once() {
    let harness = curious().start().await;
    harness.opened("ana").await;
    harness.genesys.agent_answers("ana", "ada");
    assert_eq!(harness.heard("ana", 1).await[0]["type"], CONNECTED);
    harness.stands("ana", json!({ "status": "open", "agentConnected": true })).await;
    let asked_until_now = harness.calls("GET").len();
    asked(&harness, asked_until_now + 1).await;
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", 2).await;
    assert_eq!(harness.types("ana"), [CONNECTED, "message"]);
    harness.end();
}

#[tokio::test]
async fn one_without_a_known_id_is_found_by_a_message_in_it() {
    let setup = curious().genesys(|options| {
        options.prefetch_gives_id = false;
        options.webhook_names_conversation = false;
    });
    let harness = setup.start().await;
    let id = harness.opened("ana").await;
    harness.genesys.end_conversation("ana");
    assert_eq!(harness.heard_once("ana", ENDED).await["conversationId"], *id);
    harness.end();
}

#[tokio::test]
async fn a_quiet_conversation_is_looked_at_ever_more_rarely() {
    let harness = curious().start().await;
    harness.opened("ana").await;
    asked(&harness, 3).await;
    let calls = harness.calls("GET");
    let pauses: Vec<Duration> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let enough = [Duration::from_millis(1990), Duration::from_millis(3990)];
    assert!(pauses.iter().zip(enough).all(|(pause, enough)| *pause >= enough), "{pauses:?}");
    // A message makes the status of the conversation interesting again.
    harness.say("ana", "m-2", "Hello?").await;
    let said = harness.accepted("ana", 2).await.len();
    assert_eq!(said, 2);
    asked(&harness, 4).await;
    let calls = harness.calls("GET");
    let pause = calls[3].at - calls[2].at;
    assert!(pause < Duration::from_secs(6), "{pause:?}");
    assert_eq!(harness.lynn.event_count(), 0);
    harness.end();
}

#[tokio::test]
async fn nobody_is_asked_when_it_is_off() {
    let mut harness = curious().start().await;
    harness.opened("ana").await;
    asked(&harness, 1).await;
    harness.logged(&[("event.name", "delivered"), ("event.kind", "deadline")]).await;
    harness.process.kill();
    // By then the next reconciliation is due, and the scheduler starts by waking the conversations
    // that are due.
    sleep(Duration::from_millis(2200)).await;
    harness.restart_with(&["--reconcile-after", "off"]).await;
    let woken = [("event.kind", "deadline"), ("reason", "nothing is due any more")];
    harness.logged(&woken).await;
    assert_eq!(harness.calls("GET").len(), 1);
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", 1).await;
    // Only who the agent is was asked for.
    assert_eq!(harness.calls("GET").len(), 2);
    harness.end();
}

#[tokio::test]
async fn a_look_that_genesys_forbids_is_said_and_stops_nothing() {
    let harness = curious().start().await;
    for _ in 0..2 {
        harness.genesys.script(fault(Endpoint::Conversation, status(403)));
    }
    harness.opened("ana").await;
    asked(&harness, 2).await;
    harness.say("ana", "m-2", "Hello?").await;
    harness.accepted("ana", 2).await;
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", 1).await;
    harness.genesys.end_conversation("ana");
    harness.heard_once("ana", ENDED).await;
    harness.all_told("ana").await;
    let lines = harness.lines();
    let refused = lines.iter().filter(|line| line["event.name"] == "look_refused");
    assert_eq!(refused.count(), 2);
    assert!(lines.iter().all(|line| line["event.name"] != "failed"));
    assert_eq!(harness.types("ana"), ["message", ENDED]);
    harness.end();
}

#[tokio::test]
async fn a_look_that_meets_an_outage_is_repeated_later() {
    let harness = curious().start().await;
    let hang_up = Effect::DropConnectionBefore;
    for effect in [status(503), hang_up, status(500)] {
        harness.genesys.script(fault(Endpoint::Conversation, effect));
    }
    harness.opened("ana").await;
    harness.genesys.end_conversation("ana");
    assert_eq!(harness.heard_once("ana", ENDED).await["reason"], "agent");
    let calls = harness.calls("GET");
    assert_eq!(calls.len(), 4);
    let pauses: Vec<Duration> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert!(pauses.iter().all(|pause| *pause >= Duration::from_millis(300)), "{pauses:?}");
    harness.end();
}

#[tokio::test]
async fn messages_come_before_looks_when_little_is_left_of_the_rate_budget() {
    let harness = curious().genesys(|options| options.rate_limit_per_minute = 10).start().await;
    for number in 1..=9 {
        harness.say("ana", &format!("m-{number}"), "Hello").await;
    }
    harness.accepted("ana", 9).await;
    harness.logged(&[("event.name", "shed")]).await;
    harness.say("ana", "m-10", "Hello?").await;
    let accepted = harness.accepted("ana", 10).await;
    assert_eq!(each(&accepted, "/channel/messageId")[9], "m-10");
    assert_eq!(harness.calls("GET").len(), 0);
    assert!(harness.genesys.requests().iter().all(|call| call.status != Some(429)));
    harness.end();
}

#[tokio::test]
async fn a_session_that_times_out_ends_the_conversation_by_itself() {
    let setup = curious().config(|integration| {
        integration["lynn"]["sessionTimeoutMinutes"] = json!(1);
        integration["lynn"]["onSessionEnded"] = json!("disconnect");
    });
    let harness = setup.start().await;
    said_long_ago(&harness, "ana").await;
    harness.say("eva", "m-1", "Hello").await;
    harness.closed("ana").await;
    let end = harness.heard_once("ana", ENDED).await;
    assert_eq!((&end["reason"], &end["session"]["active"]), (&json!("customer"), &json!(false)));
    assert_eq!(harness.calls("PATCH").len(), 1);
    // Genesys' own event arrives afterwards.
    let events = harness.genesys.lifecycle_events();
    harness.tell(&events[events.len() - 1..]).await;
    harness.all_told("ana").await;
    assert_eq!(harness.types("ana"), [ENDED]);
    // A customer who has just written is still there.
    assert!(harness.genesys.is_conversation_open("eva"));
    assert_eq!(harness.lynn.events_for("eva"), Vec::<Value>::new());
    harness.end();
}

#[tokio::test]
async fn a_session_that_times_out_can_be_told_to_the_agent() {
    let setup = curious().config(|integration| {
        integration["lynn"]["sessionTimeoutMinutes"] = json!(1);
        integration["lynn"]["onSessionEnded"] = json!("notice");
    });
    let harness = setup.start().await;
    said_long_ago(&harness, "ana").await;
    let some = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() >= 2;
    assert!(harness.genesys.wait_until(SOON, some).await);
    // Only once, however often the bridge reconciles afterwards.
    asked(&harness, 2).await;
    let accepted = harness.accepted("ana", 2).await;
    assert!(accepted[1]["text"].as_str().expect("a text").contains("left"));
    assert!(harness.genesys.is_conversation_open("ana"));
    harness.end();
}
