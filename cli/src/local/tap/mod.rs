//! Writes down everything that passes the bridge: its requests, its queues, its calls and its log.

mod deliveries;
mod lines;
mod queue;
mod requests;
mod vendor;

use std::sync::{Arc, Mutex};

use delivery::batch::BatchHandler;
use shared::lock::lock;
use shared::ports::{Clock, Direction, Queue, Vendor};

pub use self::lines::Lines;
use super::clock::AheadClock;
use super::traffic::Traffic;
use crate::http_server::RequestHandler;
use crate::taps::Taps;

/// The taps of one playground. Clones share everything.
#[derive(Clone)]
pub struct Tap {
    traffic: Traffic,
    clock: AheadClock,
    /// The beginning of the URLs of Genesys Cloud; every other call is to Lynn.
    genesys: String,
    /// The vendor that answers the bridge's requests while it runs.
    untapped: Arc<Mutex<Option<Arc<dyn RequestHandler>>>>,
}

impl Tap {
    pub fn new(traffic: Traffic, clock: AheadClock, genesys: String) -> Self {
        Self { traffic, clock, genesys, untapped: Arc::default() }
    }

    /// Answers the bridge's requests without writing them down.
    pub fn untapped(&self) -> Option<Arc<dyn RequestHandler>> {
        lock(&self.untapped).clone()
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

    fn deliveries(
        &self,
        _direction: Direction,
        inner: Arc<dyn BatchHandler>,
    ) -> Arc<dyn BatchHandler> {
        Arc::new(deliveries::Tapped { inner })
    }
}
