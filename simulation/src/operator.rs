//! An operator who redrives dead letters: the program's own code, on the ports of a process of its
//! own.
//!
//! Rules: the process may die at each call; an operator who sees that a command was cut off or
//! failed usually repeats it. Checked here: the letters of one conversation are redriven in the
//! order in which their events were accepted.

use std::collections::BTreeMap;
use std::sync::Arc;

use delivery::event::{DedupKey, QueuedEvent};
use delivery::redrive::{self, Letter, LetterItem, Redrive as Command, RedriveOutcome};
use shared::ids::{ConversationKey, IntegrationName};
use shared::ports::{Clock, Direction, PortError, Queue, Store};
use tokio::sync::oneshot;

use crate::canaries::INTEGRATIONS;
use crate::environment::ProcessId;
use crate::lock;
use crate::mutation;
use crate::ports::{Link, SimulatedClock, SimulatedQueue, SimulatedStore};
use crate::run::Simulation;
use crate::scenario::{Redrive, Which};

/// The maximum number of times that an operator gives a command.
const ATTEMPTS: u32 = 4;

/// The cases that redriving must exercise, besides the faults.
pub(crate) fn wanted() -> Vec<String> {
    let commands = [Which::All, Which::One, Which::Together, Which::Twice]
        .map(|which| format!("operator {which:?}"));
    let outcomes =
        [RedriveOutcome::Sent, RedriveOutcome::AlreadySent, RedriveOutcome::Gone].map(outcome);
    let directions = [Direction::Inbound, Direction::Outbound];
    let ends = directions.iter().flat_map(|way| [arrives(*way), fails_again(*way)]);
    let others = [CUT_OFF, BEHIND, BEFORE, RECOGNISED_BY_QUEUE, RECOGNISED_BY_RECORD];
    let named = commands.into_iter().chain(outcomes).chain(ends);
    named.chain(others.map(str::to_owned)).collect()
}

/// A command that ended between two calls.
const CUT_OFF: &str = "redrive cut off";
/// An event that is queued behind waiting events of its conversation.
pub(crate) const BEHIND: &str = "redrive behind what waits";
/// An event that another event of its conversation follows.
pub(crate) const BEFORE: &str = "redrive before what came later";
/// An event that was queued twice, and the queue recognised the second.
pub(crate) const RECOGNISED_BY_QUEUE: &str = "redrive recognised by its queue";
/// An event that was queued twice, and its record shows the second as finished.
pub(crate) const RECOGNISED_BY_RECORD: &str = "redrive recognised by its record";

fn outcome(outcome: RedriveOutcome) -> String {
    format!("redrive {outcome:?}")
}

/// A redriven event was delivered.
pub(crate) fn arrives(direction: Direction) -> String {
    format!("redrive arrives {}", direction.name())
}

/// A redriven event was given up again.
pub(crate) fn fails_again(direction: Direction) -> String {
    format!("redrive fails again {}", direction.name())
}

/// The parts of a letter's event that distinguish it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redriven {
    direction: Direction,
    conversation: ConversationKey,
    dedup_key: DedupKey,
}

impl Redriven {
    pub(crate) fn of(direction: Direction, event: &QueuedEvent) -> Self {
        Self { direction, conversation: event.conversation(), dedup_key: event.dedup_key.clone() }
    }
}

/// A dead letter that the operator has read.
struct Read {
    letter: Letter,
    /// The event, if the letter holds one.
    what: Option<Redriven>,
}

/// Runs the operator's command, again if it fails.
pub(crate) fn act(simulation: &Arc<Simulation>, integration: usize, redrive: Redrive) {
    if redrive.repaired {
        lock(&simulation.repaired).insert(integration);
    }
    let operators = if redrive.which == Which::Together { 2 } else { 1 };
    for _ in 0..operators {
        let task = Arc::clone(simulation);
        simulation.environment.spawn(None, async move {
            for _ in 0..ATTEMPTS {
                if command(&task, integration, redrive.which).await {
                    return;
                }
                let pause = task.environment.random(|random| random.between(500, 9_000));
                task.environment.sleep(pause).await;
                if task.environment.random(|random| random.one_in(4)) {
                    // The operator has not noticed the failure.
                    return;
                }
            }
        });
    }
}

