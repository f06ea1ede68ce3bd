//! What the engine asks of a sender: which items it needs, what an event amounts to, and how one part is sent.

use async_trait::async_trait;
use conversation::{Conversation, Schedule, Transition};
use serde::Deserialize;
use shared::config::SendConfig;
use shared::error::Failure;
use shared::ids::ContactId;
use shared::ports::{Direction, Item, ItemKey, Write};
use shared::time::Timestamp;

use super::batch::Record as QueueRecord;
use super::event::{Identity, QueuedEvent};
use super::record::Record;
use crate::peer::Peer;

/// Everything a decision about an event may depend on.
#[derive(Debug)]
pub struct Situation<'a> {
    /// The event.
    pub event: &'a QueuedEvent,
    /// The integration's configuration: the current version, which acts.
    pub config: &'a SendConfig,
    /// What the conversation waits for.
    pub schedule: Schedule,
    /// The conversation as of now.
    pub conversation: &'a Conversation,
    /// How far the event has got.
    pub record: &'a Record,
    /// What lies under [`Route::keys`], in their order.
    pub items: &'a [Option<Item>],
    /// What lies under [`Route::further_keys`], in their order.
    pub further: &'a [Option<Item>],
    /// What was found under [`Route::searches`].
    pub found: &'a [(ItemKey, Item)],
    /// Whether nothing is recorded of the event: what the conversation knows of it was then taught by another one.
    pub is_new: bool,
    /// Whether an earlier attempt may have reached the other side unnoticed.
    pub uncertain: bool,
    /// What waits for it.
    pub behind: Behind<'a>,
    /// The time.
    pub now: Timestamp,
}

/// The later events of the same conversation that came in the same batch.
#[derive(Clone, Copy, Debug)]
pub struct Behind<'a> {
    /// The batch.
    pub records: &'a [QueueRecord],
    /// Where in it they are.
    pub positions: &'a [usize],
}

impl Behind<'_> {
    /// Whether one of them is a message. They are read for it, so it is asked only where it decides something.
    pub fn has_message(&self) -> bool {
        #[derive(Deserialize)]
        struct Known {
            identity: Identity,
        }
        let mut records = self.positions.iter().filter_map(|position| self.records.get(*position));
        records.any(|record| {
            let known = serde_json::from_str::<Known>(&record.body);
            known.is_ok_and(|known| matches!(known.identity, Identity::Message(_)))
        })
    }
}

/// What an event amounts to.
#[derive(Debug)]
pub enum Plan<Part> {
    /// These parts are to be sent, in this order.
    Send {
        /// The parts; never empty.
        parts: Vec<Part>,
        /// The time of the first part, when parts carry times.
        first_time: Option<Timestamp>,
        /// Whether a failed part is tried again; typing is not.
        repeat: bool,
    },
    /// This has to be known before anything is sent: what is sent may be answered before it is recorded. Afterwards it is decided
    /// again.
    Learn(Vec<Transition>),
    /// There is nothing to send.
    Settle {
        /// What happened to the conversation.
        transitions: Vec<Transition>,
        /// What else is to be written.
        writes: Vec<Write>,
        /// Why, for the log.
        reason: &'static str,
    },
    /// It belongs to this contact's conversation: it goes to its own direction's queue once more, in that conversation's order. Of
    /// no contact: its conversation is still to be found, and nothing that waits behind it is to wait for that.
    Forward(Option<ContactId>),
    /// It is none of ours, or too late to change anything: it is counted and left.
    Leave(&'static str),
    /// It cannot be decided yet: the event waits a moment, and its conversation with it.
    Wait(std::time::Duration),
    /// It can never be sent.
    Reject(Failure),
}

impl<Part> Plan<Part> {
    /// Whether it is of no use once the time of its event has passed.
    pub(super) fn needs_time(&self) -> bool {
        match self {
            Self::Send { .. } | Self::Learn(_) | Self::Wait(_) => true,
            Self::Settle { .. } | Self::Forward(_) | Self::Leave(_) | Self::Reject(_) => false,
        }
    }
}

/// What came of sending a part.
#[derive(Debug, Default)]
pub struct Sent {
    /// What happened to the conversation.
    pub transitions: Vec<Transition>,
    /// What else is to be written with it, in one piece.
    pub writes: Vec<Write>,
    /// Whether the other side said something of the conversation instead of taking it: it is then sent again at once, by what is
    /// known now.
    pub again: bool,
    /// Events that follow, for the other direction's queue.
    pub follow_ups: Vec<QueuedEvent>,
    /// The places of files that are passed on now, though an earlier life of the event had to go without them.
    pub passed_files: Vec<String>,
    /// Whether the other side was asked in vain, though for the event it is as good as an answer.
    pub unanswered: bool,
    /// What may have been overtaken by what follows from it, since the other side's answer or its record was slow or lost.
    pub overtaken: Option<Overtaken>,
}

/// A part that the other side took, and whose peer is among what is written with it.
#[derive(Debug)]
pub struct Overtaken {
    /// Where its peer will lie, and where receipts may have been laid down for it.
    pub key: ItemKey,
    /// What they are about.
    pub peer: Peer,
}

/// One direction's sender.
#[async_trait]
pub trait Route: Send + Sync {
    /// One call to the other side.
    type Part: Send + Sync;

    /// Which queue it drains.
    fn direction(&self) -> Direction;

    /// Items it needs besides the conversation and the record.
    fn keys(&self, event: &QueuedEvent) -> Vec<ItemKey>;

    /// Items whose keys are known only from the first ones. None for most events: they cost a second read.
    fn further_keys(&self, event: &QueuedEvent, items: &[Option<Item>]) -> Vec<ItemKey>;

    /// Values of the store's index to look for, for events that do not say whose they are.
    fn searches(&self, _event: &QueuedEvent) -> Vec<String> {
        Vec::new()
    }

    /// Decides, without any input or output.
    fn plan(&self, situation: &Situation<'_>) -> Plan<Self::Part>;

    /// Whether the event goes on with a conversation that is under way, where what it amounts to depends on it. It is remembered, so
    /// that a repeat amounts to the same.
    fn continues(&self, _situation: &Situation<'_>) -> Option<bool> {
        None
    }

    /// What the originating side calls a part, where its refusal leaves the other parts as they are. `None`: the event is refused
    /// with it.
    fn part_name(&self, _part: &Self::Part) -> Option<String> {
        None
    }

    /// Sends one part.
    async fn send(&self, part: &Self::Part, situation: &Situation<'_>) -> Result<Sent, Failure>;

    /// What follows, for the other direction's queue, from what was laid down under [`Sent::overtaken`].
    fn catch_up(
        &self,
        _event: &QueuedEvent,
        _peer: &Peer,
        _found: &Item,
        _now: Timestamp,
    ) -> Vec<QueuedEvent> {
        Vec::new()
    }

    /// What remains true of an event that failed and is not repeated, or is given up.
    fn remains(&self, _event: &QueuedEvent) -> Vec<Transition> {
        Vec::new()
    }

    /// What the originating side is told when an event is given up; `None` when there is nobody to tell or nothing to say.
    fn notice(&self, event: &QueuedEvent, failure: &Failure, now: Timestamp)
    -> Option<QueuedEvent>;
}
