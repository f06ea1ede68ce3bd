//! The deadlines of a conversation: sessions that time out, windows that end, quiet conversations
//! to reconcile.

use std::sync::Arc;
use std::time::Duration;

use conversation::Stage;
use conversation_scheduler::ConversationScheduler;
use delivery::event::{DedupKey, Payload};
use serde_json::{Value, json};
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Clock, Queue, Store};
use testing::Reaction;

use crate::events::{agent_says, body, genesys, says, session_ended, text, texts};
use crate::harness::{Harness, RECONCILE_AFTER};
use crate::lifecycle::{ended, rang};

/// Wakes the due conversations and delivers the resulting events; returns how many were woken.
pub async fn wake(harness: &mut Harness) -> usize {
    let scheduler = ConversationScheduler {
        store: Arc::clone(&harness.store) as Arc<dyn Store>,
        queue: Arc::clone(&harness.queue) as Arc<dyn Queue>,
        clock: Arc::clone(&harness.clock) as Arc<dyn Clock>,
    };
    let woken = scheduler.run(10).await.unwrap();
    harness.drain().await;
    woken
}

async fn talking(changes: &Value) -> Harness {
    let mut harness = Harness::new(changes);
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    harness
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn told(harness: &Harness) -> Vec<String> {
    texts(&harness.lynn_calls(), "/type")
}

/// Genesys' answer about the state of the conversation.
fn view(participants: Value) -> Reaction {
    Reaction::body(200, json!({ "id": "c-1", "participants": participants }).to_string())
}

#[tokio::test]
async fn nobody_is_woken_before_the_time() {
    let mut harness = talking(&json!({})).await;
    harness.clock.advance(RECONCILE_AFTER - Duration::from_secs(1));
    assert_eq!(wake(&mut harness).await, 0);
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(wake(&mut harness).await, 1);
}

#[tokio::test]
async fn an_end_that_nobody_told_of_is_found() {
    let mut harness = talking(&json!({})).await;
    harness.clock.advance(RECONCILE_AFTER);
    let end = (harness.clock.now() - Duration::from_mins(1)).to_text();
    harness.genesys([view(json!([
        { "purpose": "customer", "state": "disconnected", "endTime": end, "disconnectType": "peer" },
        { "purpose": "agent", "state": "disconnected", "endTime": end },
    ]))]);
    wake(&mut harness).await;
    let call = harness.genesys_calls().remove(1);
    assert_eq!(call.method, "GET");
    assert!(call.url.ends_with("/api/v2/conversations/messages/c-1"), "{}", call.url);
    let last = body(&harness.lynn_calls()[0]);
    assert_eq!((&last["type"], &last["reason"]), (&json!("conversation.ended"), &json!("agent")));
    assert_eq!(last["time"], end);
    // Genesys' own event arrives after all.
    harness.accept(Outbound, &ended(&harness, "ana")).await;
    harness.drain().await;
    assert_eq!(told(&harness).len(), 1);
}

#[tokio::test]
async fn an_end_is_told_by_a_look_though_its_event_came_too_early_to_mean_anything() {
    let mut harness = Harness::new(&json!({}));
    let end = ended(&harness, "ana");
    let Payload::Lifecycle(event) = &end.payload else { panic!("another payload") };
    let time = event.at.to_text();
    // The agent wrote first. The customer's bridge receives the end before it receives the message.
    let said = json!({ "type": "Text", "id": "g-1", "text": "Hello", "conversationId": "c-1" });
    let before = genesys(&harness, "ana", DedupKey::Message("g-1".to_owned()), said);
    harness.accept(Outbound, &end).await;
    harness.drain().await;
    harness.accept(Outbound, &before).await;
    harness.drain().await;
    assert_eq!(told(&harness), ["message"]);
    harness.clock.advance(RECONCILE_AFTER);
    let gone =
        || view(json!([ { "purpose": "customer", "state": "disconnected", "endTime": time } ]));
    harness.genesys([gone(), gone()]);
    assert_eq!(wake(&mut harness).await, 1);
    assert_eq!(told(&harness), ["message", "conversation.ended"]);
    harness.clock.advance(RECONCILE_AFTER * 10);
    wake(&mut harness).await;
    assert_eq!(told(&harness).len(), 2);
}

#[tokio::test]
async fn a_conversation_that_is_gone_has_ended() {
    let mut harness = talking(&json!({})).await;
    harness.clock.advance(RECONCILE_AFTER);
    harness.genesys([Reaction::status(404)]);
    wake(&mut harness).await;
    assert_eq!(text(&harness.lynn_calls()[0], "/reason"), "system");
}

#[tokio::test]
async fn an_agent_nobody_told_of_is_found() {
    let mut harness = talking(&json!({})).await;
    harness.accept(Outbound, &rang(&harness, "ana", "p-1")).await;
    harness.drain().await;
    // A ringing agent is checked sooner than a quiet conversation.
    harness.clock.advance(Duration::from_secs(10));
    let since = (harness.clock.now() - Duration::from_secs(5)).to_text();
    let agent = |state: &str| {
        view(json!([
            { "purpose": "customer", "state": "connected" },
            { "purpose": "agent", "state": state, "startTime": since },
        ]))
    };
    harness.genesys([agent("alerting"), agent("connected")]);
    assert_eq!(wake(&mut harness).await, 1);
    assert!(harness.lynn_calls().is_empty());
    harness.clock.advance(Duration::from_secs(29));
    assert_eq!(wake(&mut harness).await, 0);
    harness.clock.advance(Duration::from_secs(1));
    assert_eq!(wake(&mut harness).await, 1);
    assert_eq!(told(&harness), ["conversation.agentConnected"]);
    assert!(harness.conversation("ana").await.has_agent());
}

#[tokio::test]
async fn an_end_that_only_seems_overtaken_is_asked_after() {
    let mut harness = talking(&json!({})).await;
    // The bridge's clock is ahead: the end that followed the customer's message has an earlier
    // time.
    let mut end = ended(&harness, "ana");
    if let Payload::Lifecycle(event) = &mut end.payload {
        event.at = event.at - Duration::from_secs(2);
    }
    harness.accept(Outbound, &end).await;
    harness.drain().await;
    assert!(told(&harness).is_empty());
    harness.clock.advance(Duration::from_secs(10));
    harness.genesys([view(json!([ { "purpose": "customer", "state": "disconnected" } ]))]);
    assert_eq!(wake(&mut harness).await, 1);
    assert_eq!(told(&harness), ["conversation.ended"]);
}

#[tokio::test]
async fn a_quiet_conversation_is_asked_after_ever_more_rarely() {
    let mut harness = talking(&json!({})).await;
    let mut asked = Vec::new();
    for hour in 0..72 {
        harness.clock.advance(minutes(60));
        harness.genesys([view(json!([ { "purpose": "customer", "state": "connected" } ]))]);
        let before = harness.genesys_calls().len();
        wake(&mut harness).await;
        if harness.genesys_calls().len() > before {
            asked.push(hour + 1);
        }
        harness.script.lock().unwrap().genesys.clear();
    }
    assert_eq!(asked, [1, 5, 21, 45, 69]);
    assert!(harness.lynn_calls().is_empty());
}

#[tokio::test]
async fn a_look_that_fails_is_made_again_in_its_time() {
    let mut harness = talking(&json!({})).await;
    harness.clock.advance(RECONCILE_AFTER);
    for reaction in [
        Reaction::status(503),
        Reaction::Dropped { taken: true },
        Reaction::status(403),
        Reaction::status(429),
    ] {
        harness.genesys([reaction]);
        let before = harness.genesys_calls().len();
        assert_eq!(wake(&mut harness).await, 1);
        assert_eq!(harness.genesys_calls().len(), before + 1);
        harness.clock.advance(minutes(15));
        assert_eq!(wake(&mut harness).await, 0);
        harness.clock.advance(minutes(24 * 60));
    }
    assert!(harness.dead_letters().await.is_empty());
    assert!(harness.lynn_calls().is_empty());
}

#[tokio::test]
async fn no_look_is_made_when_little_is_left_of_the_rate_budget() {
    let mut harness = Harness::new(&json!({}));
    let mut answer = match Reaction::body(200, r#"{"id":"g-1","conversationId":"c-1"}"#) {
        Reaction::Answer(answer) => answer,
        other => panic!("{other:?}"),
    };
    for (name, value) in [
        ("inin-ratelimit-count", "290"),
        ("inin-ratelimit-allowed", "300"),
        ("inin-ratelimit-reset", "60"),
    ] {
        answer.headers.insert(name, value.parse().unwrap());
    }
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    harness.clock.advance(RECONCILE_AFTER);
    harness.genesys([Reaction::Answer(answer)]);
    harness.accept(Inbound, &says(&harness, "ben", "m-1", 1)).await;
    harness.drain().await;
    assert_eq!(wake(&mut harness).await, 1);
    assert_eq!(harness.genesys_calls().len(), 2);
    // The question is left to the next deadline.
    assert_eq!(wake(&mut harness).await, 0);
    harness.clock.advance(minutes(240));
    assert_eq!(wake(&mut harness).await, 2);
    assert_eq!(harness.genesys_calls().len(), 4);
}

#[tokio::test]
async fn a_session_that_times_out_ends_as_configured() {
    for (policy, calls, ends) in [("keep", 1, 0), ("notice", 2, 0), ("disconnect", 2, 1)] {
        let changes = json!({ "lynn": { "onSessionEnded": policy, "sessionTimeoutMinutes": 30 } });
        let mut harness = talking(&changes).await;
        harness.clock.advance(minutes(29));
        assert_eq!(wake(&mut harness).await, 0, "{policy}");
        harness.clock.advance(minutes(1));
        let woken = wake(&mut harness).await;
        assert_eq!(woken, usize::from(policy != "keep"));
        assert_eq!(harness.genesys_calls().len(), calls, "{policy}");
        assert_eq!(told(&harness).len(), ends);
        let conversation = harness.conversation("ana").await;
        assert_eq!(conversation.session.open, policy == "keep");
        assert_eq!(conversation.stage() == Stage::Ended, ends == 1);
    }
}

/// Genesys took the notice and its answer was lost, or it refuses the notice for good: the session
/// is over, and nothing is due any more.
#[tokio::test]
async fn a_session_is_over_once_though_its_end_cannot_be_passed_on() {
    for status in [409, 400] {
        let changes =
            json!({ "lynn": { "onSessionEnded": "notice", "sessionTimeoutMinutes": 30 } });
        let mut harness = talking(&changes).await;
        harness.clock.advance(minutes(30));
        harness.genesys([Reaction::status(status)]);
        wake(&mut harness).await;
        assert_eq!(harness.genesys_calls().len(), 2, "{status}");
        harness.clock.advance(minutes(6));
        wake(&mut harness).await;
        assert_eq!(harness.genesys_calls().len(), 2, "{status}");
        assert!(!harness.conversation("ana").await.session.open, "{status}");
    }
}

#[tokio::test]
async fn a_session_that_goes_on_is_not_ended() {
    let changes =
        json!({ "lynn": { "onSessionEnded": "disconnect", "sessionTimeoutMinutes": 30 } });
    let mut harness = talking(&changes).await;
    for number in 2..10 {
        harness.clock.advance(minutes(20));
        harness.accept(Inbound, &says(&harness, "ana", &format!("m-{number}"), 1)).await;
        harness.drain().await;
        wake(&mut harness).await;
    }
    assert!(harness.genesys_calls().iter().all(|call| call.method == "POST"));
    // After the end of the session that Lynn reported, no session can time out.
    harness.accept(Inbound, &session_ended(&harness, "ana", "s-1")).await;
    harness.drain().await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    harness.clock.advance(minutes(31));
    wake(&mut harness).await;
    assert_eq!(told(&harness), ["conversation.ended"]);
}

#[tokio::test]
async fn a_window_ends() {
    let mut harness = talking(&json!({ "genesys": { "threadingTimelineMinutes": 60 } })).await;
    harness.accept(Outbound, &ended(&harness, "ana")).await;
    harness.drain().await;
    assert!(harness.conversation("ana").await.resumable_until.is_some());
    harness.clock.advance(minutes(60));
    assert_eq!(wake(&mut harness).await, 1);
    let conversation = harness.conversation("ana").await;
    assert_eq!((conversation.stage(), conversation.resumable_until), (Stage::Ended, None));
    assert_eq!(conversation.due, None);
    harness.clock.advance(minutes(10_000));
    assert_eq!(wake(&mut harness).await, 0);
    assert_eq!(told(&harness), ["conversation.ended"]);
}

#[tokio::test]
async fn messages_do_not_move_the_index_and_a_stale_time_wakes_once() {
    let mut harness = talking(&json!({})).await;
    let due = harness.conversation("ana").await.due;
    for number in 0..10 {
        harness.clock.advance(minutes(5));
        harness.accept(Outbound, &agent_says(&harness, "ana", &format!("g-{number}"))).await;
        harness.drain().await;
        assert_eq!(harness.conversation("ana").await.due, due);
    }
    harness.clock.advance(minutes(10));
    let calls = harness.genesys_calls().len();
    assert_eq!(wake(&mut harness).await, 1);
    // The conversation was not quiet: Genesys is not asked, and a new deadline is set.
    assert_eq!(harness.genesys_calls().len(), calls);
    assert!(harness.conversation("ana").await.due > due);
    assert_eq!(wake(&mut harness).await, 0);
}

#[tokio::test]
async fn waking_twice_does_no_harm() {
    let mut harness = talking(&json!({})).await;
    harness.clock.advance(RECONCILE_AFTER);
    harness.genesys([Reaction::status(404), Reaction::status(404)]);
    let scheduler = ConversationScheduler {
        store: Arc::clone(&harness.store) as Arc<dyn Store>,
        queue: Arc::clone(&harness.queue) as Arc<dyn Queue>,
        clock: Arc::clone(&harness.clock) as Arc<dyn Clock>,
    };
    // Two runs at the same time, and one after the queue's deduplication has forgotten them, before
    // any event was delivered.
    assert_eq!(scheduler.run(10).await.unwrap(), 1);
    assert_eq!(scheduler.run(10).await.unwrap(), 1);
    harness.clock.advance(minutes(15));
    assert_eq!(scheduler.run(10).await.unwrap(), 1);
    harness.drain().await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    assert_eq!(harness.genesys_calls().len(), 2);
}
