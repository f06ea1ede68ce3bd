//! Parses Genesys' answers to inbound calls.
//!
//! Rule: parsing never fails. The HTTP status decides; a body that cannot be parsed counts as
//! empty.

use crate::genesys::object::{object, text};
use crate::genesys::outbound::ReceiptStatus;
use crate::ids::{GenesysConversationId, GenesysMessageId};
use crate::wire::debug_shows;

/// The body of a 2xx answer; any field may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AcceptedMessage {
    /// Genesys' id of the message, event or receipt.
    pub id: Option<GenesysMessageId>,
    /// Only for messages, and only with `prefetchConversationId=true`.
    pub conversation_id: Option<GenesysConversationId>,
    /// For a receipt, `Failed` means that Genesys refused it despite the 2xx.
    pub status: Option<ReceiptStatus>,
}

impl AcceptedMessage {
    pub fn parse(bytes: &[u8]) -> Self {
        let body = object(bytes);
        Self {
            id: text(&body, "id").map(GenesysMessageId::new),
            conversation_id: text(&body, "conversationId").map(GenesysConversationId::new),
            status: text(&body, "status").map(|status| ReceiptStatus::parse(&status)),
        }
    }
}

/// The body of an error (`ErrorBody`); any field may be missing. `Debug` hides the messages,
/// because they may quote the request.
#[derive(Clone, Default, PartialEq)]
pub struct ErrorBody {
    /// A sentence for a person.
    pub message: Option<String>,
    /// For example `bad.request`, `not.found`, `too.many.requests`.
    pub code: Option<String>,
}

debug_shows!(ErrorBody: code);

impl ErrorBody {
    pub fn parse(bytes: &[u8]) -> Self {
        let body = object(bytes);
        Self { message: text(&body, "message"), code: text(&body, "code") }
    }
}
