//! Tells a direction's worker what has been committed to its queue.
//!
//! Rule: entries are told in the order of their commits, and only one worker listens to a direction.

use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::ids::IntegrationName;
use shared::ports::Direction;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A queue entry whose commit has returned.
pub(crate) struct Arrival {
    /// Its place in the queue.
    pub(crate) sequence: i64,
    /// Whose it is.
    pub(crate) integration: IntegrationName,
    /// Its group.
    pub(crate) group: String,
}

/// What one commit brought.
pub(crate) type Arrivals = Vec<Arrival>;

/// Who listens to the two directions.
#[derive(Default)]
pub(crate) struct Listeners {
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    inbound: Option<UnboundedSender<Arrivals>>,
    outbound: Option<UnboundedSender<Arrivals>>,
}

impl Slots {
    fn of(&mut self, direction: Direction) -> &mut Option<UnboundedSender<Arrivals>> {
        match direction {
            Direction::Inbound => &mut self.inbound,
            Direction::Outbound => &mut self.outbound,
        }
    }
}

impl Listeners {
    /// Listens from the next commit on; `None` while another worker listens. Whoever then reads the committed rows
    /// misses none, and hears of some a second time.
    pub(crate) fn listen(&self, direction: Direction) -> Option<UnboundedReceiver<Arrivals>> {
        let mut slots = self.lock();
        let slot = slots.of(direction);
        if slot.as_ref().is_some_and(|sender| !sender.is_closed()) {
            return None;
        }
        let (sender, receiver) = unbounded_channel();
        *slot = Some(sender);
        Some(receiver)
    }

    /// Tells of a commit.
    pub(crate) fn tell(&self, direction: Direction, arrivals: Arrivals) {
        if arrivals.is_empty() {
            return;
        }
        let mut slots = self.lock();
        let slot = slots.of(direction);
        if slot.as_ref().is_some_and(|sender| sender.send(arrivals).is_err()) {
            *slot = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
