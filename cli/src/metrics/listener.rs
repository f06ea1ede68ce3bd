//! `GET /metrics`.
//!
//! Rule: what waits is counted in the database at each scrape, over a connection of its own, so
//! that a scrape never keeps a delivery waiting.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use clients::SystemClock;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use prometheus::TEXT_FORMAT;
use shared::endpoint;
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::ports::{Clock as _, Direction, PortError};
use shared::problem;

use super::series::Series;
use super::{Sources, exist, process};
use crate::http_server::{Payload, RequestHandler, whole};

pub struct Listener {
    pub series: Arc<Series>,
    pub sources: Sources,
}

#[async_trait]
impl RequestHandler for Listener {
    fn body_limit(&self, _path: &str) -> usize {
        0
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        let answer = if request.uri().path() != "/metrics" {
            problem::not_found()
        } else if !endpoint::is_read(request.method()) {
            problem::method_not_allowed("GET, HEAD")
        } else {
            self.scrape().await
        };
        answer.map(whole)
    }
}

impl Listener {
    async fn scrape(&self) -> Response<Bytes> {
        // An integration that was added to the file has its series before its first event.
        if let Some(file) = &self.sources.file
            && let Ok(Ok(checked)) = file.read().await
        {
            exist(&self.series, &checked.file);
        }
        if let Err(error) = self.count().await {
            tracing::error!(
                event.name = "own_trouble",
                error = chain(&error),
                "The bridge's own store does not answer; the metrics could not be read."
            );
            return problem::unavailable();
        }
        for (client, left) in self.sources.genesys.budgets_left() {
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            self.series.rate_budget.with_label_values(&[client]).set(left);
        }
        for (provider, issued) in self.sources.tokens.issued() {
            let counter = self.series.token_refreshes.with_label_values(&[provider]);
            counter.inc_by(issued.saturating_sub(counter.get()));
        }
        process::read(&self.series.process);
        match self.series.text() {
            Ok(text) => {
                let mut response = Response::new(Bytes::from(text));
                let kind = HeaderValue::from_static(TEXT_FORMAT);
                response.headers_mut().insert(CONTENT_TYPE, kind);
                response
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "The metrics could not be written.");
                problem::unavailable()
            }
        }
    }

    async fn count(&self) -> Result<(), PortError> {
        let visitor = &self.sources.visitor;
        let (backlogs, letters) = (visitor.backlogs().await?, visitor.dead_letters().await?);
        let now = SystemClock.now();
        let (mut waiting, mut oldest) = (BTreeMap::new(), BTreeMap::new());
        for backlog in backlogs {
            let pair = pair(&backlog.integration, backlog.direction);
            waiting.insert(pair.clone(), signed(backlog.pending));
            oldest.insert(pair, now.since(backlog.oldest).max(0) / 1000);
        }
        let letters = letters
            .iter()
            .map(|letters| (pair(&letters.integration, letters.direction), signed(letters.count)));
        self.series.set(&self.series.waiting, &waiting);
        self.series.set(&self.series.oldest, &oldest);
        self.series.set(&self.series.dead_letters, &letters.collect());
        Ok(())
    }
}

fn pair(integration: &IntegrationName, direction: Direction) -> [String; 2] {
    [integration.to_string(), direction.name().to_owned()]
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
