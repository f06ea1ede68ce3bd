//! One request, its answer, and the difference between the other side's clock and this machine's.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::DATE;
use http::{HeaderMap, Method};
use shared::error::chain;
use shared::ports::{Clock, Vendor, VendorRequest, VendorResponse};

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Web {
    pub vendor: Arc<dyn Vendor>,
    pub clock: Arc<dyn Clock>,
}

impl Web {
    /// Sends a request once. The error says why there was no answer, without the address, which may
    /// contain a contact.
    pub async fn ask(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<VendorResponse, String> {
        let (url, body) = (url.to_owned(), body.into());
        let request = VendorRequest { method, url, headers, body, timeout: TIMEOUT };
        self.vendor.call(request).await.map_err(|error| chain(&error))
    }

    /// How many milliseconds the clock of the answering side is ahead of this machine's; `None` if
    /// the answer has no time. The time has whole seconds, so half a second is added.
    pub fn ahead(&self, answer: &VendorResponse) -> Option<i64> {
        let theirs = shared::time::Timestamp::parse_http(answer.headers.get(DATE)?.to_str().ok()?)?;
        Some((theirs + Duration::from_millis(500)).since(self.clock.now()))
    }
}
