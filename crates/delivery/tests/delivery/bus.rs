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
use crate::fault_injection::{Fault, FaultyStore};
use crate::harness::Harness;

fn function(harness: &Harness) -> GenesysEvents {
    GenesysEvents {
        store: Arc::new(FaultyStore(
            Arc::clone(&harness.memory),
            Arc::clone(&harness.fault_injector),
        )) as Arc<dyn Store>,
        queue: Arc::clone(&harness.queue) as Arc<dyn Queue>,
        clock: Arc::clone(&harness.clock) as _,
    }
}

fn event(harness: &Harness, body: &Value) -> Bytes {
    let mut event = json!({
        "version": "0", "detail-type": "v2.detail.events.conversation.{id}.customer.end",
        "source": "aws.partner/genesys.com/cloud/o-1/lynn", "time": harness.clock.now().to_text(),
        "detail": { "topicName": "v2.detail.events.conversation.{id}.customer.end", "eventBody": {
            "eventTime": harness.clock.now().milliseconds(), "conversationId": "c-1", "mediaType": "MESSAGE",
            "messageType": "OPEN", "disconnectType": "PEER" } },
    });
    for (key, value) in body.as_object().unwrap() {
        event["detail"]["eventBody"][key] = value.clone();
    }
    Bytes::from(event.to_string())
}

async fn handle(harness: &Harness, event: Bytes) -> Result<(), PortError> {
    function(harness).handle(&event, TraceId::new("trace")).await
}

async fn talking(answer: &str) -> Harness {
    let mut harness = Harness::new(&json!({}));
    harness.genesys([Reaction::body(200, answer.to_owned())]);
    harness.accept(Inbound, &says(&harness, "ana", "m-1", 1)).await;
    harness.drain().await;
    harness.clock.advance(Duration::from_secs(10));
    harness
}

#[tokio::test]
async fn an_event_is_enqueued_in_the_order_of_its_conversation() {
    let mut harness = talking(r#"{"id":"g-1","conversationId":"c-1"}"#).await;
    let end = event(&harness, &json!({}));
    handle(&harness, end.clone()).await.unwrap();
    handle(&harness, end).await.unwrap();
    harness.drain().await;
    assert_eq!(texts(&harness.lynn_calls(), "/type"), ["conversation.ended"]);
    assert_eq!(text(&harness.lynn_calls()[0], "/contact/id"), "ana");
}

#[tokio::test]
async fn a_conversation_without_a_known_id_is_found_by_its_addresses() {
    for (from, to) in [("ana", "integration"), ("integration", "ana")] {
        let mut harness = talking(r#"{"id":"g-1"}"#).await;
        let end = event(&harness, &json!({ "addressFrom": from, "addressTo": to }));
        handle(&harness, end).await.unwrap();
        harness.drain().await;
        assert_eq!(texts(&harness.lynn_calls(), "/type"), ["conversation.ended"]);
        assert_eq!(text(&harness.lynn_calls()[0], "/conversationId"), "c-1");
    }
}

#[tokio::test]
async fn what_is_not_ours_is_left() {
    let mut harness = talking(r#"{"id":"g-1","conversationId":"c-1"}"#).await;
    let began = harness.clock.now();
    for body in [
        json!({ "conversationId": "c-2" }),
        json!({ "conversationId": "c-2", "addressFrom": "ana", "addressTo": "integration" }),
        json!({ "mediaType": "VOICE" }),
    ] {
        let event = event(&harness, &body);
        handle(&harness, event).await.unwrap();
    }
    for bytes in ["", "{", "[]", "null", "{}", r#"{"detail":5}"#] {
        handle(&harness, Bytes::from_static(bytes.as_bytes())).await.unwrap();
    }
    harness.drain().await;
    assert!(harness.sent(Outbound).is_empty());
    // The function searches for a while for the unknown conversation of a fresh event. It does not
    // search for the other events.
    assert_eq!(harness.clock.now().since(began), 4_000);
}

#[tokio::test]
async fn an_event_that_overtakes_the_answer_is_found_a_moment_later() {
    let harness = Harness::new(&json!({}));
    let end = event(&harness, &json!({}));
    let function = function(&harness);
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
        harness.store.write(&[write]).await.unwrap();
    };
    let (handled, ()) = futures_util::future::join(handling, answering).await;
    handled.unwrap();
    assert_eq!(harness.sent(Outbound).len(), 1);
}

#[tokio::test]
async fn an_event_that_could_not_be_taken_comes_again() {
    // First the store fails, then the queue.
    for calls_before in 0..2 {
        let harness = talking(r#"{"id":"g-1","conversationId":"c-1"}"#).await;
        let mut faults = vec![Fault::None; calls_before];
        faults.push(Fault::Before);
        harness.fault_injector.faults.lock().unwrap().extend(faults);
        let end = event(&harness, &json!({}));
        assert!(handle(&harness, end.clone()).await.is_err());
        handle(&harness, end).await.unwrap();
        assert_eq!(harness.sent(Outbound).len(), 1);
    }
}
