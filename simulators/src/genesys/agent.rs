//! The actions of agents, bots and test scripts at Genesys: send messages, change settings, cause
//! faults.

use serde_json::{Value, json};
use uuid::Uuid;

use super::GenesysSimulator;
use super::admin::Attributes;
use super::delivery::Delivery;
use super::faults::Fault;
use super::outbound::Sender;
use super::state::OnRepeat;

impl GenesysSimulator {
    /// Sets the target of the outbound notifications of the oldest integration.
    pub fn set_webhook_url(&self, url: String) {
        self.inner.state().organization.set_webhook_url(&url);
    }

    /// The agent who was connected last writes.
    pub async fn agent_says(&self, contact: &str, text: &str) -> Delivery {
        self.inner.send_message(Sender::Agent, contact, Some(text), Value::Null).await
    }

    /// Of several agents, this user writes next.
    pub fn next_is_by(&self, user: &str) {
        self.inner.state().next_writer = Some(user.to_owned());
    }

    /// Sets the name of a user, or that the user has none.
    pub fn name_user(&self, user: &str, name: Option<&str>) {
        self.inner.state().user_names.insert(user.to_owned(), name.map(str::to_owned));
    }

    /// Sets the estimated wait of every queue, in seconds. Without one there is no estimate.
    pub fn set_estimated_wait(&self, seconds: Option<u64>) {
        self.inner.state().organization.estimated_wait = seconds;
    }

    /// The queue of the oldest integration.
    pub fn queue_id(&self) -> String {
        let state = self.inner.state();
        let integration = state.organization.first_integration().to_owned();
        state
            .organization
            .queue_for(&integration, &Attributes::default())
            .unwrap_or_default()
            .to_owned()
    }

    /// An agent sends a file, with or without a text. `media_type` is `Image`, `Video`, `Audio`,
    /// `File` or `Link`.
    pub async fn agent_sends_attachment(
        &self,
        contact: &str,
        text: Option<&str>,
        media_type: &str,
        mime: &str,
        filename: &str,
        url: &str,
    ) -> Delivery {
        let content = json!([ {
            "contentType": "Attachment",
            "attachment": {
                "id": Uuid::new_v4().to_string(),
                "mediaType": media_type,
                "mime": mime,
                "filename": filename,
                "contentSizeBytes": 10_240,
                "url": url,
            },
        } ]);
        self.inner.send_message(Sender::Agent, contact, text, content).await
    }

    pub async fn agent_types(&self, contact: &str, duration_ms: u64) -> Delivery {
        self.inner.send_typing(contact, duration_ms).await
    }

    /// An Architect bot sends plain text.
    pub async fn bot_says(&self, contact: &str, text: &str) -> Delivery {
        self.inner.send_message(Sender::Bot, contact, Some(text), Value::Null).await
    }

    /// An Architect bot offers options, each as text and payload.
    pub async fn bot_sends_quick_replies(
        &self,
        contact: &str,
        text: &str,
        options: &[(&str, &str)],
    ) -> Delivery {
        let content = options
            .iter()
            .map(|(text, payload)| {
                json!({
                    "contentType": "QuickReply",
                    "quickReply": { "text": text, "payload": payload, "action": "Message" },
                })
            })
            .collect();
        self.inner.send_message(Sender::Bot, contact, Some(text), Value::Array(content)).await
    }

    /// An Architect bot sends a carousel; `cards` is an array of card bodies.
    pub async fn bot_sends_carousel(&self, contact: &str, text: &str, cards: Value) -> Delivery {
        let content = json!([ { "contentType": "Carousel", "carousel": { "cards": cards } } ]);
        self.inner.send_message(Sender::Bot, contact, Some(text), content).await
    }

    /// An Architect bot sends any structured content: an array of items, each with its
    /// `contentType`.
    pub async fn bot_sends(&self, contact: &str, text: Option<&str>, content: Value) -> Delivery {
        self.inner.send_message(Sender::Bot, contact, text, content).await
    }

    /// Sends a receipt for a message by its Genesys id, for a customer's message or an outbound
    /// one.
    pub async fn receipt_for(
        &self,
        genesys_message_id: &str,
        status: &str,
        reasons: Value,
    ) -> Delivery {
        self.inner.send_receipt(genesys_message_id, status, reasons).await
    }

    /// Delivers any bytes, signed without change.
    pub async fn deliver_raw(&self, body: Vec<u8>) -> Delivery {
        self.inner.deliver(String::new(), body).await
    }

    /// Delivers the same body again: a duplicate webhook.
    pub async fn redeliver(&self, delivery: &Delivery) -> Delivery {
        self.inner.deliver(delivery.id.clone(), delivery.body.clone()).await
    }

    /// Queues a fault. The first call that matches it uses it up.
    pub fn script(&self, fault: Fault) {
        self.inner.state().faults.push_back(fault);
    }

    /// While down, every call is answered 503, logins too.
    pub fn set_down(&self, down: bool) {
        self.inner.state().is_down = down;
    }

    /// Sets the clock of the answers ahead of this machine's clock, in seconds.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.inner.state().clock_ahead = seconds;
    }

    pub fn revoke_tokens(&self) {
        self.inner.state().tokens.clear();
    }

    /// Sets the answer to a repeated `channel.messageId`.
    pub fn set_on_repeat(&self, on_repeat: OnRepeat) {
        self.inner.state().on_repeat = on_repeat;
    }

    /// Whether a repeated `channel.messageId` is answered 409 instead of with the first answer.
    pub fn set_conflict_on_repeat(&self, conflict: bool) {
        self.set_on_repeat(if conflict { OnRepeat::Conflict } else { OnRepeat::SameAnswer });
    }
}
