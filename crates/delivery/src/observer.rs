//! Tells one observer of the process what became of each event, for its metrics.
//!
//! Rule: the log and the observer get their reports at the same places, so that they never
//! disagree. Without an observer this costs nothing.

use std::sync::OnceLock;

use shared::genesys::lifecycle::Source;
use shared::ports::Direction;

use crate::event::{Payload, QueuedEvent};
use crate::trace;

/// The outcome of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening<'a> {
    /// The other side accepted it, and that is recorded; the time since its acceptance.
    Delivered { age_ms: i64 },
    /// It was completed without a call.
    Settled,
    /// An attempt failed; the event will be tried again.
    Retried { code: &'a str },
    /// It was given up.
    Failed,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Lynn or Genesys Cloud sent it.
    Vendor,
    /// A receipt that the bridge itself writes.
    Notice,
    /// The bridge asks or reminds itself of something, or continues with an event.
    Bridge,
}

/// Hears what becomes of events.
pub trait Observer: Send + Sync {
    /// Must not block.
    fn observe(&self, direction: Direction, event: &QueuedEvent, happening: Happening<'_>);
}

static OBSERVER: OnceLock<Box<dyn Observer>> = OnceLock::new();

/// Sets the observer of this process. A second one is ignored.
pub fn observe_with(observer: Box<dyn Observer>) {
    let _ = OBSERVER.set(observer);
}

pub(crate) fn tell(direction: Direction, event: &QueuedEvent, happening: Happening<'_>) {
    let (outcome, code) = match happening {
        Happening::Delivered { .. } => ("delivered", None),
        Happening::Settled => ("settled", None),
        Happening::Retried { code } => ("retried", Some(code)),
        Happening::Failed => ("failed", Some("given_up")),
    };
    trace::outcome(outcome, code);
    if let Some(observer) = OBSERVER.get() {
        observer.observe(direction, event, happening);
    }
}

impl Origin {
    pub fn of(event: &QueuedEvent) -> Self {
        match &event.payload {
            Payload::Lynn(_) | Payload::Genesys(_) => Self::Vendor,
            Payload::Lifecycle(event) if event.source == Source::Genesys => Self::Vendor,
            Payload::ReceiptToGenesys(_) | Payload::ReceiptToLynn(_) => Self::Notice,
            Payload::EarlyReceipt { .. }
            | Payload::Lifecycle(_)
            | Payload::Deadline
            | Payload::RosterQuestion(_)
            | Payload::AvailabilityQuestion => Self::Bridge,
        }
    }
}
