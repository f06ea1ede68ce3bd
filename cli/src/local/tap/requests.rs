//! The requests to the bridge, with their answers.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Either};
use lynn_inbound::Made;
use shared::ids::TraceId;
use shared::ports::Clock as _;
use tokio::time::Instant;
use uuid::Uuid;

use super::super::traffic::{Content, Entry, Side, contact_of};
use super::Tap;
use crate::http_server::{Payload, RequestHandler, whole};

pub struct Tapped {
    pub tap: Tap,
    pub inner: Arc<dyn RequestHandler>,
}

#[async_trait]
impl RequestHandler for Tapped {
    fn body_limit(&self, path: &str) -> usize {
        self.inner.body_limit(path)
    }

    fn refusal(&self, path: &str, problem: Response<Bytes>) -> Response<Bytes> {
        self.inner.refusal(path, problem)
    }

    async fn answer(&self, mut request: Request<Bytes>) -> Response<Payload> {
        let trace = Uuid::now_v7().simple().to_string();
        let uri = request.uri();
        let path = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
        let from = sender(uri.path());
        let received = Entry::Request {
            trace: trace.clone(),
            from,
            method: request.method().to_string(),
            path,
            content: self.tap.kept(from, Content::of(request.headers(), request.body())),
            contact: contact_of(request.body()),
        };
        let of = self.tap.traffic.push(self.tap.clock.now(), received);
        let began = Instant::now();
        request.extensions_mut().insert(TraceId::new(trace.as_str()));
        let (head, body) = self.inner.answer(request).await.into_parts();
        if let Some(Made(event)) = head.extensions.get() {
            let (trace, json) = (Some(trace.clone()), event.to_string());
            let templated = Entry::Templated { of: Some(of), trace, json };
            self.tap.traffic.push(self.tap.clock.now(), templated);
        }
        let (content, body) = match body {
            Either::Left(bytes) => {
                let bytes = bytes.collect().await.unwrap_or_default().to_bytes();
                (Content::of(&head.headers, &bytes), whole(bytes))
            }
            file @ Either::Right(_) => (Content::of(&head.headers, b""), file),
        };
        let answer = Entry::Answer {
            of,
            trace: Some(trace),
            status: Some(head.status.as_u16()),
            content,
            error: None,
            took_ms: milliseconds(began),
        };
        self.tap.traffic.push(self.tap.clock.now(), answer);
        Response::from_parts(head, body)
    }
}

/// Who calls this path.
fn sender(path: &str) -> Side {
    match path.split('/').nth(1) {
        Some("lynn") => Side::Lynn,
        Some("genesys") => Side::Genesys,
        _ => Side::Other,
    }
}

pub fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
