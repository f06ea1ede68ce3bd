//! Tells the worker of a direction which entries were committed to its queue.
//!
//! Rule: entries are announced in the order of their commits. Only one worker listens to a
//! direction.

use std::sync::Mutex;

use shared::ids::IntegrationName;
use shared::lock::lock;
use shared::ports::Direction;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::fresh::Fresh;

/// A queue entry whose commit has returned.
pub(crate) struct Arrival {
    /// The position in the queue.
    pub(crate) sequence: i64,
    pub(crate) integration: IntegrationName,
    pub(crate) group: String,
    /// The message, if there was room to keep it in memory.
    pub(crate) fresh: Option<Fresh>,
}

/// The entries of one commit.
pub(crate) type Arrivals = Vec<Arrival>;

/// The listener of one worker.
pub(crate) struct Listening {
    /// Every entry after `told`, in order.
    pub(crate) arrivals: UnboundedReceiver<Arrivals>,
    /// Entries up to this position were committed before; the worker reads them from the database.
    pub(crate) told: i64,
}

/// The listeners of both directions.
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
    /// `told` is the position of the last entry in the queues.
    pub(crate) fn new(told: i64) -> Self {
        let slot = || Slot { sender: None, told };
        Self { slots: Mutex::new(Slots { inbound: slot(), outbound: slot() }) }
    }

    /// Listens from the next commit on; `None` while another worker listens.
    pub(crate) fn listen(&self, direction: Direction) -> Option<Listening> {
        let mut slots = lock(&self.slots);
        let slot = slots.of(direction);
        if slot.sender.as_ref().is_some_and(|sender| !sender.is_closed()) {
            return None;
        }
        let (sender, arrivals) = unbounded_channel();
        slot.sender = Some(sender);
        Some(Listening { arrivals, told: slot.told })
    }

    /// Announces the entries of a commit.
    pub(crate) fn tell(&self, direction: Direction, arrivals: Arrivals) {
        let Some(last) = arrivals.last() else { return };
        let mut slots = lock(&self.slots);
        let slot = slots.of(direction);
        slot.told = last.sequence;
        if slot.sender.as_ref().is_some_and(|sender| sender.send(arrivals).is_err()) {
            slot.sender = None;
        }
    }
}
