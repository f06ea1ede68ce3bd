//! Genesys Cloud's events about a conversation, from the event bus of the stack to Lynn.

use serde_json::{Value, json};
use shared::time::Timestamp;

use crate::harness::{Harness, Setup, each};
use crate::people::ENDED;

/// The event's detail type in EventBridge.
pub(super) const TOPIC: &str = "v2.detail.events.conversation.{id}.customer.end";
/// How long a conversation can be resumed by default, in milliseconds.
const RESUMABLE: i64 = 72 * 60 * 60 * 1000;

/// The detail of the event that a contact's conversation ended at this time, in milliseconds.
pub(super) fn ended(harness: &Harness, contact: &str, at: i64) -> Value {
    let conversation = harness.genesys.conversation_id(contact).expect("a conversation");
    json!({
        "topicName": format!("v2.detail.events.conversation.{conversation}.customer.end"), "version": "2",
        "eventBody": {
            "eventTime": at, "conversationId": conversation, "participantId": "p-1", "sessionId": "s-1",
            "disconnectType": "PEER", "mediaType": "MESSAGE", "messageType": "OPEN", "direction": "INBOUND",
            "addressFrom": contact, "addressTo": harness.genesys.options().integration_id,
        },
    })
}

/// Puts an event on the stack's bus. On AWS only Genesys can; the emulator accepts it from any
/// source whose name does not start with `aws`.
async fn put(harness: &Harness, detail: &Value) {
    let entry = json!({
        "EventBusName": harness.stack().output("GenesysEventBus"), "Source": "genesys.simulated",
        "DetailType": TOPIC, "Detail": detail.to_string(),
    });
    harness.stack().ask("AWSEvents.PutEvents", &json!({ "Entries": [entry] })).await;
}

/// A message of two hours ago, so that its conversation is already quiet.
async fn said_long_ago(harness: &Harness) {
    let message = json!({
        "type": "message", "id": "m-1", "contact": { "id": "ana" },
        "session": { "id": "session-ana", "channel": "web" }, "text": "Hello",
    });
    harness.post(message).await;
    harness.accepted("ana", 1).await;
    harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    harness.ages("ana", 120).await;
}

#[tokio::test]
async fn the_schedule_finds_an_end_that_nobody_told() {
    let harness = Harness::start().await;
    said_long_ago(&harness).await;
    harness.genesys.end_conversation("ana");
    harness.stack().invoke("ConversationSchedulerFunction", "{}".to_owned()).await;
    assert_eq!(harness.heard_once("ana", ENDED).await["reason"], "agent");
    harness.end();
}

#[tokio::test]
async fn the_schedule_ends_a_conversation_whose_session_timed_out() {
    let setup = Setup::new().config(|integration| {
        integration["lynn"]["onSessionEnded"] = json!("disconnect");
    });
    let setup = setup.config(|integration| {
        integration["lynn"]["sessionTimeoutMinutes"] = json!(60);
    });
    let harness = setup.start().await;
    said_long_ago(&harness).await;
    harness.stack().invoke("ConversationSchedulerFunction", "{}".to_owned()).await;
    harness.closed("ana").await;
    assert_eq!(harness.heard_once("ana", ENDED).await["reason"], "customer");
    harness.end();
}

/// The time, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    i64::try_from(now.as_millis()).expect("a time of this age")
}

#[tokio::test]
async fn the_end_of_a_conversation_reaches_lynn_once() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let at = now();
    let detail = ended(&harness, "ana", at);
    put(&harness, &detail).await;
    let heard = harness.heard("ana", 1).await;
    assert_eq!(heard[0]["type"], "conversation.ended");
    assert_eq!(heard[0]["reason"], "agent");
    let until = Timestamp::from_milliseconds(at + RESUMABLE).to_text();
    assert_eq!(heard[0]["resumableUntil"], until);
    assert_eq!(harness.conversation("ana").await["resumableUntil"], until);

    // EventBridge may deliver an event twice. The second time goes around the bus, so that the
    // event is queued together with the agent's message.
    let again = json!({ "version": "0", "detail-type": TOPIC, "detail": detail });
    let answer = harness.stack().invoke("GenesysEventsFunction", again.to_string()).await;
    assert_eq!(answer, Value::Null);
    harness.agent("ana", "One more thing").await;
    let heard = harness.heard("ana", 2).await;
    assert_eq!(each(&heard, "/type"), ["conversation.ended", "message"]);
    assert_eq!(each(&heard, "/sequence"), [1, 2]);
    harness.end();
}
