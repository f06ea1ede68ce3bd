//! The bridge's calls to the vendors, with their answers.

use std::sync::Arc;

use async_trait::async_trait;
use shared::error::chain;
use shared::ports::{Clock as _, Vendor, VendorError, VendorRequest, VendorResponse};
use tokio::time::Instant;

use super::super::traffic::{Content, Entry, Side, contact_of};
use super::Tap;
use super::deliveries::current;
use super::requests::milliseconds;

pub struct Tapped {
    pub tap: Tap,
    pub inner: Arc<dyn Vendor>,
}

#[async_trait]
impl Vendor for Tapped {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        let trace = current();
        let side = self.tap.side(&request.url);
        let is_login = is_login(&request.url);
        let call = Entry::Call {
            trace: trace.clone(),
            attempt: None,
            to: side,
            method: request.method.to_string(),
            url: request.url.clone(),
            content: self.kept(side, is_login, Content::of(&request.headers, &request.body)),
            contact: contact_of(&request.body),
        };
        let of = self.tap.traffic.push(self.tap.clock.now(), call);
        let mut pending = Pending { tap: &self.tap, of, trace, began: Instant::now(), done: false };
        let answer = self.inner.call(request).await;
        match &answer {
            Ok(answer) => {
                let content = Content::of(&answer.headers, &answer.body);
                let content = self.kept(side, is_login, content);
                pending.answer(Some(answer.status), content, None);
            }
            Err(error) => pending.answer(None, Content::default(), Some(chain(error))),
        }
        answer
    }
}

impl Tapped {
    /// A login's bodies are credentials.
    fn kept(&self, side: Side, is_login: bool, content: Content) -> Content {
        match self.tap.kept(side, content) {
            content if is_login && self.tap.real == Some(side) => content.without_body(),
            content => content,
        }
    }
}

fn is_login(url: &str) -> bool {
    url.contains("/oauth/token") || url.contains("/CreateToken")
}

/// A call without an answer so far.
struct Pending<'a> {
    tap: &'a Tap,
    of: u64,
    trace: Option<String>,
    began: Instant,
    done: bool,
}

impl Pending<'_> {
    fn answer(&mut self, status: Option<u16>, content: Content, error: Option<String>) {
        self.done = true;
        let trace = self.trace.take();
        let took_ms = milliseconds(self.began);
        let answer = Entry::Answer { of: self.of, trace, status, content, error, took_ms };
        self.tap.traffic.push(self.tap.clock.now(), answer);
    }
}

impl Drop for Pending<'_> {
    /// The bridge was killed during the call.
    fn drop(&mut self) {
        if !self.done {
            let error = "the bridge was killed before the answer".to_owned();
            self.answer(None, Content::default(), Some(error));
        }
    }
}
