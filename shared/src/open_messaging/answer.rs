//! The answer to an accepted request, in Genesys' response shape: the caller's fields, and what
//! Genesys adds to them.

use serde_json::{Map, Value, json};

use crate::ids::{GenesysConversationId, GenesysIntegrationId};
use crate::lynn::inbound::{InboundEvent, InboundKind, OpenRequest, OpenResource};
use crate::time::Timestamp;

/// The fields of a request that come back.
const ECHOED: [&str; 9] = [
    "text",
    "content",
    "metadata",
    "originatingMessageId",
    "buttonResponse",
    "events",
    "status",
    "isFinalReceipt",
    "reasons",
];

/// The answer with the id by which receipts name the message.
pub fn accepted(
    event: &InboundEvent,
    integration: &GenesysIntegrationId,
    conversation: Option<&GenesysConversationId>,
    now: Timestamp,
) -> Value {
    let resource = event.open.as_ref().map_or(OpenResource::Message, |open| open.resource);
    let fields = event.open.as_ref().map(OpenRequest::fields).unwrap_or_default();
    let (kind, direction) = match resource {
        OpenResource::Message => ("Text", "Inbound"),
        OpenResource::StructuredResponse => ("Structured", "Inbound"),
        OpenResource::Event => ("Event", "Inbound"),
        OpenResource::Receipt => ("Receipt", "Outbound"),
    };
    let id = match &event.kind {
        InboundKind::Receipt(receipt) => receipt.message_id.as_str(),
        _ => event.id.as_str(),
    };
    let mut answer = Map::new();
    answer.insert("id".to_owned(), json!(id));
    answer.insert("channel".to_owned(), channel(&fields, event, integration, now));
    answer.insert("type".to_owned(), json!(kind));
    answer.insert("direction".to_owned(), json!(direction));
    for key in ECHOED {
        if let Some(value) = fields.get(key) {
            answer.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(conversation) = conversation {
        answer.insert("conversationId".to_owned(), json!(conversation));
    }
    Value::Object(answer)
}

fn channel(
    fields: &Map<String, Value>,
    event: &InboundEvent,
    integration: &GenesysIntegrationId,
    now: Timestamp,
) -> Value {
    let contact =
        || json!({ "id": event.contact.id, "idType": event.contact.id_type.genesys_word() });
    let own = json!({ "id": integration });
    let is_receipt = matches!(event.kind, InboundKind::Receipt(_));
    let from = fields.get("channel").and_then(|channel| channel.get("from")).cloned();
    let (to, from) =
        if is_receipt { (contact(), own) } else { (own, from.unwrap_or_else(contact)) };
    let mut channel = json!({
        "id": integration,
        "platform": "Open",
        "type": "Private",
        "to": to,
        "from": from,
        "time": event.time.unwrap_or(now).to_text(),
    });
    if matches!(event.kind, InboundKind::Message(_)) {
        channel["messageId"] = json!(event.id);
    }
    channel
}
