//! `GET /api/v2/conversations/messages/{messageId}/details`: the conversation and the content of a
//! message.

use serde_json::{Value, json};

use super::Inner;
use super::refusal::{Checked, Refusal};
use crate::http::Answer;

impl Inner {
    /// A message of either direction by its Genesys id. A question for an unknown message does not
    /// breach the contract.
    pub(super) fn show_message(&self, id: &str) -> Checked<Answer> {
        let state = self.state();
        let (from, to, direction, status, conversation, message) =
            match (state.inbound.get(id), state.outbound.get(id)) {
                (Some(known), _) => {
                    let (conversation, message) = (&known.conversation, &known.message);
                    (
                        &known.contact,
                        &known.integration,
                        "inbound",
                        "received",
                        conversation,
                        message,
                    )
                }
                (None, Some(known)) => {
                    let (conversation, message) = (&known.conversation, &known.message);
                    (&known.integration, &known.contact, "outbound", "sent", conversation, message)
                }
                (None, None) => {
                    let unknown = Refusal::not_found(&format!("message {id}"));
                    return Err(Refusal { is_violation: false, ..unknown });
                }
            };
        let body = json!({
            "id": id,
            "providerMessageId": message.pointer("/channel/messageId"),
            "timestamp": message.pointer("/channel/time"),
            "fromAddress": from,
            "toAddress": to,
            "direction": direction,
            "messengerType": "open",
            "textBody": message.get("text").and_then(Value::as_str).unwrap_or_default(),
            "status": status,
            "normalizedMessage": message,
            "conversationId": conversation,
            "selfUri": format!("/api/v2/conversations/messages/{id}/details"),
        });
        Ok(Answer::json(200, body))
    }
}
