//! The engine's interface to a sender: the items that it needs, its plan for an event, and how it
//! sends one part.

use async_trait::async_trait;
use conversation::{Conversation, Schedule, Transition};
use serde::Deserialize;
use shared::config::SendConfig;
use shared::error::Failure;
use shared::genesys::lifecycle::LifecycleEvent;
use shared::ids::ContactId;
use shared::ports::{Direction, Item, ItemKey, Write};
use shared::time::Timestamp;

use super::batch::QueueRecord;
use super::event::{DedupKey, Payload, QueuedEvent};
use super::items::Items;
use super::record::EventRecord;
use crate::message_link::MessageLink;

/// Everything that a decision about an event may depend on.
#[derive(Debug)]
pub struct Situation<'a> {
    pub event: &'a QueuedEvent,
    /// The integration's configuration, in its current version.
    pub config: &'a SendConfig,
    pub schedule: Schedule,
    pub conversation: &'a Conversation,
    pub record: &'a EventRecord,
    /// The items under [`Route::keys`] and [`Route::further_keys`].
    pub items: &'a Items,
    /// The items that were found under [`Route::searches`].
    pub found: &'a [(ItemKey, Item)],
    /// Whether the store has no record of the event. Then another event has taught the conversation
    /// what it knows.
    pub is_new: bool,
    /// Whether an earlier attempt may have reached the other side although the bridge got no
    /// answer.
    pub uncertain: bool,
    /// The later events of the same conversation in this batch.
    pub backlog: Backlog<'a>,
    pub now: Timestamp,
}

/// The later events of the same conversation in the same batch.
#[derive(Clone, Copy, Debug)]
pub struct Backlog<'a> {
    /// The whole batch.
    pub records: &'a [QueueRecord],
    /// The positions of those events in the batch.
    pub positions: &'a [usize],
}

impl Backlog<'_> {
    /// Whether one of them is a message. This parses the records, so call it only where the answer
    /// decides something.
    pub fn has_message(&self) -> bool {
        #[derive(Deserialize)]
        struct KeyOnly {
            #[serde(rename = "identity")]
            dedup_key: DedupKey,
        }
        let mut records = self.positions.iter().filter_map(|position| self.records.get(*position));
        records.any(|record| {
            let known = serde_json::from_str::<KeyOnly>(&record.body);
            known.is_ok_and(|known| matches!(known.dedup_key, DedupKey::Message(_)))
        })
    }

    /// The lifecycle events among them. This parses the records, as above.
    pub fn lifecycle(&self) -> Vec<LifecycleEvent> {
        let records = self.positions.iter().filter_map(|position| self.records.get(*position));
        let read = |record: &QueueRecord| serde_json::from_str::<QueuedEvent>(&record.body).ok();
        let events = records.filter_map(read).filter_map(|event| match event.payload {
            Payload::Lifecycle(event) => Some(event),
            _ => None,
        });
        events.collect()
    }
}

