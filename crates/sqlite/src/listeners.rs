//! Tells a direction's worker what has been committed to its queue.
//!
//! Rule: entries are told in the order of their commits, and only one worker listens to a direction.

use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::ids::IntegrationName;
use shared::ports::Direction;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::fresh::Fresh;

/// A queue entry whose commit has returned.
pub(crate) struct Arrival {
    /// Its place in the queue.
    pub(crate) sequence: i64,
    /// Whose it is.
    pub(crate) integration: IntegrationName,
    /// Its group.
    pub(crate) group: String,
    /// The message itself, when there is room for it.
    pub(crate) fresh: Option<Fresh>,
}

/// What one commit brought.
pub(crate) type Arrivals = Vec<Arrival>;

/// What a worker listens with.
pub(crate) struct Listening {
    /// Every entry behind `told`, in order.
    pub(crate) arrivals: UnboundedReceiver<Arrivals>,
    /// Up to here the entries were there before.
    pub(crate) told: i64,
}

/// Who listens to the two directions.
pub(crate) struct Listeners {
    slots: Mutex<Slots>,
}

struct Slots {
    inbound: Slot,
    outbound: Slot,
}

struct Slot {
    sender: Option<UnboundedSender<Arrivals>>,
    told: i64,
}

impl Slots {
    fn of(&mut self, direction: Direction) -> &mut Slot {
        match direction {
            Direction::Inbound => &mut self.inbound,
            Direction::Outbound => &mut self.outbound,
        }
    }
}

impl Listeners {
    /// Nobody yet; `told` is the last entry of the queues.
    pub(crate) fn new(told: i64) -> Self {
        let slot = || Slot { sender: None, told };
        Self { slots: Mutex::new(Slots { inbound: slot(), outbound: slot() }) }
    }

    /// Listens from the next commit on; `None` while another worker listens.
    pub(crate) fn listen(&self, direction: Direction) -> Option<Listening> {
        let mut slots = self.lock();
        let slot = slots.of(direction);
        if slot.sender.as_ref().is_some_and(|sender| !sender.is_closed()) {
            return None;
        }
        let (sender, arrivals) = unbounded_channel();
        slot.sender = Some(sender);
        Some(Listening { arrivals, told: slot.told })
    }

    /// Tells of a commit.
    pub(crate) fn tell(&self, direction: Direction, arrivals: Arrivals) {
        let Some(last) = arrivals.last() else { return };
        let mut slots = self.lock();
        let slot = slots.of(direction);
        slot.told = last.sequence;
        if slot.sender.as_ref().is_some_and(|sender| sender.send(arrivals).is_err()) {
            slot.sender = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
