//! The two FIFO queues with their leases, as in SQS or as in the table of one machine.
//!
//! Rules: a group gives out nothing while one of its entries is hidden. A lease that has ended is
//! void: its holder cannot remove its entries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use delivery::batch::{Outcome, QueueRecord};
use delivery::event::{Payload, QueuedEvent};
use shared::ports::{Direction, QueueMessage};

use crate::environment::{Environment, ProcessId};
use crate::lock;
use crate::operator;
use crate::scenario::Topology;

/// How long a queue remembers a sent id, in milliseconds.
const REMEMBERED: i64 = 5 * 60 * 1000;

/// An event of a conversation's life that arrived after a later one.
pub(crate) const OVERTAKEN: &str = "event out of order";

/// An entry that became durable.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) direction: Direction,
    /// Its place among all durable entries.
    pub(crate) place: u64,
    pub(crate) event: QueuedEvent,
}

/// A batch that a process received.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) lease: u64,
    pub(crate) records: Vec<QueueRecord>,
}

struct Entry {
    place: u64,
    message: QueueMessage,
    is_redriven: bool,
    attempts: u32,
    hidden_until: i64,
    lease: u64,
}

#[derive(Default)]
struct Side {
    entries: Vec<Entry>,
    remembered: BTreeMap<String, i64>,
}

#[derive(Default)]
struct State {
    sides: [Side; 2],
    last: u64,
    sent: Vec<Sent>,
    /// The places that each process received.
    given: BTreeMap<ProcessId, BTreeSet<u64>>,
    listeners: Vec<Waker>,
}

pub(crate) struct Queues {
    environment: Arc<Environment>,
    topology: Topology,
    /// Whether groups have an effect; a mutation turns them off.
    groups: bool,
    state: Mutex<State>,
}

fn side(direction: Direction) -> usize {
    match direction {
        Direction::Inbound => 0,
        Direction::Outbound => 1,
    }
}

impl Queues {
    pub(crate) fn new(
        environment: Arc<Environment>,
        topology: Topology,
        groups: bool,
    ) -> Arc<Self> {
        Arc::new(Self { environment, topology, groups, state: Mutex::default() })
    }

    /// Makes an entry durable, unless its id is remembered.
    pub(crate) fn send(&self, direction: Direction, message: QueueMessage) {
        let now = self.environment.now();
        let mut state = lock(&self.state);
        let queue = &mut state.sides[side(direction)];
        queue.remembered.retain(|_, sent| now - *sent < REMEMBERED);
        let waits = self.topology == Topology::OneMachine
            && queue
                .entries
                .iter()
                .any(|entry| entry.message.deduplication == message.deduplication);
        let event = serde_json::from_str::<QueuedEvent>(&message.body).ok();
        let is_redriven = event.as_ref().is_some_and(|event| event.redrive > 0);
        if waits || queue.remembered.contains_key(&message.deduplication) {
            if is_redriven {
                lock(&self.environment.coverage).count(operator::RECOGNISED_BY_QUEUE.to_owned());
            }
            return;
        }
        let others = queue.entries.iter().filter(|entry| entry.message.group == message.group);
        let (any, redriven) = others
            .fold((false, false), |(_, redriven), entry| (true, redriven || entry.is_redriven));
        if any && is_redriven {
            lock(&self.environment.coverage).count(operator::BEHIND.to_owned());
        }
        if redriven && !is_redriven {
            lock(&self.environment.coverage).count(operator::BEFORE.to_owned());
        }
        queue.remembered.insert(message.deduplication.clone(), now);
        if event.as_ref().is_some_and(|event| overtakes(&state.sent, event)) {
            lock(&self.environment.coverage).count(OVERTAKEN.to_owned());
        }
        state.last += 1;
        let place = state.last;
        if let Some(event) = event {
            self.environment.trace(|| {
                let (way, redrive) = (direction.name(), event.redrive);
                format!("{way} queue takes {place}: {:?} redrive {redrive}", event.dedup_key)
            });
            state.sent.push(Sent { direction, place, event });
        }
        let group = if self.groups { message.group.clone() } else { place.to_string() };
        let message = QueueMessage { group, ..message };
        let entry = Entry { place, message, is_redriven, attempts: 0, hidden_until: 0, lease: 0 };
        state.sides[side(direction)].entries.push(entry);
        state.listeners.drain(..).for_each(Waker::wake);
    }

    /// Notes that a process received a batch.
    pub(crate) fn give(&self, process: ProcessId, batch: &Batch) {
        let mut state = lock(&self.state);
        let places = batch.records.iter().filter_map(|record| record.id.parse::<u64>().ok());
        state.given.entry(process).or_default().extend(places);
    }

    /// The durable entries that match and that the process received.
    pub(crate) fn given(&self, process: ProcessId, matches: impl Fn(&Sent) -> bool) -> Vec<Sent> {
        let state = lock(&self.state);
        let Some(given) = state.given.get(&process) else { return Vec::new() };
        let sent = state.sent.iter().filter(|sent| given.contains(&sent.place) && matches(sent));
        sent.cloned().collect()
    }

    pub(crate) fn holds(&self, direction: Direction, place: u64) -> bool {
        let state = lock(&self.state);
        state.sides[side(direction)].entries.iter().any(|entry| entry.place == place)
    }

