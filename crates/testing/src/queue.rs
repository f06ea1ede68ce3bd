//! The two FIFO queues in memory, with the functions that a test needs to drain them.
//!
//! Rules: a group hands out no entry while another of its entries is handed out or waits for its
//! time. A record returns to its queue by an outcome or by [`MemoryQueue::give_back`], as when a
//! receiver dies.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use delivery::batch::{Outcome, QueueRecord};
use shared::lock::lock;
use shared::ports::{Clock, Direction, PortError, Queue, QueueMessage};
use shared::time::Timestamp;

/// How long a queue remembers an id after its entry was sent.
const REMEMBERED: Duration = Duration::from_mins(5);

/// [`Queue`] in memory.
///
/// An entry is ignored while another entry with its id is queued, and for 5 minutes after that
/// entry was sent. Both SQS and the embedded queue promise this.
pub struct MemoryQueue {
    clock: Arc<dyn Clock>,
    sides: Mutex<[Side; 2]>,
}

#[derive(Default)]
struct Side {
    entries: Vec<Entry>,
    sent: HashMap<String, Timestamp>,
    taken: HashSet<u64>,
    last: u64,
}

/// A queued entry, handed out or not.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The position in the queue; also the id of its [`QueueRecord`].
    pub place: u64,
    pub message: QueueMessage,
    /// How often the entry was handed out.
    pub attempts: u32,
    /// The entry is not handed out before this time.
    pub not_before: Option<Timestamp>,
}

impl MemoryQueue {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, sides: Mutex::default() }
    }

    /// Hands out at most `most` entries; the entries of one group keep their order.
    pub fn receive(&self, direction: Direction, most: usize) -> Vec<QueueRecord> {
        let (now, mut sides) = (self.clock.now(), self.sides());
        let side = &mut sides[place(direction)];
        let out = side.entries.iter().filter(|entry| side.taken.contains(&entry.place));
        let mut closed: HashSet<String> = out.map(|entry| entry.message.group.clone()).collect();
        let mut records = Vec::new();
        for entry in &mut side.entries {
            if entry.not_before.is_some_and(|until| until > now) {
                closed.insert(entry.message.group.clone());
            }
            if records.len() == most || closed.contains(&entry.message.group) {
                continue;
            }
            entry.attempts += 1;
            side.taken.insert(entry.place);
            records.push(QueueRecord {
                id: entry.place.to_string(),
                group: entry.message.group.clone(),
                body: entry.message.body.clone(),
                attempt: entry.attempts,
            });
        }
        records
    }

    /// Takes handed-out records back and applies their outcomes.
    pub fn settle(&self, direction: Direction, records: &[QueueRecord], outcomes: &[Outcome]) {
        let (now, mut sides) = (self.clock.now(), self.sides());
        let side = &mut sides[place(direction)];
        for (record, outcome) in records.iter().zip(outcomes) {
            let Ok(number) = record.id.parse::<u64>() else { continue };
            side.taken.remove(&number);
            match outcome {
                Outcome::Done => side.entries.retain(|entry| entry.place != number),
                Outcome::Blocked => {}
                Outcome::Retry { after } => {
                    let mut entries = side.entries.iter_mut();
                    if let Some(entry) = entries.find(|entry| entry.place == number) {
                        entry.not_before = Some(now + *after);
                    }
                }
            }
        }
    }

    /// Takes records back from a receiver that will never answer.
    pub fn give_back(&self, direction: Direction, records: &[QueueRecord]) {
        self.settle(direction, records, &vec![Outcome::Blocked; records.len()]);
    }

    /// All queued entries in order, including those that are handed out.
    pub fn entries(&self, direction: Direction) -> Vec<Entry> {
        self.sides()[place(direction)].entries.clone()
    }

    /// When the next entry can be handed out; an entry that is already due counts as due now.
    pub fn next_due(&self, direction: Direction) -> Option<Timestamp> {
        let (now, sides) = (self.clock.now(), self.sides());
        let mut seen = HashSet::new();
        let first = |entry: &&Entry| seen.insert(entry.message.group.clone());
        let firsts = sides[place(direction)].entries.iter().filter(first);
        firsts.map(|entry| entry.not_before.map_or(now, |until| until.max(now))).min()
    }

    fn sides(&self) -> MutexGuard<'_, [Side; 2]> {
        lock(&self.sides)
    }
}

fn place(direction: Direction) -> usize {
    match direction {
        Direction::Inbound => 0,
        Direction::Outbound => 1,
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let (now, mut sides) = (self.clock.now(), self.sides());
        let side = &mut sides[place(direction)];
        side.sent.retain(|_, sent| now.elapsed_since(*sent) < REMEMBERED);
        let queued =
            side.entries.iter().any(|entry| entry.message.deduplication == message.deduplication);
        if queued || side.sent.contains_key(&message.deduplication) {
            return Ok(());
        }
        side.sent.insert(message.deduplication.clone(), now);
        side.last += 1;
        let place = side.last;
        side.entries.push(Entry { place, message, attempts: 0, not_before: None });
        Ok(())
    }
}
