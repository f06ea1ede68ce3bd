//! Sends a request to the endpoint that it is for.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use genesys_webhook::GenesysWebhook;
use http::{Request, Response};
use lynn_inbound::LynnInbound;
use shared::config::ReceiveConfig;
use shared::ports::{Clock, Queue, Secrets, Store};
use shared::settings::Settings;

use crate::http_server::Answer;

/// Both endpoints behind one address.
pub struct Router {
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
    ) -> Self {
        let settings: Arc<Settings<ReceiveConfig>> =
            Arc::new(Settings::new(secrets, Arc::clone(&clock)));
        let genesys = GenesysWebhook {
            settings: Arc::clone(&settings),
            queue: Arc::clone(&queue),
            clock: Arc::clone(&clock),
        };
        Self { genesys, lynn: LynnInbound { settings, queue, store, clock } }
    }
}

#[async_trait]
impl Answer for Router {
    fn body_limit(&self, path: &str) -> usize {
        if is_genesys(path) { genesys_webhook::BODY_LIMIT } else { lynn_inbound::BODY_LIMIT }
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        if is_genesys(request.uri().path()) {
            self.genesys.handle(request).await
        } else {
            self.lynn.handle(request).await
        }
    }
}

fn is_genesys(path: &str) -> bool {
    path.trim_start_matches('/').split('/').next() == Some("genesys")
}