/// The plan for an event.
#[derive(Debug)]
pub enum Plan<Part> {
    /// Send these parts, in this order.
    Send {
        /// Never empty.
        parts: Vec<Part>,
        /// The time of the first part, if parts carry times.
        first_time: Option<Timestamp>,
        /// Whether a failed part is retried; typing is not.
        repeat: bool,
    },
    /// Record these transitions before anything is sent, because an answer may arrive before the
    /// sending is recorded. Then plan again.
    RecordFirst(Vec<Transition>),
    /// There is nothing to send: complete the event.
    Complete {
        /// The changes of the conversation.
        transitions: Vec<Transition>,
        /// Further writes.
        writes: Vec<Write>,
        /// Why, for the log.
        reason: &'static str,
    },
    /// The event belongs to this contact's conversation: put it in the queue of its own direction
    /// again, in the order of that conversation. Without a contact: its conversation must still be
    /// found, and the events behind it must not wait for that.
    Reroute(Option<ContactId>),
    /// The event does not belong to the bridge, or is too late to change anything: count and ignore
    /// it.
    Ignore(&'static str),
    /// The event cannot be decided yet: it waits for this time, and its conversation waits with it.
    Wait(std::time::Duration),
    /// The event can never be sent.
    Reject(Failure),
}

impl<Part> Plan<Part> {
    /// Whether the plan is useless once the time of the event has passed.
    pub(super) fn needs_time(&self) -> bool {
        match self {
            Self::Send { .. } | Self::RecordFirst(_) | Self::Wait(_) => true,
            Self::Complete { .. } | Self::Reroute(_) | Self::Ignore(_) | Self::Reject(_) => false,
        }
    }
}

/// The result of sending a part.
#[derive(Debug, Default)]
pub struct Sent {
    /// The changes of the conversation.
    pub transitions: Vec<Transition>,
    /// Further writes, in one transaction with the record.
    pub writes: Vec<Write>,
    /// Whether the other side reported a change of the conversation instead of accepting the part.
    /// The part is then sent again at once, with the new knowledge.
    pub again: bool,
    /// Follow-up events for the queue of the other direction.
    pub follow_ups: Vec<QueuedEvent>,
    /// The places of files that are passed on now, although the event was sent without them in an
    /// earlier life.
    pub passed_files: Vec<String>,
    /// Whether a call got no answer although the event counts as sent.
    pub unanswered: bool,
    /// Why nothing was sent, if the part is finished without a call.
    pub settled: Option<&'static str>,
    /// Set if an early receipt may have arrived before this result is recorded, because the other
    /// side's answer or the record was slow or lost.
    pub written_link: Option<WrittenLink>,
}

/// A part that the other side accepted and whose message mapping is among its writes.
#[derive(Debug)]
pub struct WrittenLink {
    /// The key of its mapping. Early receipts may already be stored under it.
    pub key: ItemKey,
    /// The message that those receipts are about.
    pub message_link: MessageLink,
}

/// The sender of one direction.
#[async_trait]
pub trait Route: Send + Sync {
    /// One call to the other side.
    type Part: Send + Sync;

    /// The direction of the queue that the sender drains.
    fn direction(&self) -> Direction;

    /// The keys of the items that it needs besides the conversation and the record.
    fn keys(&self, event: &QueuedEvent) -> Vec<ItemKey>;

    /// The keys that depend on the first items. Most events have none, because they cost a second
    /// read.
    fn further_keys(&self, _event: &QueuedEvent, _items: &Items) -> Vec<ItemKey> {
        Vec::new()
    }

    /// The index values to search for, for events that do not name their contact.
    fn searches(&self, _event: &QueuedEvent) -> Vec<String> {
        Vec::new()
    }

    /// Decides, without any I/O.
    fn plan(&self, situation: &Situation<'_>) -> Plan<Self::Part>;

    /// Whether the event continues a conversation that is in progress, if the plan depends on it.
    /// The engine records the answer, so that a repeat gets the same plan.
    fn continues(&self, _situation: &Situation<'_>) -> Option<bool> {
        None
    }

    /// The originating side's name of a part, if its refusal does not affect the other parts.
    /// `None`: the refusal of the part refuses the event.
    fn part_name(&self, _part: &Self::Part) -> Option<String> {
        None
    }

    async fn send(&self, part: &Self::Part, situation: &Situation<'_>) -> Result<Sent, Failure>;

    /// Returns the events for the queue of the other direction that follow from the item stored
    /// under the key in [`Sent::written_link`].
    fn on_late_link(
        &self,
        _event: &QueuedEvent,
        _message_link: &MessageLink,
        _found: &Item,
        _now: Timestamp,
    ) -> Vec<QueuedEvent> {
        Vec::new()
    }

    /// The transitions that apply even though the event failed and is not repeated, or was given
    /// up.
    fn effects_if_undelivered(
        &self,
        _event: &QueuedEvent,
        _conversation: &Conversation,
    ) -> Vec<Transition> {
        Vec::new()
    }

    /// The notice to the originating side when an event is given up. `None` if there is no receiver
    /// or nothing to say.
    fn notice(&self, event: &QueuedEvent, failure: &Failure, now: Timestamp)
    -> Option<QueuedEvent>;
}
