//! The delivery engine of one direction: the services and limits that it needs.

use std::sync::Arc;
use std::time::Duration;

use shared::config::SendConfig;
use shared::ports::{Clock, PortError, Queue, Store};
use shared::settings::Settings;

use super::outage::Outages;

/// The pause when the bridge's own store, queue or configuration does not answer.
pub const OWN_TROUBLE: Duration = Duration::from_secs(2);

/// The delivery engine of one direction.
pub struct Engine<R> {
    pub route: R,
    pub store: Arc<dyn Store>,
    /// The queues of both directions. The engine sends to the queue of the other direction.
    pub queue: Arc<dyn Queue>,
    pub settings: Arc<Settings<SendConfig>>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// How long after the start of a batch the engine begins further records and further parts. For
    /// a process with little time; the queue hands out the rest again.
    pub time_for_new_records: Option<Duration>,
    /// How long an open conversation may be quiet before the bridge asks Genesys about it. `None`:
    /// the bridge never asks.
    pub reconcile_after: Option<Duration>,
    /// The integrations whose other side does not answer, as this process observed it.
    pub outages: Outages,
}

pub(super) fn corrupt(source: serde_json::Error) -> PortError {
    PortError::Corrupt { operation: "write an event", source: Box::new(source) }
}
