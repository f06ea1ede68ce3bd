//! What the real side calls: its own routes of the bridge, for a tunnel or a reverse proxy.
//!
//! Rule: a tunnel passes on the public name in `Host`, so any is taken here, as in `bridge serve`;
//! everything here demands a credential that only the real side has. No other route is served, the
//! page above all, so that a tunnel shows nothing of them.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use shared::problem;

use super::super::playground::Playground;
use super::super::traffic::Side;
use crate::http_server::{Payload, RequestHandler, whole};

pub struct Public {
    pub playground: Arc<Playground>,
}

impl Public {
    /// The bridge, if it runs and the real side may call this path.
    fn bridge(&self, path: &str) -> Option<Arc<dyn RequestHandler>> {
        self.playground.tapped().filter(|_| self.is_open(path))
    }

    fn is_open(&self, path: &str) -> bool {
        let cast = &self.playground.cast;
        let is_below = |route: &str| {
            path.strip_prefix(route)
                .and_then(|rest| rest.strip_prefix(cast.integration.as_str()))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match cast.real {
            Some(Side::Lynn) => is_below("/lynn/"),
            // The configuration may let the bridge copy files, which Genesys Cloud then fetches.
            Some(Side::Genesys) => is_below("/genesys/") || is_below("/media/"),
            _ => false,
        }
    }
}

#[async_trait]
impl RequestHandler for Public {
    fn body_limit(&self, path: &str) -> usize {
        self.bridge(path).map_or(0, |bridge| bridge.body_limit(path))
    }

    fn refusal(&self, path: &str, problem: Response<Bytes>) -> Response<Bytes> {
        match self.bridge(path) {
            Some(bridge) => bridge.refusal(path, problem),
            None if self.is_open(path) => problem::unavailable(),
            None => problem::not_found(),
        }
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        let path = request.uri().path();
        match self.bridge(path) {
            Some(bridge) => bridge.answer(request).await,
            None if self.is_open(path) => problem::unavailable().map(whole),
            None => problem::not_found().map(whole),
        }
    }
}
