//! Calls of the Genesys API in the words of a client that speaks Open Messaging itself.
//!
//! Rule: the client's fields are relayed, also those that the bridge does not know. The bridge sets
//! what its own promises need: the id and the time of a message, and what Genesys requires and the
//! client left out. It leaves out the fields that only Genesys' answers have: some clients send
//! them, and no request takes them.

use serde_json::{Map, Value, json};
use shared::lynn::inbound::{InboundEvent, OpenRequest, OpenResource};
use shared::time::Timestamp;

use super::inbound::{InboundCall, InboundPart, Origin};
use super::relayed_call::RelayedCall;

/// The fields of the whole body and of its channel that only answers have. Source: the models
/// `OpenInbound…` and `Open…NormalizedMessage` of Genesys' SDKs.
const OF_ANSWERS: [(OpenResource, &[&str], &[&str]); 4] = [
    (OpenResource::Message, &["id", "type", "direction"], &["id", "platform", "type", "to"]),
    (
        OpenResource::StructuredResponse,
        &["id", "type", "direction", "text", "content", "metadata"],
        &["id", "platform", "type", "to"],
    ),
    (
        OpenResource::Event,
        &["id", "type", "direction"],
        &["id", "platform", "type", "to", "messageId", "metadata"],
    ),
    (
        OpenResource::Receipt,
        &["type", "direction"],
        &["id", "platform", "type", "from", "messageId", "metadata"],
    ),
];

/// The call of a message or of an answer to choices. It is never divided.
pub fn relayed_message(
    event: &InboundEvent,
    request: &OpenRequest,
    time: Timestamp,
) -> InboundPart {
    let mut body = fields(request);
    set_contact(&mut body, "from", event);
    let channel = channel(&mut body);
    channel["messageId"] = json!(event.id);
    channel["time"] = json!(time.to_text());
    let is_answer = request.resource == OpenResource::StructuredResponse;
    let fallback = is_answer.then(|| as_text(&body)).flatten();
    InboundPart {
        message_id: event.id.to_string(),
        time,
        call: InboundCall::Relayed(RelayedCall { resource: request.resource, body }),
        fallback,
        origin: if is_answer { Origin::Reply } else { Origin::Text },
    }
}

/// The call of typing, at this time.
pub fn relayed_typing(event: &InboundEvent, request: &OpenRequest, time: Timestamp) -> InboundCall {
    let mut body = fields(request);
    set_contact(&mut body, "from", event);
    channel(&mut body)["time"] = json!(time.to_text());
    // An event of the answers also says how long the customer types.
    body.insert("events".to_owned(), json!([{ "eventType": "Typing" }]));
    InboundCall::Relayed(RelayedCall { resource: request.resource, body })
}

/// The call of a receipt. `time` is for a receipt without a time of its own.
pub fn relayed_receipt(
    event: &InboundEvent,
    request: &OpenRequest,
    time: Timestamp,
) -> InboundCall {
    let mut body = fields(request);
    set_contact(&mut body, "to", event);
    let channel = channel(&mut body);
    if event.time.is_none() {
        channel["time"] = json!(time.to_text());
    }
    InboundCall::Relayed(RelayedCall { resource: request.resource, body })
}

/// The chosen text as a message of the customer: Genesys accepts an answer to choices only inside
/// a conversation.
fn as_text(body: &Map<String, Value>) -> Option<InboundCall> {
    let text = body.get("buttonResponse")?.get("text")?.clone();
    let mut message = Map::new();
    message.insert("channel".to_owned(), body.get("channel")?.clone());
    message.insert("text".to_owned(), text);
    let resource = OpenResource::Message;
    Some(InboundCall::Relayed(RelayedCall { resource, body: message }))
}

/// The body without the fields of answers.
fn fields(request: &OpenRequest) -> Map<String, Value> {
    let mut body = request.fields();
    let left_out = OF_ANSWERS.iter().filter(|(resource, ..)| *resource == request.resource);
    for (_, of_body, of_channel) in left_out {
        body.retain(|key, _| !of_body.contains(&key.as_str()));
        if let Some(channel) = body.get_mut("channel").and_then(Value::as_object_mut) {
            channel.retain(|key, _| !of_channel.contains(&key.as_str()));
        }
    }
    body
}

