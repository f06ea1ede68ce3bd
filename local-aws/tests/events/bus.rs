//! The EventBridge events: those of Genesys Cloud, and that of the schedule.

use serde_json::{Value, json};

use super::MOMENT;

/// [`MOMENT`] as EventBridge writes it.
const TIME: &str = "2026-11-22T10:00:00Z";
const SOURCE: &str = "aws.partner/genesys.com/cloud/00000000-0000-0000-0000-000000000000/local";
/// A conversation that no stack knows.
const CONVERSATION: &str = "00000000-0000-0000-0000-000000000001";

/// An Open Messaging conversation has ended: the agent closed it.
pub(super) fn customer_ended() -> Value {
    open_messaging("customer.end", &json!({ "disconnectType": "PEER" }))
}

/// The conversation no longer waits: an agent has answered.
pub(super) fn agent_answered() -> Value {
    open_messaging("acd.end", &json!({ "disconnectType": "TRANSFER" }))
}

/// A voice call has ended. The rule filters such events; the function ignores them too.
pub(super) fn a_call() -> Value {
    let body = json!({
        "mediaType": "VOICE", "disconnectType": "CLIENT", "direction": "INBOUND",
        "ani": "tel:+5215512345678", "dnis": "tel:+5215587654321",
    });
    genesys("customer.end", &body)
}

/// The event of the schedule, which runs every minute.
pub(super) fn scheduled() -> Value {
    event(
        "Scheduled Event",
        "aws.events",
        &json!(["arn:aws:events:us-east-1:123456789012:rule/bridge-look"]),
        &json!({}),
    )
}

fn open_messaging(topic: &str, more: &Value) -> Value {
    let mut body = json!({
        "mediaType": "MESSAGE", "messageType": "OPEN", "direction": "INBOUND", "provider": "PureCloud Messaging",
        "addressFrom": "nobody", "addressTo": "00000000-0000-0000-0000-000000000002",
    });
    merge(&mut body, more);
    genesys(topic, &body)
}

/// An event of a topic, with the fields that all topics have.
fn genesys(topic: &str, more: &Value) -> Value {
    let mut body = json!({
        "eventTime": MOMENT, "conversationId": CONVERSATION,
        "participantId": "00000000-0000-0000-0000-000000000003",
        "sessionId": "00000000-0000-0000-0000-000000000004",
    });
    merge(&mut body, more);
    let detail = json!({
        "topicName": format!("v2.detail.events.conversation.{CONVERSATION}.{topic}"),
        "version": "2",
        "timestamp": TIME,
        "eventBody": body,
        "metadata": { "CorrelationId": "00000000-0000-0000-0000-000000000005" },
    });
    let name = format!("v2.detail.events.conversation.{{id}}.{topic}");
    event(&name, SOURCE, &json!([]), &detail)
}

fn merge(body: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
}

/// An event as EventBridge sends it.
fn event(name: &str, source: &str, resources: &Value, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000006",
        "detail-type": name,
        "source": source,
        "account": "123456789012",
        "time": TIME,
        "region": "us-east-1",
        "resources": resources,
        "detail": detail,
    })
}
