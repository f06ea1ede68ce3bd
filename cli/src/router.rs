//! Passes a request to its endpoint.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use genesys_webhook::GenesysWebhook;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use lynn_inbound::LynnInbound;
use media::{LinkCheck, is_link};
use shared::config::ReceiveConfig;
use shared::endpoint;
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::open_messaging;
use shared::ports::{Clock, Queue, Secrets, Store};
use shared::problem;
use shared::settings::Settings;
use sqlite::MediaDirectory;

use crate::http_server::{Payload, RequestHandler, whole};
use crate::media::Copies;
use crate::readiness::Readiness;

/// The contract with Lynn.
const OPENAPI: &str = include_str!("../../openapi.yaml");

/// Both endpoints, the copies of files, and the operator's routes, behind one address.
pub struct Router {
    readiness: Arc<Readiness>,
    copies: Copies,
    genesys: GenesysWebhook,
    lynn: LynnInbound,
}

impl Router {
    pub fn new(
        secrets: Arc<dyn Secrets>,
        store: Arc<dyn Store>,
        queue: Arc<dyn Queue>,
        clock: Arc<dyn Clock>,
        copies: MediaDirectory,
        readiness: Arc<Readiness>,
    ) -> Self {
        let settings: Arc<Settings<ReceiveConfig>> =
            Arc::new(Settings::new(secrets, Arc::clone(&clock)));
        let genesys = GenesysWebhook {
            settings: Arc::clone(&settings),
            queue: Arc::clone(&queue),
            table: Some(Arc::clone(&store)),
            clock: Arc::clone(&clock),
        };
        let check = LinkCheck { settings: Arc::clone(&settings), clock: Arc::clone(&clock) };
        let copies = Copies { check, directory: copies };
        let lynn = LynnInbound { settings, queue, store, clock };
        Self { readiness, copies, genesys, lynn }
    }

    /// Reads the configuration of these integrations, so that a webhook at another integration's
    /// address is recognised.
    pub async fn prepare(&self, integrations: impl IntoIterator<Item = IntegrationName>) {
        for integration in integrations {
            if let Err(error) = self.genesys.settings.get(&integration).await {
                tracing::debug!(
                    error = chain(&error),
                    "Configurations could not be read at the start; each is read when it is needed."
                );
            }
        }
    }
}

#[async_trait]
impl RequestHandler for Router {
    fn body_limit(&self, path: &str) -> usize {
        if is_genesys(path) {
            genesys_webhook::BODY_LIMIT
        } else if open_messaging::is_open(path) {
            open_messaging::BODY_LIMIT
        } else {
            lynn_inbound::BODY_LIMIT
        }
    }

    fn refusal(&self, path: &str, problem: Response<Bytes>) -> Response<Bytes> {
        if open_messaging::is_open(path) { open_messaging::from_problem(&problem) } else { problem }
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        let path = request.uri().path();
        if matches!(path, "/ready" | "/openapi.yaml") {
            let answer = if !endpoint::is_read(request.method()) {
                problem::method_not_allowed("GET, HEAD")
            } else if path == "/ready" {
                self.readiness.answer().await
            } else {
                contract()
            };
            return answer.map(whole);
        }
        if is_link(path) {
            self.copies.handle(request).await
        } else if is_genesys(path) {
            self.genesys.handle(request).await.map(whole)
        } else {
            self.lynn.handle(request).await.map(whole)
        }
    }
}

pub fn contract() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(OPENAPI.as_bytes()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/yaml"));
    response
}

fn is_genesys(path: &str) -> bool {
    path.trim_start_matches('/').split('/').next() == Some("genesys")
}
