//! Hands batches of the queues to the senders, as Lambda does or as the worker of one machine does.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use delivery::batch::{BatchHandler as _, Outcome, QueueRecord};
use delivery::event::QueuedEvent;
use delivery::record::EventRecord;
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use shared::ports::{Direction, Store as _};

use crate::environment::ProcessId;
use crate::fleet::Senders;
use crate::lock;
use crate::mutation::Mutation;
use crate::operator;
use crate::queue::Batch;
use crate::run::Simulation;
use crate::scenario::{FaultKind, Port, Topology};

/// The visibility timeout of the queues, in milliseconds, as in the template.
const VISIBILITY: i64 = 120_000;
/// The time limit of a sender, in milliseconds, as in the template.
const TIME_LIMIT: i64 = 90_000;
/// The lease on one machine: only the death of the process ends it.
const FOR_EVER: i64 = i64::MAX / 4;

/// Drains a queue until the run ends.
pub(crate) fn begin(simulation: &Arc<Simulation>, direction: Direction) {
    let task = Arc::clone(simulation);
    simulation.environment.spawn(None, async move {
        loop {
            while hand_out(&task, direction) {}
            let now = task.environment.now();
            let returns = task.machine_returns();
            let next = task.queues.next(direction);
            // Records that are due now wait for a process with a free slot.
            let wait = match (next, returns) {
                (Some(next), Some(returns)) => Some(next.max(returns)),
                (Some(next), None) if next > now => Some(next),
                _ => None,
            };
            match wait {
                Some(at) => {
                    let pause = Box::pin(task.environment.sleep(at - now));
                    if let Either::Left(_) = select(Box::pin(changed(&task)), pause).await {}
                }
                None => changed(&task).await,
            }
        }
    });
}

async fn changed(simulation: &Arc<Simulation>) {
    let mut listening = false;
    poll_fn(|context| {
        if listening {
            return Poll::Ready(());
        }
        listening = true;
        simulation.queues.listen(context.waker());
        Poll::Pending
    })
    .await;
}

fn hand_out(simulation: &Arc<Simulation>, direction: Direction) -> bool {
    let Some((process, slot, senders)) = simulation.senders(direction) else { return false };
    let is_function = simulation.scenario.setup.topology == Topology::Functions;
    let most = simulation.environment.random(|random| random.place(10)) + 1;
    let time = if is_function { VISIBILITY } else { FOR_EVER };
    let Some(batch) = simulation.queues.receive(direction, most, time) else { return false };
    simulation.environment.trace(|| {
        let places: Vec<&str> = batch.records.iter().map(|record| record.id.as_str()).collect();
        format!("process {} gets {places:?} of {}", process.0, direction.name())
    });
    simulation.queues.give(process, &batch);
    count_known(simulation, direction, &batch);
    if simulation.mutation == Some(Mutation::AcknowledgeBeforeSending) {
        let done = vec![Outcome::Done; batch.records.len()];
        simulation.queues.settle(direction, &batch, &done, true);
    }
    simulation.occupy(process, slot, true);
    let finished = Arc::new(AtomicBool::new(false));
    let fault_kind = is_function.then(|| simulation.environment.fault_kind(Port::Batch)).flatten();
    if is_function {
        watch(simulation, process, &finished);
    }
    if fault_kind == Some(FaultKind::LeaseExpires) {
        expire(simulation, process, direction, &batch);
    }
    let task = Arc::clone(simulation);
    simulation.environment.spawn(Some(process), async move {
        let outcomes = deliver(&senders, direction, batch.records.clone()).await;
        finished.store(true, Ordering::SeqCst);
        check(&task, &batch.records, &outcomes);
        task.occupy(process, slot, false);
        if fault_kind == Some(FaultKind::OutcomeLost) {
            task.environment.forget_outcome(process);
            task.queues.settle(direction, &batch, &[], false);
        } else {
            let pauses = fault_kind != Some(FaultKind::PauseLost);
            task.queues.settle(direction, &batch, &outcomes, pauses);
        }
    });
    true
}

/// Counts events that were redriven although their record shows them finished.
fn count_known(simulation: &Arc<Simulation>, direction: Direction, batch: &Batch) {
    for record in batch.records.iter().filter(|record| record.attempt == 1) {
        let event = serde_json::from_str::<QueuedEvent>(&record.body).ok();
        let Some(event) = event.filter(|event| event.redrive > 0) else { continue };
        let items = simulation.items.load(&[event.record_key(direction)]).now_or_never();
        let item = items.and_then(Result::ok).and_then(|mut items| items.pop().flatten());
        let known = item.and_then(|item| serde_json::from_str::<EventRecord>(&item.body).ok());
        if known.is_some_and(|known| known.is_finished(&event)) {
            lock(&simulation.environment.coverage).count(operator::RECOGNISED_BY_RECORD.to_owned());
        }
    }
}

async fn deliver(
    senders: &Senders,
    direction: Direction,
    records: Vec<QueueRecord>,
) -> Vec<Outcome> {
    match direction {
        Direction::Inbound => senders.inbound.handle(records).await,
        Direction::Outbound => senders.outbound.handle(records).await,
    }
}

/// Lambda ends a function that exceeds its time limit.
fn watch(simulation: &Arc<Simulation>, process: ProcessId, finished: &Arc<AtomicBool>) {
    let (task, finished) = (Arc::clone(simulation), Arc::clone(finished));
    simulation.environment.spawn(None, async move {
        task.environment.sleep(TIME_LIMIT).await;
        if !finished.load(Ordering::SeqCst) && task.environment.lives(process) {
            crate::lock(&task.environment.coverage)
                .count("function over its time limit".to_owned());
            task.environment.kill(process);
        }
    });
}

/// The lease expires, and the queue gives the batch to another process while this process works on
/// it.
fn expire(simulation: &Arc<Simulation>, process: ProcessId, direction: Direction, batch: &Batch) {
    let (task, batch) = (Arc::clone(simulation), batch.clone());
    let after = simulation.environment.random(|random| random.between(0, 3_000));
    simulation.environment.spawn(None, async move {
        task.environment.sleep(after).await;
        task.environment.trace(|| format!("the lease of process {} expires", process.0));
        task.environment.share(process);
        task.queues.expire(direction, &batch);
    });
}

/// Checks the outcomes of each group: records behind the first one that retries are held back, and
/// no other records are.
fn check(simulation: &Arc<Simulation>, records: &[QueueRecord], outcomes: &[Outcome]) {
    let mut waiting = BTreeSet::new();
    for (record, outcome) in records.iter().zip(outcomes) {
        if (*outcome == Outcome::Blocked) != waiting.contains(&record.group) {
            simulation
                .environment
                .broken(|| format!("the outcomes of a batch do not fit: {outcomes:?}"));
        }
        if matches!(outcome, Outcome::Retry { .. }) {
            waiting.insert(record.group.clone());
        }
    }
}