/// Runs the command once; `false` when it failed or was cut off.
async fn command(simulation: &Arc<Simulation>, integration: usize, which: Which) -> bool {
    let process = simulation.environment.start();
    let (answer, answered) = oneshot::channel();
    let task = Arc::clone(simulation);
    simulation
        .environment
        .trace(|| format!("an operator redrives {which:?}, process {}", process.0));
    simulation.environment.spawn(Some(process), async move {
        let done = run(&task, process, integration, which).await;
        task.environment.exit(process);
        let _ = answer.send(done.is_ok());
    });
    let done = answered.await;
    if done.is_err() {
        lock(&simulation.environment.coverage).count(CUT_OFF.to_owned());
    }
    done.unwrap_or_default()
}

async fn run(
    simulation: &Arc<Simulation>,
    process: ProcessId,
    integration: usize,
    which: Which,
) -> Result<(), PortError> {
    let link =
        Link { environment: Arc::clone(&simulation.environment), process, is_operator: true };
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock { link: link.clone() });
    let store = SimulatedStore { link: link.clone(), store: Arc::clone(&simulation.store) };
    let queue = SimulatedQueue { link, queues: Arc::clone(&simulation.queues) };
    let store = Simulation::with_lists(store, &clock);
    let (store, queue) = mutation::operator(simulation, (store, Arc::new(queue)));
    let letters = read(simulation, &*store, integration).await?;
    let mut chosen: Vec<&Read> = letters.iter().collect();
    if which == Which::One {
        let one = simulation.environment.random(|random| random.place(chosen.len()));
        chosen = chosen.get(one).copied().into_iter().collect();
    }
    let chosen = redrive::in_order(chosen, |read| &read.letter);
    check_order(simulation, &chosen);
    send(simulation, (&*store, &*queue, &*clock), &chosen).await?;
    if which == Which::Twice {
        // Sometimes longer than the queue remembers a sent id.
        let pause = simulation.environment.random(|random| {
            random
                .pick(&[(0, 2_000), (2_000, 60_000), (300_000, 500_000)])
                .map_or(0, |(from, to)| random.between(from, to))
        });
        simulation.environment.sleep(pause).await;
        send(simulation, (&*store, &*queue, &*clock), &chosen).await?;
    }
    Ok(())
}

async fn read(
    simulation: &Arc<Simulation>,
    store: &dyn Store,
    integration: usize,
) -> Result<Vec<Read>, PortError> {
    let name = IntegrationName::new(INTEGRATIONS[integration % INTEGRATIONS.len()]);
    let mut letters = Vec::new();
    let take = |found: LetterItem<'_>| match found {
        LetterItem::Letter(letter, event) => {
            let what = event.map(|event| Redriven::of(letter.content.direction, event));
            if letter.content.uncertain {
                lock(&simulation.perhaps_done).extend(what.clone());
            }
            letters.push(Read { letter: *letter, what });
        }
        LetterItem::OfAnotherVersion(_) => {
            simulation.environment.broken(|| "an operator cannot read a dead letter".to_owned());
        }
    };
    redrive::read(store, &name, take).await?;
    Ok(letters)
}

async fn send(
    simulation: &Arc<Simulation>,
    (store, queue, clock): (&dyn Store, &dyn Queue, &dyn Clock),
    letters: &[&Read],
) -> Result<(), PortError> {
    let command = Command { store, queue, clock };
    for read in letters {
        let became = command.again(&read.letter, false).await?;
        simulation.environment.trace(|| format!("an operator: {became:?} {:?}", read.what));
        lock(&simulation.environment.coverage).count(outcome(became));
    }
    Ok(())
}

/// The letters of one conversation and direction go in the order of acceptance. If an event has two
/// letters, its first counts.
fn check_order(simulation: &Arc<Simulation>, letters: &[&Read]) {
    let mut seen: Vec<&Redriven> = Vec::new();
    let mut last: BTreeMap<(Direction, String), u64> = BTreeMap::new();
    for what in letters.iter().filter_map(|read| read.what.as_ref()) {
        // An event without a contact belongs to no conversation.
        if seen.contains(&what) || what.conversation.contact.as_str().is_empty() {
            continue;
        }
        seen.push(what);
        // An event whose contact was unknown at first is in its conversation since it was found.
        let unknown = simulation.queues.find(|sent| {
            sent.direction == what.direction
                && sent.event.contact.is_none()
                && sent.event.dedup_key == what.dedup_key
        });
        let first = simulation.queues.find(|sent| {
            Redriven::of(sent.direction, &sent.event) == *what
                && unknown.as_ref().is_none_or(|lost| sent.place > lost.place)
        });
        let Some(place) = first.map(|sent| sent.place) else { continue };
        let group = (what.direction, what.conversation.group());
        if last.insert(group, place).is_some_and(|before| before > place) {
            simulation.environment.broken(|| format!("{what:?} is redriven out of its order"));
        }
    }
}
