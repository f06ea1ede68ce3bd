//! A queue that behaves like a FIFO queue of SQS and is fast enough for the simulated hour: groups
//! in order, one receiver each, pauses by visibility.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};

use async_trait::async_trait;
use delivery::batch::{Outcome, QueueRecord};
use shared::ports::{Clock as _, Direction, PortError, Queue, QueueMessage};

use super::time::{BEGINNING, VirtualClock};

const BATCH: usize = 10;

#[derive(Default)]
struct Group {
    entries: VecDeque<(u64, String, u32)>,
}

#[derive(Default)]
struct State {
    groups: HashMap<String, Group>,
    /// Ordered by the time at which they can be handed out.
    ready: BTreeSet<(i64, u64, String)>,
    last: u64,
    queued: usize,
    waiting: Vec<Waker>,
    /// When the receivers are woken, if that is set.
    alarm: Option<i64>,
    closed: bool,
    /// Outcomes that returned an event to the queue.
    returned: usize,
    /// Messages sent to the queue of the other direction.
    notices: usize,
}

/// The inbound queue. Of the outbound queue, only the number of entries is kept.
pub struct RushQueue {
    clock: Arc<VirtualClock>,
    state: Arc<Mutex<State>>,
}

/// Wakes all receivers.
struct Alarm(Arc<Mutex<State>>);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        let mut state = self.0.lock().unwrap();
        state.alarm = None;
        state.wake();
    }
}

impl RushQueue {
    pub fn new(clock: Arc<VirtualClock>) -> Self {
        Self { clock, state: Arc::default() }
    }

    /// No further events will come.
    pub fn close(&self) {
        let mut state = self.state.lock().unwrap();
        state.closed = true;
        state.wake();
    }

    pub fn queued(&self) -> usize {
        self.state.lock().unwrap().queued
    }

    pub fn returned(&self) -> usize {
        self.state.lock().unwrap().returned
    }

    pub fn notices(&self) -> usize {
        self.state.lock().unwrap().notices
    }

    /// Returns the next batch; `None` when all events are done.
    pub async fn receive(&self) -> Option<Vec<QueueRecord>> {
        poll_fn(|context| {
            let mut state = self.state.lock().unwrap();
            let now = self.clock.now().milliseconds();
            let batch = state.take(now);
            if !batch.is_empty() {
                return Poll::Ready(Some(batch));
            }
            if state.closed && state.queued == 0 {
                state.wake();
                return Poll::Ready(None);
            }
            let next = state.ready.first().map(|(at, ..)| *at);
            if let Some(at) = next.filter(|at| state.alarm.is_none_or(|alarm| *at < alarm)) {
                state.alarm = Some(at);
                self.clock.wake_at(at, &Waker::from(Arc::new(Alarm(Arc::clone(&self.state)))));
            }
            state.waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    pub fn settle(&self, records: &[QueueRecord], outcomes: &[Outcome]) {
        let now = self.clock.now().milliseconds();
        let mut state = self.state.lock().unwrap();
        let mut groups: HashMap<&str, i64> = HashMap::new();
        for (record, outcome) in records.iter().zip(outcomes) {
            let ready = groups.entry(record.group.as_str()).or_insert(now);
            match outcome {
                Outcome::Done => {
                    let group = state.groups.get_mut(&record.group).unwrap();
                    let (number, ..) = group.entries.pop_front().unwrap();
                    assert_eq!(number.to_string(), record.id, "done out of order");
                    state.queued -= 1;
                }
                Outcome::Retry { after } => {
                    state.returned += 1;
                    *ready = now + i64::try_from(after.as_millis()).unwrap();
                }
                Outcome::Blocked => {}
            }
        }
        for (group, at) in groups {
            if !state.groups[group].entries.is_empty() {
                let number = state.groups[group].entries[0].0;
                state.ready.insert((at, number, group.to_owned()));
            } else {
                state.groups.remove(group);
            }
        }
        state.wake();
    }
}

impl State {
    fn wake(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }

    fn take(&mut self, now: i64) -> Vec<QueueRecord> {
        let mut batch = Vec::new();
        while batch.len() < BATCH && self.ready.first().is_some_and(|(at, ..)| *at <= now) {
            let Some((_, _, name)) = self.ready.pop_first() else { break };
            let group = self.groups.get_mut(&name).unwrap();
            let room = BATCH - batch.len();
            for (number, body, attempts) in group.entries.iter_mut().take(room) {
                *attempts += 1;
                batch.push(QueueRecord {
                    id: number.to_string(),
                    group: name.clone(),
                    body: body.clone(),
                    attempt: *attempts,
                });
            }
        }
        batch
    }
}

#[async_trait]
impl Queue for RushQueue {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let now = self.clock.elapsed() + BEGINNING;
        let mut state = self.state.lock().unwrap();
        if direction == Direction::Outbound {
            state.notices += 1;
            return Ok(());
        }
        state.last += 1;
        state.queued += 1;
        let number = state.last;
        let is_new = !state.groups.contains_key(&message.group);
        let group = state.groups.entry(message.group.clone()).or_default();
        group.entries.push_back((number, message.body, 0));
        if is_new {
            state.ready.insert((now, number, message.group));
            state.wake();
        }
        Ok(())
    }
}
