//! Writes down everything that passes the bridge: its requests, its queues, its calls and its log.

mod deliveries;
mod lines;
mod queue;
mod requests;
mod templates;
mod vendor;

use std::sync::{Arc, Mutex};

use delivery::batch::BatchHandler;
use lynn_sender::Watch;
use shared::lock::lock;
use shared::ports::{Clock, Direction, Queue, Vendor};

pub use self::lines::Lines;
use super::clock::AheadClock;
use super::traffic::{Content, Side, Traffic};
use crate::http_server::RequestHandler;
use crate::taps::Taps;

/// The taps of one playground. Clones share everything.
#[derive(Clone)]
pub struct Tap {
    traffic: Traffic,
    clock: AheadClock,
    /// The beginning of the URLs of one side; every other call is to the other one.
    one: (String, Side),
    /// The side that is real, whose credentials are not written down.
    real: Option<Side>,
    /// What answers the bridge's requests, while it runs.
    untapped: Arc<Mutex<Option<Arc<dyn RequestHandler>>>>,
}

impl Tap {
    pub fn new(
        traffic: Traffic,
        clock: AheadClock,
        one: (String, Side),
        real: Option<Side>,
    ) -> Self {
        Self { traffic, clock, one, real, untapped: Arc::default() }
    }

    /// The side that a URL belongs to.
    fn side(&self, url: &str) -> Side {
        match (url.starts_with(&self.one.0), self.one.1) {
            (true, side) => side,
            (false, Side::Genesys) => Side::Lynn,
            (false, _) => Side::Genesys,
        }
    }

    /// What is kept of a request of a side or to it.
    fn kept(&self, side: Side, content: Content) -> Content {
        match self.real == Some(side) {
            true => content.without_credentials(),
            false => content,
        }
    }

    /// Answers the bridge's requests without writing them down.
    pub fn untapped(&self) -> Option<Arc<dyn RequestHandler>> {
        lock(&self.untapped).clone()
    }

    /// Answers the bridge's requests, and writes them down.
    pub fn tapped(&self) -> Option<Arc<dyn RequestHandler>> {
        let inner = self.untapped()?;
        Some(Arc::new(requests::Tapped { tap: self.clone(), inner }))
    }

    /// The bridge does not run any more.
    pub fn forget(&self) {
        *lock(&self.untapped) = None;
    }
}

impl Taps for Tap {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    fn requests(&self, inner: Arc<dyn RequestHandler>) -> Arc<dyn RequestHandler> {
        *lock(&self.untapped) = Some(Arc::clone(&inner));
        Arc::new(requests::Tapped { tap: self.clone(), inner })
    }

    fn queue(&self, inner: Arc<dyn Queue>) -> Arc<dyn Queue> {
        Arc::new(queue::Tapped { tap: self.clone(), inner })
    }

    fn vendor(&self, inner: Arc<dyn Vendor>) -> Arc<dyn Vendor> {
        Arc::new(vendor::Tapped { tap: self.clone(), inner })
    }

    fn templates(&self) -> Option<Arc<dyn Watch>> {
        Some(Arc::new(templates::Tapped { tap: self.clone() }))
    }

    fn deliveries(
        &self,
        _direction: Direction,
        inner: Arc<dyn BatchHandler>,
    ) -> Arc<dyn BatchHandler> {
        Arc::new(deliveries::Tapped { inner })
    }
}
