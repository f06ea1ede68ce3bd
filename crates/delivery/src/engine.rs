//! The delivery engine of one direction: what it needs.

use std::sync::Arc;
use std::time::Duration;

use shared::config::SendConfig;
use shared::ports::{Clock, PortError, Queue, Store};
use shared::settings::Settings;

use super::outage::Outages;

/// The pause when our own store, queue or configuration does not answer.
pub(super) const OWN_TROUBLE: Duration = Duration::from_secs(2);

/// The delivery engine of one direction.
pub struct Engine<R> {
    /// The sender.
    pub route: R,
    /// The table.
    pub store: Arc<dyn Store>,
    /// The queues; the engine sends to the other direction's.
    pub queue: Arc<dyn Queue>,
    /// The integrations' configuration.
    pub settings: Arc<Settings<SendConfig>>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// How long after the start of a batch it begins with further records and parts of them, for a process that has little
    /// time; what it does not begin comes again.
    pub time_for_new_records: Option<Duration>,
    /// How long an open conversation may be quiet before Genesys is asked about it; `None`: it never is.
    pub reconcile_after: Option<Duration>,
    /// The integrations whose other side answers nobody, as this process has seen it.
    pub outages: Outages,
}

pub(super) fn corrupt(source: serde_json::Error) -> PortError {
    PortError::Corrupt { operation: "write an event", source: Box::new(source) }
}
