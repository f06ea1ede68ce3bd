//! One request, its answer, and how far the other side's clock is from ours.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::DATE;
use http::{HeaderMap, Method};
use shared::error::chain;
use shared::ports::{Clock, Vendor, VendorRequest, VendorResponse};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the checks ask with.
#[derive(Clone)]
pub struct Web {
    /// Makes the requests.
    pub vendor: Arc<dyn Vendor>,
    /// This machine's time.
    pub clock: Arc<dyn Clock>,
}

impl Web {
    /// Asks once. The error says why there was no answer, without the address, which may hold a contact.
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

    /// By how many milliseconds the clock of who answered just now is ahead of ours; none when the answer does not say. It is
    /// told in whole seconds, so that half a second is added.
    pub fn ahead(&self, answer: &VendorResponse) -> Option<i64> {
        let theirs = shared::time::Timestamp::parse_http(answer.headers.get(DATE)?.to_str().ok()?)?;
        Some((theirs + Duration::from_millis(500)).since(self.clock.now()))
    }
}
