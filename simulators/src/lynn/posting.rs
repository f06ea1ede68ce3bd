//! The actions of Lynn's flow: posts events to the bridge and asks for the state of a conversation.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Url};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::LynnSimulator;
use crate::{clock, signature};

/// The wait before the next attempt without a `Retry-After`.
const USUAL_WAIT: Duration = Duration::from_millis(200);

/// The result of a call to the bridge.
#[derive(Clone, Debug, PartialEq)]
pub struct PostResult {
    /// The last status; 0 if there was no answer at all.
    pub status: u16,
    /// The last body; `Null` if it was not JSON.
    pub body: Value,
    /// The number of attempts.
    pub attempts: u32,
}

impl PostResult {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn is_retried(&self) -> bool {
        self.status == 0 || self.status == 503
    }
}

impl LynnSimulator {
    /// Posts an event. After a 503 or a missing answer it retries, after `Retry-After` if that is
    /// given, up to a maximum number of attempts.
    pub async fn post(&self, event: Value) -> PostResult {
        let contact = event.pointer("/contact/id").and_then(Value::as_str);
        if let Some(contact) = contact.filter(|_| event["type"] == "message") {
            // Before the post: reactions to the message may arrive before its answer.
            self.inner.state().ends.note_other(contact);
        }
        let body = event.to_string().into_bytes();
        self.call(Method::POST, self.bridge_address(&[]), body).await
    }

    /// A customer writes. The session is `session-{contact}` on the channel `web`.
    pub async fn customer_says(&self, contact: &str, id: &str, text: &str) -> PostResult {
        self.message(contact, id, text, ("text", json!(text))).await
    }

    /// A customer selects an option of a message: `kind` is `quickReply`, `button` or `datePicker`.
    pub async fn customer_replies(
        &self,
        contact: &str,
        id: &str,
        to: &str,
        kind: &str,
        text: &str,
        payload: &str,
    ) -> PostResult {
        let reply = json!({ "to": to, "kind": kind, "text": text, "payload": payload });
        self.message(contact, id, text, ("reply", reply)).await
    }

    /// Posts a message with this content. When it is accepted, `text` is added to the transcript.
    async fn message(
        &self,
        contact: &str,
        id: &str,
        text: &str,
        (key, content): (&str, Value),
    ) -> PostResult {
        let result = self
            .post(json!({
                "type": "message",
                "id": id,
                "time": clock::now(),
                "contact": { "id": contact },
                "session": { "id": format!("session-{contact}"), "channel": "web" },
                key: content,
            }))
            .await;
        if result.is_success() {
            self.inner.state().say(contact, "customer", text);
            self.inner.changes.announce();
        }
        result
    }

    /// Asks for the state of the conversation of a contact.
    pub async fn get_conversation(&self, contact: &str) -> PostResult {
        self.call(Method::GET, self.bridge_address(&["conversations", contact]), Vec::new()).await
    }

    fn bridge_address(&self, more: &[&str]) -> Option<Url> {
        let mut url = Url::parse(self.inner.state().bridge_url.as_deref()?).ok()?;
        url.path_segments_mut().ok()?.pop_if_empty().extend(more);
        Some(url)
    }

    async fn call(&self, method: Method, url: Option<Url>, body: Vec<u8>) -> PostResult {
        let mut result = PostResult { status: 0, body: Value::Null, attempts: 0 };
        let Some(url) = url else {
            return result;
        };
        let webhook_id = format!("msg_{}", Uuid::new_v4().simple());
        loop {
            result.attempts += 1;
            let request = self.authenticated(
                self.inner.client.request(method.clone(), url.clone()),
                &webhook_id,
                &body,
            );
            let mut wait = USUAL_WAIT;
            (result.status, result.body) = match request.send().await {
                Ok(answer) => {
                    wait = retry_after(&answer).unwrap_or(USUAL_WAIT);
                    let status = answer.status().as_u16();
                    let bytes = answer.bytes().await.unwrap_or_default();
                    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
                }
                Err(_) => (0, Value::Null),
            };
            if !result.is_retried() || result.attempts >= self.inner.options.post_attempts {
                return result;
            }
            sleep(wait.min(self.inner.options.longest_post_wait)).await;
        }
    }

    /// Adds the key or the signature, or both.
    fn authenticated(
        &self,
        mut request: RequestBuilder,
        webhook_id: &str,
        body: &[u8],
    ) -> RequestBuilder {
        if let Some(key) = &self.inner.state().inbound_key {
            request = request.header("x-api-key", key);
        }
        if let Some(key) = &self.inner.inbound_signing_key {
            let timestamp = clock::unix_seconds();
            request = request
                .header("webhook-id", webhook_id)
                .header("webhook-timestamp", timestamp)
                .header(
                    "webhook-signature",
                    signature::standard_signature(key, webhook_id, timestamp, body),
                );
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body.to_vec());
        }
        request
    }
}

fn retry_after(answer: &reqwest::Response) -> Option<Duration> {
    let seconds = answer.headers().get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
