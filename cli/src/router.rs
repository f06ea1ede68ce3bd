//! Sends a request to the endpoint that it is for.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use embedded::MediaDirectory;
use genesys_webhook::GenesysWebhook;
use http::{Request, Response};
use lynn_inbound::LynnInbound;
use shared::config::ReceiveConfig;
use shared::media::{LinkCheck, is_link};
use shared::ports::{Clock, Queue, Secrets, Store};
use shared::settings::Settings;

use crate::http_server::{Answer, Payload, whole};
use crate::media::Copies;

/// Both endpoints, and the copies of files, behind one address.
pub struct Router {
    copies: Copies,
    genesys: GenesysWebhook,
    lynn: LynnInbound,
}

impl Router {
    /// The endpoints on these ports.
    pub fn new(
        secrets: Arc<dyn Secrets>,
        store: Arc<dyn Store>,
        queue: Arc<dyn Queue>,
        clock: Arc<dyn Clock>,
        copies: MediaDirectory,
    ) -> Self {
        let settings: Arc<Settings<ReceiveConfig>> =
            Arc::new(Settings::new(secrets, Arc::clone(&clock)));
        let genesys = GenesysWebhook {
            settings: Arc::clone(&settings),
            queue: Arc::clone(&queue),
            clock: Arc::clone(&clock),
        };
        let check = LinkCheck { settings: Arc::clone(&settings), clock: Arc::clone(&clock) };
        let copies = Copies { check, directory: copies };
        Self { copies, genesys, lynn: LynnInbound { settings, queue, store, clock } }
    }
}

#[async_trait]
impl Answer for Router {
    fn body_limit(&self, path: &str) -> usize {
        if is_genesys(path) { genesys_webhook::BODY_LIMIT } else { lynn_inbound::BODY_LIMIT }
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        let path = request.uri().path();
        if is_link(path) {
            self.copies.handle(request).await
        } else if is_genesys(path) {
            self.genesys.handle(request).await.map(whole)
        } else {
            self.lynn.handle(request).await.map(whole)
        }
    }
}

fn is_genesys(path: &str) -> bool {
    path.trim_start_matches('/').split('/').next() == Some("genesys")
}
