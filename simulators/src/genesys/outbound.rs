//! Builds outbound notifications: messages of an agent or an Architect bot, typing, and receipts.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Inner;
use super::admin::Attributes;
use super::awkward;
use super::delivery::Delivery;
use super::state::Outbound;
use crate::clock;

/// The author of an outbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Agent,
    Bot,
}

impl Sender {
    fn entity(self) -> &'static str {
        match self {
            Self::Agent => "Human",
            Self::Bot => "Bot",
        }
    }

    fn author(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Bot => "bot",
        }
    }
}

impl Inner {
    /// Sends a message to a customer. `content` is a list of content items, or null for plain text.
    pub(super) async fn send_message(
        &self,
        sender: Sender,
        contact: &str,
        text: Option<&str>,
        content: Value,
    ) -> Delivery {
        let id = Uuid::new_v4().simple().to_string();
        let body = self.message_notification(&id, sender, contact, text, content);
        self.changes.announce();
        self.deliver(id, self.on_the_wire(body)).await
    }

    pub(super) fn message_notification(
        &self,
        id: &str,
        sender: Sender,
        contact: &str,
        text: Option<&str>,
        content: Value,
    ) -> Value {
        let is_structured = content.as_array().is_some_and(|items| {
            items.iter().any(|item| item.get("contentType") != Some(&json!("Attachment")))
        });
        let kind = if is_structured { "Structured" } else { "Text" };
        let mut body = self.envelope(id, kind, contact);
        body["originatingEntity"] = json!(sender.entity());
        if let Some(text) = text {
            body["text"] = json!(text);
        }
        let kinds = content_kinds(&content);
        if !content.is_null() {
            body["content"] = content;
        }
        let mut state = self.state();
        let outbound = Outbound {
            integration: state.integration_of(contact),
            contact: contact.to_owned(),
            is_structured,
            conversation: conversation_id(&body),
            message: body.clone(),
        };
        state.outbound.insert(id.to_owned(), outbound);
        if sender == Sender::Agent {
            let writer = state.next_writer.take();
            if let Some(conversation) = state.conversation_of_mut(contact) {
                conversation.note_message(writer.as_deref(), id);
            }
        }
        let line = text.map(str::to_owned).into_iter().chain(kinds).collect::<Vec<_>>().join("\n");
        state.say(contact, sender.author(), line);
        body
    }

    /// Sends typing of the agent, unless the messaging setting disables it.
    pub(super) async fn send_typing(&self, contact: &str, duration_ms: u64) -> Delivery {
        let id = Uuid::new_v4().simple().to_string();
        let mut body = self.envelope(&id, "Event", contact);
        body["events"] = json!([ { "eventType": "Typing", "typing": { "type": "On", "duration": duration_ms } } ]);
        let bytes = self.on_the_wire(body);
        let is_shown = {
            let state = self.state();
            let integration = state.integration_of(contact);
            state.organization.shows_typing(&integration, "outbound")
        };
        if is_shown {
            self.deliver(id, bytes).await
        } else {
            Delivery { id, body: bytes, attempts: Vec::new(), delivered: false }
        }
    }

    /// Sends a receipt for a customer's message, or for an agent's.
    pub(super) async fn send_receipt(
        &self,
        message_id: &str,
        status: &str,
        reasons: Value,
    ) -> Delivery {
        let body = self.receipt_notification(message_id, status, reasons);
        self.deliver(message_id.to_owned(), self.on_the_wire(body)).await
    }

    /// As [`Self::send_receipt`], in its own task, so that the receipt may arrive before the answer
    /// to the message.
    pub(super) fn send_receipt_aside(self: &Arc<Self>, message_id: String) {
        let inner = Arc::clone(self);
        tokio::spawn(async move { inner.send_receipt(&message_id, "Published", json!([])).await });
    }

    fn receipt_notification(&self, message_id: &str, status: &str, reasons: Value) -> Value {
        let (inbound, outbound) = {
            let state = self.state();
            let outbound = state.outbound.get(message_id).map(|outbound| outbound.contact.clone());
            (state.inbound.get(message_id).cloned(), outbound)
        };
        let is_final = status != "Sent";
        match (inbound, outbound) {
            (None, Some(contact)) => {
                let mut body = self.envelope(message_id, "Receipt", &contact);
                body["status"] = json!(status);
                body["isFinalReceipt"] = json!(is_final);
                body["reasons"] = reasons;
                body
            }
            (inbound, _) => {
                let (contact, provider_id, integration) = inbound.map_or_else(
                    || {
                        let first = self.state().organization.first_integration().to_owned();
                        ("unknown".to_owned(), message_id.to_owned(), first)
                    },
                    |inbound| (inbound.contact, inbound.message_id, inbound.integration),
                );
                json!({
                    "id": message_id,
                    "type": "Receipt",
                    "direction": "Inbound",
                    "conversationId": self.state().conversation_of(&contact).map(|known| known.id.clone()),
                    "status": status,
                    "isFinalReceipt": is_final,
                    "reasons": reasons,
                    "channel": {
                        "id": integration,
                        "platform": "Open",
                        "type": "Private",
                        "messageId": provider_id,
                        "from": { "id": contact, "idType": self.id_type_of(&contact) },
                        "to": { "id": integration, "idType": "Opaque" },
                        "time": clock::now(),
                    },
                })
            }
        }
    }

    /// The common fields of every notification towards a customer.
    fn envelope(&self, id: &str, kind: &str, contact: &str) -> Value {
        let (conversation_id, integration, name) = {
            let mut state = self.state();
            let conversation_id = state.enter_conversation(contact, &Attributes::new());
            let integration = state.integration_of(contact);
            let name = state.organization.integration_name(&integration).to_owned();
            (conversation_id, integration, name)
        };
        json!({
            "id": id,
            "type": kind,
            "direction": "Outbound",
            "conversationId": conversation_id,
            "channel": {
                "id": integration,
                "platform": "Open",
                "type": "Private",
                "messageId": id,
                "to": { "id": contact, "idType": self.id_type_of(contact) },
                "from": {
                    "id": integration,
                    "idType": "Opaque",
                    "nickname": name,
                },
                "time": clock::now(),
            },
        })
    }

    fn id_type_of(&self, contact: &str) -> &'static str {
        self.state().contacts.get(contact).and_then(|contact| contact.id_type).unwrap_or("Opaque")
    }

    /// The bytes of a notification. By the older schema they omit the conversation.
    pub(super) fn on_the_wire(&self, mut body: Value) -> Vec<u8> {
        if !self.options.webhook_names_conversation
            && let Some(fields) = body.as_object_mut()
        {
            fields.remove("conversationId");
        }
        awkward::to_bytes(&body)
    }
}

fn conversation_id(notification: &Value) -> String {
    notification.get("conversationId").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// One word in brackets per content item.
fn content_kinds(content: &Value) -> Vec<String> {
    content
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| {
            let kind = item.get("contentType").and_then(Value::as_str).unwrap_or("content");
            let detail = ["/quickReply/text", "/card/title", "/attachment/url"]
                .iter()
                .find_map(|pointer| item.pointer(pointer)?.as_str());
            detail.map_or_else(|| format!("[{kind}]"), |detail| format!("[{kind} {detail}]"))
        })
        .collect()
}
