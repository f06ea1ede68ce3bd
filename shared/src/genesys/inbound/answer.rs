//! What Genesys answers to an inbound call.
//!
//! Rule: reading an answer never fails. The call's HTTP status decides; a body that cannot be read is an empty one.

use serde_json::Value;

use crate::genesys::object::{object, text};
use crate::genesys::outbound::ReceiptStatus;
use crate::ids::{GenesysConversationId, GenesysMessageId};
use crate::wire::debug_shows;

/// The body of a 2xx answer, as far as it is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AcceptedMessage {
    /// Genesys' id of what was sent.
    pub id: Option<GenesysMessageId>,
    /// The conversation; of a message only, and only with `prefetchConversationId=true`.
    pub conversation_id: Option<GenesysConversationId>,
    /// Of a receipt: `Failed` here means that Genesys refused it in spite of the 2xx.
    pub status: Option<ReceiptStatus>,
}

impl AcceptedMessage {
    /// Reads the body; what it does not say is `None`.
    pub fn parse(bytes: &[u8]) -> Self {
        let body = object(bytes);
        Self {
            id: text(&body, "id").map(GenesysMessageId::new),
            conversation_id: text(&body, "conversationId").map(GenesysConversationId::new),
            status: text(&body, "status").map(|status| ReceiptStatus::parse(&status)),
        }
    }
}

/// The body of an error (`ErrorBody`), as far as it is there. `Debug` hides the messages: they may quote what was sent.
#[derive(Clone, Default, PartialEq)]
pub struct ErrorBody {
    /// A sentence for a human.
    pub message: Option<String>,
    /// Such as `bad.request`, `not.found`, `too.many.requests`.
    pub code: Option<String>,
    /// Genesys' support asks for it.
    pub context_id: Option<String>,
    /// The messages of the errors inside.
    pub errors: Vec<String>,
    /// Which limit was exceeded, of a 429.
    pub limit: Option<ErrorLimit>,
}

debug_shows!(ErrorBody: code, context_id, limit);

/// A limit that was exceeded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorLimit {
    /// Such as `client.credentials.token.rate.per.minute`.
    pub key: Option<String>,
    /// Such as `platform.api`.
    pub namespace: Option<String>,
    /// The limit itself.
    pub value: Option<String>,
}

impl ErrorBody {
    /// Reads the body; what it does not say is missing.
    pub fn parse(bytes: &[u8]) -> Self {
        let body = object(bytes);
        Self {
            message: text(&body, "message"),
            code: text(&body, "code"),
            context_id: text(&body, "contextId"),
            errors: body
                .get("errors")
                .and_then(Value::as_array)
                .map_or_else(Vec::new, |errors| errors.iter().filter_map(error_message).collect()),
            limit: body.get("limit").and_then(Value::as_object).map(|limit| ErrorLimit {
                key: text(limit, "key"),
                namespace: text(limit, "namespace"),
                value: text(limit, "value"),
            }),
        }
    }
}

fn error_message(error: &Value) -> Option<String> {
    match error {
        Value::Object(error) => text(error, "message"),
        Value::String(message) => Some(message.clone()),
        _ => None,
    }
}
