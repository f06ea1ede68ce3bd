//! Agents join and leave, conversations end and are resumed: what Lynn is told, whatever the order
//! of the events.

use std::time::Duration;

use conversation::Status;
use delivery::event::{DedupKey, Payload, QueuedEvent};
use serde_json::{Value, json};
use shared::genesys::lifecycle::LifecycleEvent;
use shared::ports::Clock as _;
use shared::ports::Direction::{Inbound, Outbound};
use shared::time::Timestamp;
use testing::Reaction;

use crate::events::{agent_says, body, queued, says, text, texts};
use crate::world::World;

/// An event of the conversation `c-1` as `genesys-events` enqueues it.
fn event(world: &World, contact: &str, kind: &str, more: &Value) -> QueuedEvent {
    let mut event = json!({
        "topicName": kind, "conversationId": "c-1", "eventTime": world.clock.now().milliseconds(),
        "mediaType": "MESSAGE", "messageType": "OPEN",
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        event[key] = value.clone();
    }
    let now = world.clock.now();
    let event = LifecycleEvent::parse(event.to_string().as_bytes(), now).unwrap();
    queued(world, contact, DedupKey::from(&event), Payload::Lifecycle(event))
}

pub fn answered(world: &World, contact: &str) -> QueuedEvent {
    event(world, contact, "acd.end", &json!({ "disconnectType": "TRANSFER" }))
}

pub fn rang(world: &World, contact: &str, agent: &str) -> QueuedEvent {
    event(world, contact, "user.start", &json!({ "participantId": agent }))
}

/// An agent joins; a workflow has verified that the agent answered.
pub fn joined(world: &World, contact: &str, agent: &str) -> QueuedEvent {
    event(world, contact, "user.start", &json!({ "participantId": agent, "confirmed": true }))
}

pub fn left(world: &World, contact: &str, agent: &str) -> QueuedEvent {
    let more = json!({ "participantId": agent, "disconnectType": "CLIENT" });
    event(world, contact, "user.end", &more)
}

pub fn ended(world: &World, contact: &str) -> QueuedEvent {
    event(world, contact, "customer.end", &json!({ "disconnectType": "PEER" }))
}

async fn open(changes: &Value) -> World {
    let mut world = World::new(changes);
    take(&mut world, Inbound, |world| says(world, "ana", "m-1", 1)).await;
    world
}

/// Accepts an event ten seconds later, and delivers it.
async fn take(
    world: &mut World,
    direction: shared::ports::Direction,
    event: impl Fn(&World) -> QueuedEvent,
) -> QueuedEvent {
    world.clock.advance(Duration::from_secs(10));
    let event = event(world);
    world.accept(direction, &event).await;
    world.drain().await;
    event
}

fn told(world: &World) -> Vec<String> {
    texts(&world.lynn_calls(), "/type")
}

#[tokio::test]
async fn lynn_is_told_of_the_agent_and_of_the_end_in_sequence_with_the_messages() {
    let mut world = open(&json!({})).await;
    take(&mut world, Outbound, |world| rang(world, "ana", "p-1")).await;
    take(&mut world, Outbound, |world| answered(world, "ana")).await;
    assert!(world.conversation("ana").await.agent_connected);
    take(&mut world, Outbound, |world| agent_says(world, "ana", "g-1")).await;
    take(&mut world, Outbound, |world| left(world, "ana", "p-1")).await;
    assert!(!world.conversation("ana").await.agent_connected);
    let end = take(&mut world, Outbound, |world| ended(world, "ana")).await;
    let calls = world.lynn_calls();
    assert_eq!(told(&world), ["conversation.agentConnected", "message", "conversation.ended"]);
    for (seen, sequence) in calls.iter().zip(1..) {
        assert_eq!(body(seen)["sequence"], sequence);
        assert_eq!(body(seen)["conversationId"], "c-1");
    }
    let last = body(&calls[2]);
    assert_eq!(last["reason"], "agent");
    let until = end.accepted_at.plus_milliseconds(4320 * 60_000);
    assert_eq!(last["resumableUntil"], until.to_text());
    let conversation = world.conversation("ana").await;
    assert_eq!(conversation.status, Status::Ended);
    assert_eq!(conversation.resumable_until, Some(until));
}

#[tokio::test]
async fn an_event_that_comes_twice_is_told_once() {
    let mut world = open(&json!({})).await;
    let connected = take(&mut world, Outbound, |world| answered(world, "ana")).await;
    let end = take(&mut world, Outbound, |world| ended(world, "ana")).await;
    // The queue's deduplication has forgotten them.
    world.clock.advance(Duration::from_secs(600));
    for again in [&end, &connected, &end] {
        world.accept(Outbound, again).await;
        world.drain().await;
        world.clock.advance(Duration::from_secs(600));
    }
    // The same end arrives by another way, with another time.
    take(&mut world, Outbound, |world| ended(world, "ana")).await;
    assert_eq!(told(&world), ["conversation.agentConnected", "conversation.ended"]);
}

/// Genesys' own event is still waiting for Lynn when a status question finds the same.
#[tokio::test]
async fn what_two_events_say_is_told_once() {
    let mut world = open(&json!({})).await;
    world.clock.advance(Duration::from_secs(10));
    let own = answered(&world, "ana");
    let seen = event(&world, "ana", "user.start", &json!({ "confirmed": true }));
    for event in [&own, &seen] {
        world.accept(Outbound, event).await;
    }
    world.drain().await;
    assert_eq!(told(&world), ["conversation.agentConnected"]);
    assert_eq!(body(&world.lynn_calls()[0])["sequence"], 1);
}

#[tokio::test]
async fn what_comes_too_late_changes_nothing() {
    let mut world = open(&json!({})).await;
    world.clock.advance(Duration::from_secs(10));
    let connected = answered(&world, "ana");
    take(&mut world, Outbound, |world| ended(world, "ana")).await;
    world.accept(Outbound, &connected).await;
    world.drain().await;
    assert_eq!(told(&world), ["conversation.ended"]);
    assert_eq!(world.conversation("ana").await.status, Status::Ended);
    // The message that resumes the conversation arrives before the news of the end.
    take(&mut world, Inbound, |world| says(world, "ana", "m-2", 1)).await;
    world.clock.advance(Duration::from_secs(10));
    let late = ended(&world, "ana");
    take(&mut world, Inbound, |world| says(world, "ana", "m-3", 1)).await;
    world.accept(Outbound, &late).await;
    world.drain().await;
    assert_eq!(told(&world), ["conversation.ended"]);
    assert_eq!(world.conversation("ana").await.status, Status::Open);
    assert!(world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_refusal_a_requeue_and_a_transfer_are_no_end() {
    let mut world = open(&json!({})).await;
    let acts: [fn(&World) -> QueuedEvent; 8] = [
        |world| rang(world, "ana", "p-1"),
        |world| left(world, "ana", "p-1"),
        |world| rang(world, "ana", "p-2"),
        |world| answered(world, "ana"),
        |world| left(world, "ana", "p-2"),
        |world| event(world, "ana", "acd.start", &json!({})),
        |world| rang(world, "ana", "p-3"),
        |world| answered(world, "ana"),
    ];
    for act in acts {
        take(&mut world, Outbound, act).await;
    }
    // Two agents joined, one after the other.
    assert_eq!(told(&world), ["conversation.agentConnected"; 2]);
    let conversation = world.conversation("ana").await;
    assert_eq!((conversation.status, conversation.agent_connected), (Status::Open, true));
}

#[tokio::test]
async fn a_wait_that_ends_without_an_agent_is_no_agent() {
    let mut world = open(&json!({})).await;
    take(&mut world, Outbound, |world| {
        event(world, "ana", "acd.end", &json!({ "disconnectType": "CLIENT" }))
    })
    .await;
    take(&mut world, Outbound, |world| {
        event(world, "ana", "customer.end", &json!({ "disconnectType": "CLIENT" }))
    })
    .await;
    assert_eq!(told(&world), ["conversation.ended"]);
    assert_eq!(text(&world.lynn_calls()[0], "/reason"), "customer");
}

#[tokio::test]
async fn who_was_rung_and_writes_has_answered() {
    let mut world = open(&json!({})).await;
    take(&mut world, Outbound, |world| rang(world, "ana", "p-1")).await;
    assert!(world.lynn_calls().is_empty());
    // Lynn accepts the news and fails at the message. The news is not sent again, and the message
    // is not lost.
    world.lynn([Reaction::status(200), Reaction::status(503)]);
    take(&mut world, Outbound, |world| agent_says(world, "ana", "g-1")).await;
    let calls = world.lynn_calls();
    assert_eq!(told(&world), ["conversation.agentConnected", "message", "message"]);
    let numbers: Vec<_> = calls.iter().map(|seen| body(seen)["sequence"].clone()).collect();
    assert_eq!(numbers, [1, 2, 2]);
    // Genesys reports the same answer later; that report is old.
    let mut late = answered(&world, "ana");
    if let Payload::Lifecycle(event) = &mut late.payload {
        event.at = event.at.plus_milliseconds(-30_000);
    }
    world.accept(Outbound, &late).await;
    take(&mut world, Outbound, |world| agent_says(world, "ana", "g-2")).await;
    assert_eq!(told(&world)[3..], ["message"]);
}

#[tokio::test]
async fn the_news_of_a_ring_may_come_after_the_answer() {
    let mut world = open(&json!({})).await;
    world.clock.advance(Duration::from_secs(10));
    let ring = rang(&world, "ana", "p-1");
    take(&mut world, Outbound, |world| agent_says(world, "ana", "g-1")).await;
    for _ in 0..2 {
        world.accept(Outbound, &ring).await;
        world.drain().await;
        world.clock.advance(Duration::from_secs(600));
    }
    take(&mut world, Outbound, |world| agent_says(world, "ana", "g-2")).await;
    assert_eq!(told(&world), ["message", "conversation.agentConnected", "message"]);
    assert!(world.conversation("ana").await.agent_connected);
}

#[tokio::test]
async fn a_bot_that_writes_while_an_agent_is_rung_is_no_agent() {
    let mut world = open(&json!({})).await;
    take(&mut world, Outbound, |world| rang(world, "ana", "p-1")).await;
    let says = |world: &World| {
        let body = json!({ "type": "Text", "id": "b-1", "text": "One moment", "originatingEntity": "Bot" });
        crate::events::genesys(world, "ana", DedupKey::Message("b-1".to_owned()), body)
    };
    take(&mut world, Outbound, says).await;
    assert_eq!(told(&world), ["message"]);
}

#[tokio::test]
async fn a_workflow_that_has_made_sure_is_believed() {
    let mut world = open(&json!({})).await;
    take(&mut world, Outbound, |world| {
        event(world, "ana", "user.start", &json!({ "confirmed": true }))
    })
    .await;
    assert_eq!(told(&world), ["conversation.agentConnected"]);
}

#[tokio::test]
async fn somebody_is_there_until_the_last_agent_leaves() {
    for late in [false, true] {
        let mut world = open(&json!({})).await;
        world.clock.advance(Duration::from_secs(10));
        let first = joined(&world, "ana", "p-1");
        if !late {
            world.accept(Outbound, &first).await;
        }
        take(&mut world, Outbound, |world| joined(world, "ana", "p-2")).await;
        if late {
            world.accept(Outbound, &first).await;
        }
        take(&mut world, Outbound, |world| agent_says(world, "ana", "g-1")).await;
        take(&mut world, Outbound, |world| left(world, "ana", "p-2")).await;
        assert!(world.conversation("ana").await.agent_connected, "late: {late}");
        take(&mut world, Outbound, |world| agent_says(world, "ana", "g-2")).await;
        take(&mut world, Outbound, |world| left(world, "ana", "p-1")).await;
        assert!(!world.conversation("ana").await.agent_connected);
        assert_eq!(world.conversation("ana").await.status, Status::Open);
        let connected =
            told(&world).iter().filter(|told| *told == "conversation.agentConnected").count();
        assert_eq!(connected, if late { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_flow_that_takes_the_customer_out_of_a_queue_is_no_agent() {
    let mut world = open(&json!({})).await;
    for outcome in ["FLOW_OUT", "ABANDON"] {
        let more = json!({ "disconnectType": "TRANSFER", "acdOutcome": outcome });
        take(&mut world, Outbound, |world| event(world, "ana", "acd.end", &more)).await;
    }
    assert!(told(&world).is_empty());
    let more =
        json!({ "disconnectType": "SYSTEM", "acdOutcome": "ANSWERED", "answeredUserId": "u-1" });
    take(&mut world, Outbound, |world| event(world, "ana", "acd.end", &more)).await;
    assert_eq!(told(&world), ["conversation.agentConnected"]);
}

/// An event as an endpoint without access to the table enqueues it: its contact is the one of its
/// addresses.
fn presumed(world: &World, contact: &str, more: &Value) -> QueuedEvent {
    let mut event = event(world, contact, "customer.end", more);
    if let Payload::Lifecycle(event) = &mut event.payload {
        event.presumed = true;
    }
    event
}

#[tokio::test]
async fn an_event_with_addresses_goes_in_the_order_of_its_acceptance() {
    let mut world = open(&json!({})).await;
    world.clock.advance(Duration::from_secs(10));
    let connected =
        json!({ "addressFrom": "ana", "addressTo": "integration", "acdOutcome": "ANSWERED" });
    let mut first = event(&world, "ana", "acd.end", &connected);
    if let Payload::Lifecycle(event) = &mut first.payload {
        event.presumed = true;
    }
    world.accept(Outbound, &first).await;
    world.accept(Outbound, &agent_says(&world, "ana", "g-1")).await;
    world.drain().await;
    assert_eq!(told(&world), ["conversation.agentConnected", "message"]);
    // The event comes again, also by another way.
    world.accept(Outbound, &first).await;
    world.accept(Outbound, &first.handed_to(Some(shared::ids::ContactId::new("ana")))).await;
    world.drain().await;
    assert_eq!(told(&world).len(), 2);
}

#[tokio::test]
async fn an_address_that_is_not_the_contact_costs_the_event_nothing() {
    // Genesys writes the address in its own form, so only the id leads to the conversation.
    let mut world = open(&json!({})).await;
    world.clock.advance(Duration::from_secs(10));
    let end = presumed(&world, "tel:ana", &json!({ "disconnectType": "PEER" }));
    world.accept(Outbound, &end).await;
    world.drain().await;
    assert_eq!(told(&world), ["conversation.ended"]);
    assert_eq!(text(&world.lynn_calls()[0], "/contact/id"), "ana");
    // The contact is unknown: the event is counted and ignored.
    let foreign = presumed(&world, "eva", &json!({ "conversationId": "c-9" }));
    world.accept(Outbound, &foreign).await;
    world.drain().await;
    assert_eq!(told(&world).len(), 1);
    assert!(world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn an_event_that_is_there_before_its_conversation_is_found_when_that_is() {
    let mut world = World::new(&json!({}));
    let end = presumed(&world, "ana", &json!({ "disconnectType": "PEER" }));
    world.accept(Outbound, &end).await;
    world.round().await;
    world.clock.advance(Duration::from_secs(1));
    world.accept(Inbound, &says(&world, "ana", "m-1", 1)).await;
    world.drain().await;
    let conversation = world.conversation("ana").await;
    assert_eq!(conversation.ended_at, Some(end.accepted_at));
    assert!(world.dead_letters().await.is_empty());
}

#[tokio::test]
async fn an_event_without_an_id_is_that_of_its_contact() {
    for contact in [Some("ana"), None] {
        let mut world = open(&json!({})).await;
        world.clock.advance(Duration::from_secs(10));
        let now = world.clock.now();
        let body = json!({ "topicName": "customer.end", "eventTime": now.milliseconds(), "disconnectType": "PEER",
                           "addressFrom": "ana", "addressTo": "integration" });
        let mut event = LifecycleEvent::parse(body.to_string().as_bytes(), now).unwrap();
        event.presumed = contact.is_some();
        let mut queued = queued(&world, "ana", DedupKey::from(&event), Payload::Lifecycle(event));
        queued.contact = contact.map(shared::ids::ContactId::new);
        for _ in 0..2 {
            world.accept(Outbound, &queued).await;
            world.drain().await;
            world.clock.advance(Duration::from_secs(600));
        }
        assert_eq!(told(&world), ["conversation.ended"], "{contact:?}");
        assert_eq!(body_of(&world)["conversationId"], "c-1");
    }
}

fn body_of(world: &World) -> Value {
    body(&world.lynn_calls()[0])
}

#[tokio::test]
async fn inside_the_window_the_conversation_goes_on_and_can_end_again() {
    let mut world = open(&json!({})).await;
    take(&mut world, Outbound, |world| ended(world, "ana")).await;
    take(&mut world, Inbound, |world| says(world, "ana", "m-2", 1)).await;
    let conversation = world.conversation("ana").await;
    assert_eq!((conversation.status, conversation.resumable_until), (Status::Open, None));
    take(&mut world, Outbound, |world| ended(world, "ana")).await;
    assert_eq!(told(&world), ["conversation.ended", "conversation.ended"]);
    // Each first message asks for the conversation's id.
    let asks = world.genesys_calls().iter().filter(|seen| seen.url.contains("prefetch")).count();
    assert_eq!(asks, 2);
}

#[tokio::test]
async fn without_a_window_an_end_is_the_end() {
    let mut world = open(&json!({ "genesys": { "threadingTimelineMinutes": 0 } })).await;
    take(&mut world, Outbound, |world| ended(world, "ana")).await;
    assert_eq!(body(&world.lynn_calls()[0])["resumableUntil"], Value::Null);
    // The next conversation is a new one. While its id is unknown, the old id is not used for it.
    world.genesys([Reaction::body(200, r#"{"id":"g-m-2"}"#)]);
    take(&mut world, Inbound, |world| says(world, "ana", "m-2", 1)).await;
    let conversation = world.conversation("ana").await;
    assert_eq!((conversation.status, conversation.genesys_conversation), (Status::Open, None));
    // Late news about the old conversation does not affect the new one.
    take(&mut world, Outbound, |world| {
        let mut late = ended(world, "ana");
        if let Payload::Lifecycle(event) = &mut late.payload {
            event.at = event.at.plus_milliseconds(-30_000);
        }
        late
    })
    .await;
    assert_eq!(told(&world), ["conversation.ended"]);
}

#[tokio::test]
async fn an_end_that_lynn_refuses_is_an_end_all_the_same() {
    let mut world = open(&json!({})).await;
    world.lynn([Reaction::status(400)]);
    take(&mut world, Outbound, |world| ended(world, "ana")).await;
    let conversation = world.conversation("ana").await;
    assert_eq!((conversation.status, conversation.sequence), (Status::Ended, 0));
    assert_eq!(world.dead_letters().await.len(), 1);
    // Genesys has no receiver for a notice about this event.
    assert_eq!(world.genesys_calls().len(), 1);
}

#[tokio::test]
async fn an_end_told_late_is_told_as_it_was() {
    let mut world = open(&json!({})).await;
    world.clock.advance(Duration::from_secs(10));
    world.lynn([Reaction::status(503), Reaction::status(503), Reaction::status(503)]);
    let end = ended(&world, "ana");
    world.accept(Outbound, &end).await;
    world.round().await;
    // The customer returns while Lynn is down.
    world.clock.advance(Duration::from_millis(500));
    world.accept(Inbound, &says(&world, "ana", "m-2", 1)).await;
    world.drain().await;
    let last = body(world.lynn_calls().last().unwrap());
    assert_eq!(
        (&last["type"], &last["time"]),
        (&json!("conversation.ended"), &json!(end.accepted_at.to_text()))
    );
    assert_eq!(world.conversation("ana").await.status, Status::Open);
}

/// An event that arrived over HTTP: its contact is not known yet.
fn unaddressed(world: &World, more: &Value) -> QueuedEvent {
    let mut event = event(world, "", "customer.end", more);
    event.contact = None;
    event
}

#[tokio::test]
async fn an_event_is_found_its_conversation_by_its_id() {
    let mut world = open(&json!({})).await;
    take(&mut world, Outbound, |world| unaddressed(world, &json!({}))).await;
    assert_eq!(told(&world), ["conversation.ended"]);
    assert_eq!(text(&world.lynn_calls()[0], "/contact/id"), "ana");
}

#[tokio::test]
async fn an_event_is_found_its_conversation_by_its_addresses() {
    for (from, to, found) in [
        ("ana", "integration", true),
        ("integration", "ana", true),
        ("ana", "another-integration", false),
        ("eva", "integration", false),
    ] {
        let mut world = World::new(&json!({}));
        // Genesys' answer names no conversation, or another one.
        let answer =
            if found { r#"{"id":"g-1"}"# } else { r#"{"id":"g-1","conversationId":"c-0"}"# };
        world.genesys([Reaction::body(200, answer)]);
        take(&mut world, Inbound, |world| says(world, "ana", "m-1", 1)).await;
        let addresses = json!({ "addressFrom": from, "addressTo": to });
        let event = take(&mut world, Outbound, |world| unaddressed(world, &addresses)).await;
        assert_eq!(told(&world).len(), usize::from(found), "{from} {to}");
        if !found {
            // The sender searched for the conversation for a while.
            assert!(world.clock.now().since(event.accepted_at) >= 3_000);
        }
        assert!(world.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn an_agent_who_is_first_is_known_whatever_becomes_of_the_message() {
    for (policy, delivered) in [("webhook", 1), ("fail", 0)] {
        let mut world = World::new(&json!({ "lynn": { "quietSession": policy } }));
        let says = |world: &World| {
            let body = json!({ "type": "Text", "id": "g-1", "text": "Your parcel", "conversationId": "c-7",
                               "originatingEntity": "Human" });
            crate::events::genesys(world, "ana", DedupKey::Message("g-1".to_owned()), body)
        };
        take(&mut world, Outbound, says).await;
        assert_eq!(world.lynn_calls().len(), delivered);
        let conversation = world.conversation("ana").await;
        assert_eq!(conversation.status, Status::Open);
        assert_eq!(conversation.genesys_conversation.unwrap().as_str(), "c-7");
        // The customer's answer goes into that conversation, so its id need not be asked for.
        take(&mut world, Inbound, |world| crate::events::says(world, "ana", "m-1", 1)).await;
        assert!(!world.genesys_calls().last().unwrap().url.contains("prefetch"));
    }
}

#[tokio::test]
async fn a_customer_who_leaves_ends_the_conversation_and_lynn_is_told_once() {
    let mut world = open(&json!({ "lynn": { "onSessionEnded": "disconnect" } })).await;
    take(&mut world, Inbound, |world| crate::events::session_ended(world, "ana", "s-1")).await;
    assert_eq!(told(&world), ["conversation.ended"]);
    assert_eq!(text(&world.lynn_calls()[0], "/reason"), "customer");
    assert_eq!(body(&world.lynn_calls()[0])["session"]["active"], false);
    assert_eq!(world.conversation("ana").await.status, Status::Ended);
    // Genesys reports the same a moment later.
    take(&mut world, Outbound, |world| ended(world, "ana")).await;
    assert_eq!(told(&world), ["conversation.ended"]);
}

#[tokio::test]
async fn a_conversation_without_a_known_id_is_looked_up_before_it_is_ended() {
    let mut world = World::new(&json!({ "lynn": { "onSessionEnded": "disconnect" } }));
    world.genesys([
        Reaction::body(200, r#"{"id":"g-1"}"#),
        Reaction::body(200, r#"{"id":"g-1","conversationId":"c-9"}"#),
    ]);
    take(&mut world, Inbound, |world| says(world, "ana", "m-1", 1)).await;
    take(&mut world, Inbound, |world| crate::events::session_ended(world, "ana", "s-1")).await;
    let urls: Vec<_> = world.genesys_calls().iter().map(|seen| seen.url.clone()).collect();
    assert!(urls[1].ends_with("/conversations/messages/g-1/details"), "{urls:?}");
    assert!(urls[2].ends_with("/conversations/messages/c-9"), "{urls:?}");
    assert_eq!(text(&world.lynn_calls()[0], "/conversationId"), "c-9");
}

#[tokio::test]
async fn what_was_learned_before_a_death_is_told_after_it() {
    let mut world = open(&json!({})).await;
    for death in 0..12 {
        world.clock.advance(Duration::from_secs(10));
        let end = ended(&world, "ana");
        world.accept(Outbound, &end).await;
        world.deaths.push_back(Some(death));
        world.drain().await;
        let number = death + 2;
        take(&mut world, Inbound, |world| says(world, "ana", &format!("m-{number}"), 1)).await;
    }
    let mut ends = texts(&world.lynn_calls(), "/time");
    ends.dedup();
    assert_eq!(ends.len(), 12);
    let last = body(world.lynn_calls().last().unwrap());
    assert_eq!(last["sequence"], 12);
    assert_eq!(Timestamp::parse(&ends[11]).map(Timestamp::to_text).as_ref(), Some(&ends[11]));
}
