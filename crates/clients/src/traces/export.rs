//! Keeps the spans that have ended until they are sent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use shared::error::chain;
use shared::lock::lock;
use shared::ports::{Vendor, VendorError, VendorRequest};
use std::sync::Mutex;

use super::destination::Destination;
use super::json;
use super::span::Ended;

/// The most spans that wait; further ones are dropped.
const MOST: usize = 8_192;
/// The most spans of one request.
const AT_ONCE: usize = 512;
/// How often a process that is not frozen sends.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a collector may take for one request.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The spans that wait, and where they go.
pub struct Exporter {
    destination: Destination,
    vendor: Arc<dyn Vendor>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    spans: Vec<Ended>,
    dropped: u64,
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Exporter({})", self.destination.url)
    }
}

impl Exporter {
    pub fn new(destination: Destination, vendor: Arc<dyn Vendor>) -> Arc<Self> {
        Arc::new(Self { destination, vendor, waiting: Mutex::default() })
    }

    /// Whether a trace belongs to the share that is sent. The trace's id decides, so every process
    /// decides alike.
    pub(super) fn wants(&self, trace: &str) -> bool {
        let low = trace.get(16..).and_then(|low| u64::from_str_radix(low, 16).ok());
        // Exact for 0 and 1, and close enough between.
        (low.unwrap_or_default() as f64) < self.destination.share * (u64::MAX as f64)
            || self.destination.share >= 1.0
    }

    pub(super) fn add(&self, span: Ended) {
        let mut waiting = lock(&self.waiting);
        if waiting.spans.len() < MOST {
            waiting.spans.push(span);
        } else {
            waiting.dropped += 1;
        }
    }

    /// Sends what waits, each second, until the process ends.
    pub async fn run(self: Arc<Self>) {
        loop {
            tokio::time::sleep(PAUSE).await;
            self.flush(TIMEOUT).await;
        }
    }

    /// Sends the waiting spans within this time. Spans that the collector does not take are
    /// dropped.
    pub async fn flush(&self, within: Duration) {
        let (mut spans, mut dropped) = {
            let mut waiting = lock(&self.waiting);
            (std::mem::take(&mut waiting.spans), std::mem::take(&mut waiting.dropped))
        };
        let mut cause = None;
        while !spans.is_empty() {
            let rest = spans.split_off(spans.len().min(AT_ONCE));
            if let Err(error) = self.send(&spans, within).await {
                dropped += (spans.len() + rest.len()) as u64;
                cause = Some(error);
                break;
            }
            spans = rest;
        }
        if dropped > 0 {
            tracing::warn!(
                event.name = "not_traced",
                spans = dropped,
                error =
                    cause.map_or_else(|| "too many spans waited".to_owned(), |error| chain(&error)),
                "The collector did not accept spans; they are missing from the traces. Events are not affected."
            );
        }
    }

    async fn send(&self, spans: &[Ended], timeout: Duration) -> Result<(), VendorError> {
        let body = json::request(&self.destination.resource, spans).to_string();
        let request = VendorRequest {
            method: Method::POST,
            url: self.destination.url.clone(),
            headers: self.destination.headers.clone(),
            body: Bytes::from(body),
            timeout,
        };
        let answer = self.vendor.call(request).await?;
        if (200..300).contains(&answer.status) {
            return Ok(());
        }
        Err(VendorError::NotSent(format!("the collector answered {}", answer.status).into()))
    }
}
