//! Delivers outbound notifications: signs the raw bytes, and retries as Genesys does.

use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Inner;
use super::admin::Webhook;
use crate::signature;

/// The longest wait for an answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);
const RETRIES: usize = 5;
const BETWEEN_RETRIES: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The status of the answer; `None` without an answer.
    pub status: Option<u16>,
    /// The error if there was no answer.
    pub error: Option<String>,
    /// The start of the attempt, counted from the start of the simulator.
    pub at: Duration,
    pub took: Duration,
}

impl Attempt {
    /// A missing answer is treated like a timeout.
    fn is_retried(&self) -> bool {
        self.status.is_none_or(|status| status == 429 || status >= 500)
    }

    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// The delivery of an outbound notification, or of a posted lifecycle event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message id in the notification, or the id of the event; empty for raw bytes.
    pub id: String,
    /// The body exactly as signed and sent.
    pub body: Vec<u8>,
    /// Every attempt in order; empty if there is no URL or typing is off.
    pub attempts: Vec<Attempt>,
    /// Whether an attempt was answered 2xx.
    pub delivered: bool,
}

impl Inner {
    /// Sends the body until it is accepted or given up.
    pub(super) async fn deliver(&self, id: String, body: Vec<u8>) -> Delivery {
        let mut delivery = Delivery { id, body, attempts: Vec::new(), delivered: false };
        for attempt_number in 0..=RETRIES {
            if attempt_number > 0 {
                sleep(self.scaled(BETWEEN_RETRIES)).await;
            }
            let Some(attempt) = self.attempt(&delivery.body).await else {
                break;
            };
            delivery.delivered = attempt.is_success();
            let goes_on = attempt.is_retried();
            delivery.attempts.push(attempt);
            if !goes_on {
                break;
            }
        }
        self.state().deliveries.push(delivery.clone());
        self.changes.announce();
        delivery
    }

    /// Makes one attempt. `None` without a webhook URL.
    async fn attempt(&self, body: &[u8]) -> Option<Attempt> {
        let webhook = self.webhook_for(body)?;
        let mut request = self
            .client
            .post(webhook.url)
            .timeout(self.scaled(TIMEOUT))
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature::hub_signature(&webhook.secret, body));
        for (name, value) in webhook.headers {
            request = request.header(name, value);
        }
        Some(self.timed(request.body(body.to_vec())).await)
    }

    /// The webhook of the integration in the notification's channel, or of the oldest integration
    /// if the channel names none.
    fn webhook_for(&self, body: &[u8]) -> Option<Webhook> {
        let notification: Value = serde_json::from_slice(body).unwrap_or_default();
        let organization = &self.state().organization;
        let named = notification.pointer("/channel/id").and_then(Value::as_str);
        organization.webhook(named.unwrap_or_else(|| organization.first_integration()))
    }

    /// Sends a request once and records the result.
    pub(super) async fn timed(&self, request: RequestBuilder) -> Attempt {
        let started = self.state().started;
        let began = Instant::now();
        let answer = request.send().await;
        Attempt {
            status: answer.as_ref().ok().map(|answer| answer.status().as_u16()),
            error: answer.err().map(|error| error.to_string()),
            at: began.duration_since(started),
            took: began.elapsed(),
        }
    }

    /// A duration of the real platform, scaled to the speed of the simulator.
    pub(super) fn scaled(&self, time: Duration) -> Duration {
        Duration::try_from_secs_f64(time.as_secs_f64() * self.options.time_scale).unwrap_or(time)
    }
}