/// Sets the id of the customer, and the type of the id, which clients write in any case.
fn set_contact(body: &mut Map<String, Value>, end: &str, event: &InboundEvent) {
    let contact = &event.contact;
    let channel = channel(body);
    if !channel.get(end).is_some_and(Value::is_object) {
        channel[end] = json!({});
    }
    channel[end]["id"] = json!(contact.id);
    channel[end]["idType"] = json!(contact.id_type.genesys_word());
}

/// An accepted body has a channel.
fn channel(body: &mut Map<String, Value>) -> &mut Value {
    let channel = body.entry("channel").or_insert_with(|| json!({}));
    if !channel.is_object() {
        *channel = json!({});
    }
    channel
}

#[cfg(test)]
mod tests {
    use shared::ids::LynnEventId;
    use shared::open_messaging;

    use super::*;

    fn read(resource: OpenResource, body: &Value) -> InboundEvent {
        let new_id = || LynnEventId::new("new");
        open_messaging::read(resource, body.to_string().as_bytes(), new_id).unwrap()
    }

    fn time() -> Timestamp {
        Timestamp::parse("2026-03-04T05:06:08.000Z").unwrap()
    }

    #[test]
    fn a_message_keeps_what_the_bridge_does_not_know() {
        let body = json!({
            "id": "g", "type": "Text", "direction": "Inbound", "text": "<b>Hi</b>", "later": { "x": [1.5] },
            "channel": { "id": "i", "platform": "Open", "to": { "id": "i" }, "messageId": "m-1", "from": { "id": "ana", "idType": "phone", "pronoun": "she" },
                         "time": "2020-01-01T00:00:00Z", "metadata": { "customAttributes": { "a": "b" } } },
        });
        let event = read(OpenResource::Message, &body);
        let part = relayed_message(&event, event.open.as_ref().unwrap(), time());
        let expected = json!({
            "text": "<b>Hi</b>", "later": { "x": [1.5] },
            "channel": { "messageId": "m-1", "from": { "id": "ana", "idType": "Phone", "pronoun": "she" },
                         "time": "2026-03-04T05:06:08.000Z", "metadata": { "customAttributes": { "a": "b" } } },
        });
        assert_eq!(serde_json::to_value(&part.call).unwrap(), expected);
        assert_eq!((part.message_id.as_str(), part.fallback), ("m-1", None));
        assert!(!format!("{:?}", part.call).contains("Hi"));
    }

    #[test]
    fn a_choice_has_its_text_in_reserve() {
        let body = json!({
            "channel": { "from": { "id": "ana" } }, "originatingMessageId": "g-1",
            "buttonResponse": { "type": "Button", "text": "Yes", "payload": "yes" },
        });
        let event = read(OpenResource::StructuredResponse, &body);
        let part = relayed_message(&event, event.open.as_ref().unwrap(), time());
        let fallback = serde_json::to_value(part.fallback.unwrap()).unwrap();
        let channel = json!({ "from": { "id": "ana", "idType": "Opaque" }, "messageId": "new",
                              "time": "2026-03-04T05:06:08.000Z" });
        assert_eq!(fallback, json!({ "channel": channel, "text": "Yes" }));
    }

    #[test]
    fn a_receipt_names_its_customer_where_genesys_looks() {
        let body = json!({ "id": "g-1", "status": "Sent", "channel": { "from": { "id": "ana" } } });
        let event = read(OpenResource::Receipt, &body);
        let call = relayed_receipt(&event, event.open.as_ref().unwrap(), time());
        let expected = json!({ "id": "g-1", "status": "Sent", "channel": {
            "to": { "id": "ana", "idType": "Opaque" }, "time": "2026-03-04T05:06:08.000Z" } });
        assert_eq!(serde_json::to_value(&call).unwrap(), expected);
        let typing = json!({ "channel": { "messageId": "t", "from": { "id": "ana" } },
            "events": [{ "eventType": "Typing", "typing": { "type": "On", "duration": 5000 } }] });
        let event = read(OpenResource::Event, &typing);
        let call = relayed_typing(&event, event.open.as_ref().unwrap(), time());
        let channel = json!({ "from": { "id": "ana", "idType": "Opaque" }, "time": "2026-03-04T05:06:08.000Z" });
        let expected = json!({ "channel": channel, "events": [{ "eventType": "Typing" }] });
        assert_eq!(serde_json::to_value(&call).unwrap(), expected);
    }
}
