//! Calls a vendor over HTTP: one client for the process, with every timeout set and no redirect
//! followed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::Method;
use reqwest::redirect::Policy;
use shared::endpoint;
use shared::lock::lock;
use shared::ports::{Vendor, VendorError, VendorRequest, VendorResponse};
use shared::trace::TARGET;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use url::Url;

/// The largest part of an answer that is read; a vendor's answer is a few hundred bytes.
const ANSWER_LIMIT: usize = 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// [`Vendor`] by reqwest and rustls.
#[derive(Clone, Debug)]
pub struct HttpVendor {
    client: reqwest::Client,
    addresses: Arc<Addresses>,
}

/// The URLs of posts, parsed: most messages go to a few, and parsing takes longer than sending.
#[derive(Default)]
struct Addresses(Mutex<HashMap<String, Url>>);

// A path may contain a contact's id.
shared::debug_writes!(Addresses: |addresses| "{} URLs", lock(&addresses.0).len());

impl Addresses {
    const MOST: usize = 64;

    fn parse(&self, url: &str) -> Result<Url, url::ParseError> {
        let mut known = lock(&self.0);
        if let Some(parsed) = known.get(url) {
            return Ok(parsed.clone());
        }
        let parsed = Url::parse(url)?;
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(url.to_owned(), parsed.clone());
        Ok(parsed)
    }
}

impl HttpVendor {
    /// Builds the client. `idle` is how long an unused connection is kept. It is shorter than the
    /// vendors' own limit, so that a request seldom meets a connection that the other side is just
    /// closing.
    pub fn new(idle: Duration) -> Result<Self, reqwest::Error> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one client that everything else uses"
        )]
        let builder = reqwest::Client::builder();
        builder
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(idle)
            .redirect(Policy::none())
            .user_agent(concat!("lynn-genesys-bridge/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .build()
            .map(|client| Self { client, addresses: Arc::default() })
    }
}

/// An id in the URL is a path step (`.` or `..`), which would lead to another address.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a part of the URL's path is `.` or `..`")]
struct Step;

#[async_trait]
impl Vendor for HttpVendor {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        if endpoint::has_step(&request.url) {
            return Err(VendorError::NotSent(Box::new(Step)));
        }
        let span = span(&request);
        let url = match request.method {
            Method::POST => self.addresses.parse(&request.url),
            _ => Url::parse(&request.url),
        };
        let url = url.map_err(|error| VendorError::NotSent(Box::new(error)))?;
        let call = async {
            let response = self
                .client
                .request(request.method, url)
                .headers(request.headers)
                .timeout(request.timeout)
                .body(request.body)
                .send()
                .await
                .map_err(failure)?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(VendorResponse { status, headers, body: bounded_body(response).await })
        };
        let answer = call.instrument(span.clone()).await;
        match &answer {
            Ok(response) => {
                span.record("http.response.status_code", response.status);
                if response.status >= 400 {
                    span.record("error.type", response.status);
                }
            }
            Err(VendorError::NotSent(_)) => drop(span.record("error.type", "no_connection")),
            Err(VendorError::Uncertain(_)) => drop(span.record("error.type", "no_answer")),
        }
        answer
    }
}

/// The span of a call. The path of the URL may contain a contact's id, so it is not part of it.
fn span(request: &VendorRequest) -> Span {
    let address = || Url::parse(&request.url).ok()?.host_str().map(str::to_owned);
    tracing::info_span!(
        target: TARGET,
        "call",
        span.kind = "client",
        http.request.method = request.method.as_str(),
        server.address = address(),
        http.response.status_code = Empty,
        "error.type" = Empty,
    )
}

/// The status decides the result. A body that breaks off or is too long is cut; it is never a
/// reason to send again.
async fn bounded_body(mut response: reqwest::Response) -> Bytes {
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ANSWER_LIMIT - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() >= room {
            break;
        }
    }
    body.freeze()
}

/// Only a request without a connection certainly did not reach the vendor. URLs may contain a
/// contact's id, so they are removed.
fn failure(error: reqwest::Error) -> VendorError {
    let certain = error.is_connect() || error.is_builder();
    let error = Box::new(error.without_url());
    if certain { VendorError::NotSent(error) } else { VendorError::Uncertain(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_bounded_and_each_is_its_own() {
        let addresses = Addresses::default();
        for number in (0..200).chain(0..200) {
            let url = format!("https://api.example.com/{number}");
            assert_eq!(addresses.parse(&url).unwrap().as_str(), url);
            assert!(lock(&addresses.0).len() <= Addresses::MOST);
        }
        assert!(addresses.parse("no URL").is_err());
    }
}
