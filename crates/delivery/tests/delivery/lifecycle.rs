//! Agents join and leave, conversations end and are resumed: what Lynn is told, whatever the order
//! of the events.

use std::time::Duration;

use conversation::Stage;
use delivery::event::{DedupKey, Payload, QueuedEvent};
use serde_json::{Value, json};
use shared::genesys::lifecycle::LifecycleEvent;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};
use shared::time::Timestamp;
use testing::Reaction;

use crate::events::{agent_says, body, queued, says, text, texts};
use crate::harness::Harness;

/// An event of the conversation `c-1` as `genesys-events` enqueues it.
fn event(harness: &Harness, contact: &str, kind: &str, more: &Value) -> QueuedEvent {
    let mut event = json!({
        "topicName": kind, "conversationId": "c-1", "eventTime": harness.clock.now().milliseconds(),
        "mediaType": "MESSAGE", "messageType": "OPEN",
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        event[key] = value.clone();
    }
    let now = harness.clock.now();
    let event = LifecycleEvent::parse(event.to_string().as_bytes(), now).unwrap();
    queued(harness, contact, DedupKey::from(&event), Payload::Lifecycle(event))
}

pub fn answered(harness: &Harness, contact: &str) -> QueuedEvent {
    event(harness, contact, "acd.end", &json!({ "disconnectType": "TRANSFER" }))
}

pub fn rang(harness: &Harness, contact: &str, agent: &str) -> QueuedEvent {
    event(harness, contact, "user.start", &json!({ "participantId": agent }))
}

/// An agent joins; a workflow has verified that the agent answered.
pub fn joined(harness: &Harness, contact: &str, agent: &str) -> QueuedEvent {
    event(harness, contact, "user.start", &json!({ "participantId": agent, "confirmed": true }))
}

pub fn left(harness: &Harness, contact: &str, agent: &str) -> QueuedEvent {
    let more = json!({ "participantId": agent, "disconnectType": "CLIENT" });
    event(harness, contact, "user.end", &more)
}

pub fn ended(harness: &Harness, contact: &str) -> QueuedEvent {
    event(harness, contact, "customer.end", &json!({ "disconnectType": "PEER" }))
}

async fn open(changes: &Value) -> Harness {
    let mut harness = Harness::new(changes);
    take(&mut harness, Inbound, |harness| says(harness, "ana", "m-1", 1)).await;
    harness
}

/// Accepts an event ten seconds later, and delivers it.
async fn take(
    harness: &mut Harness,
    direction: shared::ports::Direction,
    event: impl Fn(&Harness) -> QueuedEvent,
) -> QueuedEvent {
    harness.clock.advance(Duration::from_secs(10));
    let event = event(harness);
    harness.accept(direction, &event).await;
    harness.drain().await;
    event
}

fn told(harness: &Harness) -> Vec<String> {
    texts(&harness.lynn_calls(), "/type")
}

#[tokio::test]
async fn lynn_is_told_of_the_agent_and_of_the_end_in_sequence_with_the_messages() {
    let mut harness = open(&json!({})).await;
    take(&mut harness, Outbound, |harness| rang(harness, "ana", "p-1")).await;
    take(&mut harness, Outbound, |harness| answered(harness, "ana")).await;
    assert!(harness.conversation("ana").await.has_agent());
    take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-1")).await;
    take(&mut harness, Outbound, |harness| left(harness, "ana", "p-1")).await;
    assert!(!harness.conversation("ana").await.has_agent());
    let end = take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    let calls = harness.lynn_calls();
    assert_eq!(told(&harness), ["conversation.agentConnected", "message", "conversation.ended"]);
    for (seen, sequence) in calls.iter().zip(1..) {
        assert_eq!(body(seen)["sequence"], sequence);
        assert_eq!(body(seen)["conversationId"], "c-1");
    }
    let last = body(&calls[2]);
    assert_eq!(last["reason"], "agent");
    let until = end.accepted_at + Duration::from_mins(4320);
    assert_eq!(last["resumableUntil"], until.to_text());
    let conversation = harness.conversation("ana").await;
    assert_eq!(conversation.stage(), Stage::Ended);
    assert_eq!(conversation.resumable_until, Some(until));
}

#[tokio::test]
async fn an_event_that_comes_twice_is_told_once() {
    let mut harness = open(&json!({})).await;
    let connected = take(&mut harness, Outbound, |harness| answered(harness, "ana")).await;
    let end = take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    // The queue's deduplication has forgotten them.
    harness.clock.advance(Duration::from_secs(600));
    for again in [&end, &connected, &end] {
        harness.accept(Outbound, again).await;
        harness.drain().await;
        harness.clock.advance(Duration::from_secs(600));
    }
    // The same end arrives by another way, with another time.
    take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    assert_eq!(told(&harness), ["conversation.agentConnected", "conversation.ended"]);
}

/// Genesys' own event is still waiting for Lynn when a status question finds the same.
#[tokio::test]
async fn what_two_events_say_is_told_once() {
    let mut harness = open(&json!({})).await;
    harness.clock.advance(Duration::from_secs(10));
    let own = answered(&harness, "ana");
    let seen = event(&harness, "ana", "user.start", &json!({ "confirmed": true }));
    for event in [&own, &seen] {
        harness.accept(Outbound, event).await;
    }
    harness.drain().await;
    assert_eq!(told(&harness), ["conversation.agentConnected"]);
    assert_eq!(body(&harness.lynn_calls()[0])["sequence"], 1);
}

#[tokio::test]
async fn what_comes_too_late_changes_nothing() {
    let mut harness = open(&json!({})).await;
    harness.clock.advance(Duration::from_secs(10));
    let connected = answered(&harness, "ana");
    take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    harness.accept(Outbound, &connected).await;
    harness.drain().await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    assert_eq!(harness.conversation("ana").await.stage(), Stage::Ended);
    // The message that resumes the conversation arrives before the news of the end.
    take(&mut harness, Inbound, |harness| says(harness, "ana", "m-2", 1)).await;
    harness.clock.advance(Duration::from_secs(10));
    let late = ended(&harness, "ana");
    take(&mut harness, Inbound, |harness| says(harness, "ana", "m-3", 1)).await;
    harness.accept(Outbound, &late).await;
    harness.drain().await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    assert!(harness.conversation("ana").await.is_open());
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_refusal_a_requeue_and_a_transfer_are_no_end() {
    let mut harness = open(&json!({})).await;
    let acts: [fn(&Harness) -> QueuedEvent; 8] = [
        |harness| rang(harness, "ana", "p-1"),
        |harness| left(harness, "ana", "p-1"),
        |harness| rang(harness, "ana", "p-2"),
        |harness| answered(harness, "ana"),
        |harness| left(harness, "ana", "p-2"),
        |harness| event(harness, "ana", "acd.start", &json!({})),
        |harness| rang(harness, "ana", "p-3"),
        |harness| answered(harness, "ana"),
    ];
    for act in acts {
        take(&mut harness, Outbound, act).await;
    }
    // Two agents joined, one after the other.
    assert_eq!(told(&harness), ["conversation.agentConnected"; 2]);
    let conversation = harness.conversation("ana").await;
    assert_eq!(conversation.stage(), Stage::WithAgent);
}

#[tokio::test]
async fn a_wait_that_ends_without_an_agent_is_no_agent() {
    let mut harness = open(&json!({})).await;
    take(&mut harness, Outbound, |harness| {
        event(harness, "ana", "acd.end", &json!({ "disconnectType": "CLIENT" }))
    })
    .await;
    take(&mut harness, Outbound, |harness| {
        event(harness, "ana", "customer.end", &json!({ "disconnectType": "CLIENT" }))
    })
    .await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    assert_eq!(text(&harness.lynn_calls()[0], "/reason"), "customer");
}

#[tokio::test]
async fn who_was_rung_and_writes_has_answered() {
    let mut harness = open(&json!({})).await;
    take(&mut harness, Outbound, |harness| rang(harness, "ana", "p-1")).await;
    assert!(harness.lynn_calls().is_empty());
    // Lynn accepts the news and fails at the message. The news is not sent again, and the message
    // is not lost.
    harness.lynn([Reaction::status(200), Reaction::status(503)]);
    take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-1")).await;
    let calls = harness.lynn_calls();
    assert_eq!(told(&harness), ["conversation.agentConnected", "message", "message"]);
    let numbers: Vec<_> = calls.iter().map(|seen| body(seen)["sequence"].clone()).collect();
    assert_eq!(numbers, [1, 2, 2]);
    // Genesys reports the same answer later; that report is old.
    let mut late = answered(&harness, "ana");
    if let Payload::Lifecycle(event) = &mut late.payload {
        event.at = event.at - Duration::from_secs(30);
    }
    harness.accept(Outbound, &late).await;
    take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-2")).await;
    assert_eq!(told(&harness)[3..], ["message"]);
}

#[tokio::test]
async fn the_news_of_a_ring_may_come_after_the_answer() {
    let mut harness = open(&json!({})).await;
    harness.clock.advance(Duration::from_secs(10));
    let ring = rang(&harness, "ana", "p-1");
    take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-1")).await;
    for _ in 0..2 {
        harness.accept(Outbound, &ring).await;
        harness.drain().await;
        harness.clock.advance(Duration::from_secs(600));
    }
    take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-2")).await;
    assert_eq!(told(&harness), ["message", "conversation.agentConnected", "message"]);
    assert!(harness.conversation("ana").await.has_agent());
}

#[tokio::test]
async fn a_bot_that_writes_while_an_agent_is_rung_is_no_agent() {
    let mut harness = open(&json!({})).await;
    take(&mut harness, Outbound, |harness| rang(harness, "ana", "p-1")).await;
    let says = |harness: &Harness| {
        let body = json!({ "type": "Text", "id": "b-1", "text": "One moment", "originatingEntity": "Bot" });
        crate::events::genesys(harness, "ana", DedupKey::Message("b-1".to_owned()), body)
    };
    take(&mut harness, Outbound, says).await;
    assert_eq!(told(&harness), ["message"]);
}

#[tokio::test]
async fn a_workflow_that_has_made_sure_is_believed() {
    let mut harness = open(&json!({})).await;
    take(&mut harness, Outbound, |harness| {
        event(harness, "ana", "user.start", &json!({ "confirmed": true }))
    })
    .await;
    assert_eq!(told(&harness), ["conversation.agentConnected"]);
}

#[tokio::test]
async fn somebody_is_there_until_the_last_agent_leaves() {
    for late in [false, true] {
        let mut harness = open(&json!({})).await;
        harness.clock.advance(Duration::from_secs(10));
        let first = joined(&harness, "ana", "p-1");
        if !late {
            harness.accept(Outbound, &first).await;
        }
        take(&mut harness, Outbound, |harness| joined(harness, "ana", "p-2")).await;
        if late {
            harness.accept(Outbound, &first).await;
        }
        take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-1")).await;
        take(&mut harness, Outbound, |harness| left(harness, "ana", "p-2")).await;
        assert!(harness.conversation("ana").await.has_agent(), "late: {late}");
        take(&mut harness, Outbound, |harness| agent_says(harness, "ana", "g-2")).await;
        take(&mut harness, Outbound, |harness| left(harness, "ana", "p-1")).await;
        assert!(!harness.conversation("ana").await.has_agent());
        assert!(harness.conversation("ana").await.is_open());
        let connected =
            told(&harness).iter().filter(|told| *told == "conversation.agentConnected").count();
        assert_eq!(connected, if late { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_flow_that_takes_the_customer_out_of_a_queue_is_no_agent() {
    let mut harness = open(&json!({})).await;
    for outcome in ["FLOW_OUT", "ABANDON"] {
        let more = json!({ "disconnectType": "TRANSFER", "acdOutcome": outcome });
        take(&mut harness, Outbound, |harness| event(harness, "ana", "acd.end", &more)).await;
    }
    assert!(told(&harness).is_empty());
    let more =
        json!({ "disconnectType": "SYSTEM", "acdOutcome": "ANSWERED", "answeredUserId": "u-1" });
    take(&mut harness, Outbound, |harness| event(harness, "ana", "acd.end", &more)).await;
    assert_eq!(told(&harness), ["conversation.agentConnected"]);
}

/// An event as an endpoint without access to the table enqueues it: its contact is the one of its
/// addresses.
fn presumed(harness: &Harness, contact: &str, more: &Value) -> QueuedEvent {
    let mut event = event(harness, contact, "customer.end", more);
    if let Payload::Lifecycle(event) = &mut event.payload {
        event.presumed = true;
    }
    event
}

#[tokio::test]
async fn an_event_with_addresses_goes_in_the_order_of_its_acceptance() {
    let mut harness = open(&json!({})).await;
    harness.clock.advance(Duration::from_secs(10));
    let connected =
        json!({ "addressFrom": "ana", "addressTo": "integration", "acdOutcome": "ANSWERED" });
    let mut first = event(&harness, "ana", "acd.end", &connected);
    if let Payload::Lifecycle(event) = &mut first.payload {
        event.presumed = true;
    }
    harness.accept(Outbound, &first).await;
    harness.accept(Outbound, &agent_says(&harness, "ana", "g-1")).await;
    harness.drain().await;
    assert_eq!(told(&harness), ["conversation.agentConnected", "message"]);
    // The event comes again, also by another way.
    harness.accept(Outbound, &first).await;
    harness.accept(Outbound, &first.handed_to(Some(shared::ids::ContactId::new("ana")))).await;
    harness.drain().await;
    assert_eq!(told(&harness).len(), 2);
}

#[tokio::test]
async fn an_address_that_is_not_the_contact_costs_the_event_nothing() {
    // Genesys writes the address in its own form, so only the id leads to the conversation.
    let mut harness = open(&json!({})).await;
    harness.clock.advance(Duration::from_secs(10));
    let end = presumed(&harness, "tel:ana", &json!({ "disconnectType": "PEER" }));
    harness.accept(Outbound, &end).await;
    harness.drain().await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    assert_eq!(text(&harness.lynn_calls()[0], "/contact/id"), "ana");
    // The contact is unknown: the event is counted and ignored.
    let foreign = presumed(&harness, "eva", &json!({ "conversationId": "c-9" }));
    harness.accept(Outbound, &foreign).await;
    harness.drain().await;
    assert_eq!(told(&harness).len(), 1);
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn an_event_that_is_there_before_its_conversation_is_found_when_that_is() {
    let mut harness = Harness::new(&json!({}));
    let end = presumed(&harness, "ana", &json!({ "disconnectType": "PEER" }));
    harness.accept(Outbound, &end).await;
    harness.round().await;
    harness.clock.advance(Duration::from_secs(1));
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    let conversation = harness.conversation("ana").await;
    assert_eq!(conversation.ended_at, Some(end.accepted_at));
    assert!(harness.dead_letters().await.is_empty());
}

#[tokio::test]
async fn an_event_without_an_id_is_that_of_its_contact() {
    for contact in [Some("ana"), None] {
        let mut harness = open(&json!({})).await;
        harness.clock.advance(Duration::from_secs(10));
        let now = harness.clock.now();
        let body = json!({ "topicName": "customer.end", "eventTime": now.milliseconds(), "disconnectType": "PEER",
                           "addressFrom": "ana", "addressTo": "integration" });
        let mut event = LifecycleEvent::parse(body.to_string().as_bytes(), now).unwrap();
        event.presumed = contact.is_some();
        let mut queued = queued(&harness, "ana", DedupKey::from(&event), Payload::Lifecycle(event));
        queued.contact = contact.map(shared::ids::ContactId::new);
        for _ in 0..2 {
            harness.accept(Outbound, &queued).await;
            harness.drain().await;
            harness.clock.advance(Duration::from_secs(600));
        }
        assert_eq!(told(&harness), ["conversation.ended"], "{contact:?}");
        assert_eq!(body_of(&harness)["conversationId"], "c-1");
    }
}

fn body_of(harness: &Harness) -> Value {
    body(&harness.lynn_calls()[0])
}

#[tokio::test]
async fn inside_the_window_the_conversation_goes_on_and_can_end_again() {
    let mut harness = open(&json!({})).await;
    take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    take(&mut harness, Inbound, |harness| says(harness, "ana", "m-2", 1)).await;
    let conversation = harness.conversation("ana").await;
    assert_eq!((conversation.stage(), conversation.resumable_until), (Stage::Open, None));
    take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    assert_eq!(told(&harness), ["conversation.ended", "conversation.ended"]);
    // Each first message asks for the conversation's id.
    let asks = harness.genesys_calls().iter().filter(|seen| seen.url.contains("prefetch")).count();
    assert_eq!(asks, 2);
}

#[tokio::test]
async fn without_a_window_an_end_is_the_end() {
    let mut harness = open(&json!({ "genesys": { "threadingTimelineMinutes": 0 } })).await;
    take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    assert_eq!(body(&harness.lynn_calls()[0])["resumableUntil"], Value::Null);
    // The next conversation is a new one. While its id is unknown, the old id is not used for it.
    harness.genesys([Reaction::body(200, r#"{"id":"g-m-2"}"#)]);
    take(&mut harness, Inbound, |harness| says(harness, "ana", "m-2", 1)).await;
    let conversation = harness.conversation("ana").await;
    assert_eq!((conversation.stage(), conversation.genesys_conversation), (Stage::Open, None));
    // Late news about the old conversation does not affect the new one.
    take(&mut harness, Outbound, |harness| {
        let mut late = ended(harness, "ana");
        if let Payload::Lifecycle(event) = &mut late.payload {
            event.at = event.at - Duration::from_secs(30);
        }
        late
    })
    .await;
    assert_eq!(told(&harness), ["conversation.ended"]);
}

#[tokio::test]
async fn an_end_that_lynn_refuses_is_an_end_all_the_same() {
    let mut harness = open(&json!({})).await;
    harness.lynn([Reaction::status(400)]);
    take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    let conversation = harness.conversation("ana").await;
    assert_eq!((conversation.stage(), conversation.sequence), (Stage::Ended, 0));
    assert_eq!(harness.dead_letters().await.len(), 1);
    // Genesys has no receiver for a notice about this event.
    assert_eq!(harness.genesys_calls().len(), 1);
}

#[tokio::test]
async fn an_end_told_late_is_told_as_it_was() {
    let mut harness = open(&json!({})).await;
    harness.clock.advance(Duration::from_secs(10));
    harness.lynn([Reaction::status(503), Reaction::status(503), Reaction::status(503)]);
    let end = ended(&harness, "ana");
    harness.accept(Outbound, &end).await;
    harness.round().await;
    // The customer returns while Lynn is down.
    harness.clock.advance(Duration::from_millis(500));
    harness.accept(Inbound, &says(&harness, "ana", "m-2", 1)).await;
    harness.drain().await;
    let last = body(harness.lynn_calls().last().unwrap());
    assert_eq!(
        (&last["type"], &last["time"]),
        (&json!("conversation.ended"), &json!(end.accepted_at.to_text()))
    );
    assert!(harness.conversation("ana").await.is_open());
}

/// An event that arrived over HTTP: its contact is not known yet.
fn unaddressed(harness: &Harness, more: &Value) -> QueuedEvent {
    let mut event = event(harness, "", "customer.end", more);
    event.contact = None;
    event
}

#[tokio::test]
async fn an_event_is_found_its_conversation_by_its_id() {
    let mut harness = open(&json!({})).await;
    take(&mut harness, Outbound, |harness| unaddressed(harness, &json!({}))).await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    assert_eq!(text(&harness.lynn_calls()[0], "/contact/id"), "ana");
}

#[tokio::test]
async fn an_event_is_found_its_conversation_by_its_addresses() {
    for (from, to, found) in [
        ("ana", "integration", true),
        ("integration", "ana", true),
        ("ana", "another-integration", false),
        ("eva", "integration", false),
    ] {
        let mut harness = Harness::new(&json!({}));
        // Genesys' answer names no conversation, or another one.
        let answer =
            if found { r#"{"id":"g-1"}"# } else { r#"{"id":"g-1","conversationId":"c-0"}"# };
        harness.genesys([Reaction::body(200, answer)]);
        take(&mut harness, Inbound, |harness| says(harness, "ana", "m-1", 1)).await;
        let addresses = json!({ "addressFrom": from, "addressTo": to });
        let event = take(&mut harness, Outbound, |harness| unaddressed(harness, &addresses)).await;
        assert_eq!(told(&harness).len(), usize::from(found), "{from} {to}");
        if !found {
            // The sender searched for the conversation for a while.
            assert!(harness.clock.now().since(event.accepted_at) >= 3_000);
        }
        assert!(harness.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn an_agent_who_is_first_is_known_whatever_becomes_of_the_message() {
    for (policy, delivered) in [("webhook", 1), ("fail", 0)] {
        let mut harness = Harness::new(&json!({ "lynn": { "quietSession": policy } }));
        let says = |harness: &Harness| {
            let body = json!({ "type": "Text", "id": "g-1", "text": "Your parcel", "conversationId": "c-7",
                               "originatingEntity": "Human" });
            crate::events::genesys(harness, "ana", DedupKey::Message("g-1".to_owned()), body)
        };
        take(&mut harness, Outbound, says).await;
        assert_eq!(harness.lynn_calls().len(), delivered);
        let conversation = harness.conversation("ana").await;
        assert!(conversation.is_open());
        assert_eq!(conversation.genesys_conversation.unwrap().as_str(), "c-7");
        // The customer's answer goes into that conversation, so its id need not be asked for.
        take(&mut harness, Inbound, |harness| crate::events::says(harness, "ana", "m-1", 1)).await;
        assert!(!harness.genesys_calls().last().unwrap().url.contains("prefetch"));
    }
}

#[tokio::test]
async fn a_customer_who_leaves_ends_the_conversation_and_lynn_is_told_once() {
    let mut harness = open(&json!({ "lynn": { "onSessionEnded": "disconnect" } })).await;
    take(&mut harness, Inbound, |harness| crate::events::session_ended(harness, "ana", "s-1"))
        .await;
    assert_eq!(told(&harness), ["conversation.ended"]);
    assert_eq!(text(&harness.lynn_calls()[0], "/reason"), "customer");
    assert_eq!(body(&harness.lynn_calls()[0])["session"]["active"], false);
    assert_eq!(harness.conversation("ana").await.stage(), Stage::Ended);
    // Genesys reports the same a moment later.
    take(&mut harness, Outbound, |harness| ended(harness, "ana")).await;
    assert_eq!(told(&harness), ["conversation.ended"]);
}

#[tokio::test]
async fn a_conversation_without_a_known_id_is_looked_up_before_it_is_ended() {
    let mut harness = Harness::new(&json!({ "lynn": { "onSessionEnded": "disconnect" } }));
    harness.genesys([
        Reaction::body(200, r#"{"id":"g-1"}"#),
        Reaction::body(200, r#"{"id":"g-1","conversationId":"c-9"}"#),
    ]);
    take(&mut harness, Inbound, |harness| says(harness, "ana", "m-1", 1)).await;
    take(&mut harness, Inbound, |harness| crate::events::session_ended(harness, "ana", "s-1"))
        .await;
    let urls: Vec<_> = harness.genesys_calls().iter().map(|seen| seen.url.clone()).collect();
    assert!(urls[1].ends_with("/conversations/messages/g-1/details"), "{urls:?}");
    assert!(urls[2].ends_with("/conversations/messages/c-9"), "{urls:?}");
    assert_eq!(text(&harness.lynn_calls()[0], "/conversationId"), "c-9");
}

#[tokio::test]
async fn what_was_learned_before_a_death_is_told_after_it() {
    let mut harness = open(&json!({})).await;
    for death in 0..12 {
        harness.clock.advance(Duration::from_secs(10));
        let end = ended(&harness, "ana");
        harness.accept(Outbound, &end).await;
        harness.deaths.push_back(Some(death));
        harness.drain().await;
        let number = death + 2;
        take(&mut harness, Inbound, |harness| says(harness, "ana", &format!("m-{number}"), 1))
            .await;
    }
    let mut ends = texts(&harness.lynn_calls(), "/time");
    ends.dedup();
    assert_eq!(ends.len(), 12);
    let last = body(harness.lynn_calls().last().unwrap());
    assert_eq!(last["sequence"], 12);
    assert_eq!(Timestamp::parse(&ends[11]).map(Timestamp::to_text).as_ref(), Some(&ends[11]));
}
