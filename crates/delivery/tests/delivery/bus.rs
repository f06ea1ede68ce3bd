//! Events of the event bus: they are enqueued for their conversation, or counted and ignored, or
//! brought again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use genesys_events::GenesysEvents;
use serde_json::{Value, json};
use shared::ids::TraceId;
use shared::ports::Direction::{Inbound, Outbound};
use shared::ports::{Clock as _, PortError, Queue, Store};
use testing::Reaction;

use crate::events::{says, text, texts};
use crate::trouble::{Fault, TroubledStore};
use crate::world::World;

fn function(world: &World) -> GenesysEvents {
    GenesysEvents {
        store: Arc::new(TroubledStore(Arc::clone(&world.store), Arc::clone(&world.trouble)))
            as Arc<dyn Store>,
        queue: Arc::clone(&world.queue) as Arc<dyn Queue>,
        clock: Arc::clone(&world.clock) as _,
    }
}

fn event(world: &World, body: &Value) -> Bytes {
    let mut event = json!({
        "version": "0", "detail-type": "v2.detail.events.conversation.{id}.customer.end",
        "source": "aws.partner/genesys.com/cloud/o-1/lynn", "time": world.clock.now().to_text(),
        "detail": { "topicName": "v2.detail.events.conversation.{id}.customer.end", "eventBody": {
            "eventTime": world.clock.now().milliseconds(), "conversationId": "c-1", "mediaType": "MESSAGE",
            "messageType": "OPEN", "disconnectType": "PEER" } },
    });
    for (key, value) in body.as_object().unwrap() {
        event["detail"]["eventBody"][key] = value.clone();
    }
    Bytes::from(event.to_string())
}

async fn handle(world: &World, event: Bytes) -> Result<(), PortError> {
    function(world).handle(&event, TraceId::new("trace")).await
}

async fn talking(answer: &str) -> World {
    let mut world = World::new(&json!({}));
    world.genesys([Reaction::body(200, answer.to_owned())]);
    world.accept(Inbound, &says(&world, "ana", "m-1", 1)).await;
    world.drain().await;
    world.clock.advance(Duration::from_secs(10));
    world
}

#[tokio::test]
async fn an_event_is_enqueued_in_the_order_of_its_conversation() {
    let mut world = talking(r#"{"id":"g-1","conversationId":"c-1"}"#).await;
    let end = event(&world, &json!({}));
    handle(&world, end.clone()).await.unwrap();
    handle(&world, end).await.unwrap();
    world.drain().await;
    assert_eq!(texts(&world.lynn_calls(), "/type"), ["conversation.ended"]);
    assert_eq!(text(&world.lynn_calls()[0], "/contact/id"), "ana");
}

#[tokio::test]
async fn a_conversation_without_a_known_id_is_found_by_its_addresses() {
    for (from, to) in [("ana", "integration"), ("integration", "ana")] {
        let mut world = talking(r#"{"id":"g-1"}"#).await;
        let end = event(&world, &json!({ "addressFrom": from, "addressTo": to }));
        handle(&world, end).await.unwrap();
        world.drain().await;
        assert_eq!(texts(&world.lynn_calls(), "/type"), ["conversation.ended"]);
        assert_eq!(text(&world.lynn_calls()[0], "/conversationId"), "c-1");
    }
}

#[tokio::test]
async fn what_is_not_ours_is_left() {
    let mut world = talking(r#"{"id":"g-1","conversationId":"c-1"}"#).await;
    let began = world.clock.now();
    for body in [
        json!({ "conversationId": "c-2" }),
        json!({ "conversationId": "c-2", "addressFrom": "ana", "addressTo": "integration" }),
        json!({ "mediaType": "VOICE" }),
    ] {
        let event = event(&world, &body);
        handle(&world, event).await.unwrap();
    }
    for bytes in ["", "{", "[]", "null", "{}", r#"{"detail":5}"#] {
        handle(&world, Bytes::from_static(bytes.as_bytes())).await.unwrap();
    }
    world.drain().await;
    assert!(world.sent(Outbound).is_empty());
    // The function searches for a while for the unknown conversation of a fresh event. It does not
    // search for the other events.
    assert_eq!(world.clock.now().since(began), 4_000);
}

#[tokio::test]
async fn an_event_that_overtakes_the_answer_is_found_a_moment_later() {
    let world = World::new(&json!({}));
    let end = event(&world, &json!({}));
    let function = function(&world);
    let handling = function.handle(&end, TraceId::new("trace"));
    let answering = async {
        tokio::task::yield_now().await;
        let key = shared::ids::ConversationKey::new(
            shared::ids::IntegrationName::new("support"),
            shared::ids::ContactId::new("ana"),
        );
        let change = shared::ports::Change::Put {
            body: "{}".to_owned(),
            expires_at: None,
            index: Some("genesys#c-1".to_owned()),
            due: None,
        };
        let write = shared::ports::Write {
            key: shared::ports::ItemKey::state(&key),
            expected: shared::ports::Expected::Absent,
            change,
        };
        world.store.write(&[write]).await.unwrap();
    };
    let (handled, ()) = futures_util::future::join(handling, answering).await;
    handled.unwrap();
    assert_eq!(world.sent(Outbound).len(), 1);
}

#[tokio::test]
async fn an_event_that_could_not_be_taken_comes_again() {
    // First the store fails, then the queue.
    for calls_before in 0..2 {
        let world = talking(r#"{"id":"g-1","conversationId":"c-1"}"#).await;
        let mut faults = vec![Fault::None; calls_before];
        faults.push(Fault::Before);
        world.trouble.faults.lock().unwrap().extend(faults);
        let end = event(&world, &json!({}));
        assert!(handle(&world, end.clone()).await.is_err());
        handle(&world, end).await.unwrap();
        assert_eq!(world.sent(Outbound).len(), 1);
    }
}