    /// Gives out the next entries, at most `most`, with a lease of `time` milliseconds.
    pub(crate) fn receive(&self, direction: Direction, most: usize, time: i64) -> Option<Batch> {
        let now = self.environment.now();
        let mut state = lock(&self.state);
        state.last += 1;
        let lease = state.last;
        let queue = &mut state.sides[side(direction)];
        let hidden = queue.entries.iter().filter(|entry| entry.hidden_until > now);
        let closed: BTreeSet<String> = hidden.map(|entry| entry.message.group.clone()).collect();
        let mut records = Vec::new();
        for entry in &mut queue.entries {
            if records.len() >= most {
                break;
            }
            if closed.contains(&entry.message.group) {
                continue;
            }
            entry.attempts += 1;
            entry.hidden_until = now + time;
            entry.lease = lease;
            records.push(QueueRecord {
                id: entry.place.to_string(),
                group: entry.message.group.clone(),
                body: entry.message.body.clone(),
                attempt: entry.attempts,
            });
        }
        (!records.is_empty()).then_some(Batch { lease, records })
    }

    /// Takes back a batch with the outcome of each record. A record that is no longer under this
    /// lease stays as it is.
    pub(crate) fn settle(
        &self,
        direction: Direction,
        batch: &Batch,
        outcomes: &[Outcome],
        pauses: bool,
    ) {
        let now = self.environment.now();
        let mut state = lock(&self.state);
        let queue = &mut state.sides[side(direction)];
        let mut waiting: BTreeMap<&str, i64> = BTreeMap::new();
        for (record, outcome) in batch.records.iter().zip(outcomes) {
            let held = |entry: &&mut Entry| {
                entry.place.to_string() == record.id
                    && entry.lease == batch.lease
                    && entry.hidden_until > now
            };
            let Some(entry) = queue.entries.iter_mut().find(held) else { continue };
            let pause = match outcome {
                Outcome::Done => {
                    let place = entry.place;
                    queue.entries.retain(|entry| entry.place != place);
                    continue;
                }
                Outcome::Retry { after } => self.pause(after.as_nanos(), record.attempt),
                Outcome::Blocked => match self.topology {
                    Topology::Functions => waiting.get(record.group.as_str()).copied().unwrap_or(0),
                    Topology::OneMachine => 0,
                },
            };
            waiting.entry(&record.group).or_insert(pause);
            if pauses {
                entry.hidden_until = now + pause;
            }
        }
        state.listeners.drain(..).for_each(Waker::wake);
    }

    /// SQS knows only whole seconds, and entries that return often are slowed down, as in
    /// `aws/batch.rs`.
    fn pause(&self, nanoseconds: u128, attempt: u32) -> i64 {
        let milliseconds = i64::try_from(nanoseconds.div_ceil(1_000_000)).unwrap_or(i64::MAX);
        match self.topology {
            Topology::OneMachine => milliseconds,
            Topology::Functions => {
                let slowest = if attempt >= 100 {
                    60_000
                } else if attempt >= 20 {
                    10_000
                } else {
                    0
                };
                (milliseconds.saturating_add(999) / 1000 * 1000).max(slowest)
            }
        }
    }

    /// Ends the lease of a batch: other processes may receive its records.
    pub(crate) fn expire(&self, direction: Direction, batch: &Batch) {
        let now = self.environment.now();
        let mut state = lock(&self.state);
        let queue = &mut state.sides[side(direction)];
        for entry in queue.entries.iter_mut().filter(|entry| entry.lease == batch.lease) {
            entry.hidden_until = entry.hidden_until.min(now);
            entry.lease = 0;
        }
        state.listeners.drain(..).for_each(Waker::wake);
    }

    /// The one machine restarts: every queued entry may have been given out before.
    pub(crate) fn begin_again(&self) {
        let mut state = lock(&self.state);
        for entry in state.sides.iter_mut().flat_map(|queue| &mut queue.entries) {
            entry.hidden_until = 0;
            entry.lease = 0;
            entry.attempts += 1;
        }
        state.listeners.drain(..).for_each(Waker::wake);
    }

    /// When the next entry can be given out, if any is queued.
    pub(crate) fn next(&self, direction: Direction) -> Option<i64> {
        let state = lock(&self.state);
        let mut groups: BTreeMap<&str, i64> = BTreeMap::new();
        for entry in &state.sides[side(direction)].entries {
            let until = groups.entry(&entry.message.group).or_default();
            *until = (*until).max(entry.hidden_until);
        }
        groups.into_values().min()
    }

    pub(crate) fn listen(&self, waker: &Waker) {
        lock(&self.state).listeners.push(waker.clone());
    }

    pub(crate) fn waiting(&self) -> usize {
        lock(&self.state).sides.iter().map(|queue| queue.entries.len()).sum()
    }

    /// All entries that ever became durable.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        lock(&self.state).sent.clone()
    }

    /// The first durable entry that matches.
    pub(crate) fn find(&self, matches: impl Fn(&Sent) -> bool) -> Option<Sent> {
        lock(&self.state).sent.iter().find(|sent| matches(sent)).cloned()
    }
}

/// Whether an event of a conversation's life is older than an event that arrived before it.
fn overtakes(sent: &[Sent], event: &QueuedEvent) -> bool {
    let life = |event: &QueuedEvent| match &event.payload {
        Payload::Lifecycle(life) => Some((life.conversation.clone(), life.at)),
        _ => None,
    };
    let Some((conversation, at)) = life(event) else { return false };
    sent.iter()
        .filter_map(|sent| life(&sent.event))
        .any(|other| other.0 == conversation && other.1 > at)
}
