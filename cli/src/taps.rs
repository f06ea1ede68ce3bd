//! Places at which another part of the program may watch a bridge, or give it another clock.

use std::sync::Arc;

use clients::SystemClock;
use delivery::batch::BatchHandler;
use lynn_sender::Watch;
use shared::ports::{Clock, Direction, Queue, Vendor};

use crate::http_server::RequestHandler;

/// What a bridge uses, each wrapped or replaced. By default nothing is.
pub trait Taps: Send + Sync {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    /// The requests to the bridge.
    fn requests(&self, inner: Arc<dyn RequestHandler>) -> Arc<dyn RequestHandler> {
        inner
    }

    /// What is put into the queues.
    fn queue(&self, inner: Arc<dyn Queue>) -> Arc<dyn Queue> {
        inner
    }

    /// The calls to both vendors.
    fn vendor(&self, inner: Arc<dyn Vendor>) -> Arc<dyn Vendor> {
        inner
    }

    /// What templates make requests of.
    fn templates(&self) -> Option<Arc<dyn Watch>> {
        None
    }

    /// The deliveries of one direction.
    fn deliveries(
        &self,
        _direction: Direction,
        inner: Arc<dyn BatchHandler>,
    ) -> Arc<dyn BatchHandler> {
        inner
    }
}

/// Watches nothing.
pub struct Untapped;

impl Taps for Untapped {}
