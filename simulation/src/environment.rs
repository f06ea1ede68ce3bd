//! The environment of a run: its time, its randomness, its processes, its faults, and its log.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use shared::ids::ConversationKey;
use shared::time::Timestamp;

use crate::coverage::Coverage;
use crate::executor::TaskFuture;
use crate::lock;
use crate::random::Random;
use crate::scenario::{Fault, FaultKind, Port, Scenario};
use crate::transitions::Move;

/// 2026-11-22T10:00:00Z, the start of time.
pub(crate) const BEGINNING: i64 = 1_795_341_600_000;
/// The longest time of a call without a fault, in milliseconds.
const USUAL_LATENCY: u64 = 6;

/// One process: its memory is lost when it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProcessId(pub(crate) u32);

/// The facts about a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Process {
    pub(crate) died_at: Option<i64>,
    /// When a fault last hit its store, its queue or its lease: it may repeat what it did before.
    pub(crate) disturbed_at: Option<i64>,
    /// When the outcomes of one of its batches were lost.
    pub(crate) forgotten_at: Option<i64>,
    /// Whether another process received the batch that this process works on.
    pub(crate) shared: bool,
    skew: i64,
}

pub(crate) struct Environment {
    state: Mutex<State>,
    pub(crate) coverage: Mutex<Coverage>,
    moves: Mutex<Vec<Move>>,
    reopenings: Mutex<Vec<(ConversationKey, i64)>>,
}

struct State {
    now: i64,
    random: Random,
    orderly: bool,
    timers: BTreeMap<(i64, u64), Waker>,
    last_timer: u64,
    spawned: Vec<(Option<ProcessId>, TaskFuture)>,
    processes: Vec<Process>,
    skews: Vec<i64>,
    /// By how many milliseconds the clock of the one machine was set back.
    back: i64,
    /// When a vendor was last asked for a token.
    login_at: i64,
    died: bool,
    calls: BTreeMap<Port, u32>,
    faults: Vec<Fault>,
    downs: BTreeMap<Port, (i64, FaultKind)>,
    broken: Option<String>,
    trace: Trace,
}

/// Everything that happened: a digest of every step and every call, and words if requested.
#[derive(Default)]
struct Trace {
    digest: u64,
    words: Option<Vec<String>>,
}

impl Environment {
    /// The environment of a scenario. With `words`, the trace keeps everything that happens as
    /// text.
    pub(crate) fn new(scenario: &Scenario, words: bool) -> Arc<Self> {
        let state = State {
            now: BEGINNING,
            random: Random::new(scenario.seed),
            orderly: scenario.orderly,
            timers: BTreeMap::new(),
            last_timer: 0,
            spawned: Vec::new(),
            processes: Vec::new(),
            skews: scenario.setup.skews.clone(),
            back: 0,
            login_at: BEGINNING,
            died: false,
            calls: BTreeMap::new(),
            faults: scenario.faults.clone(),
            downs: BTreeMap::new(),
            broken: None,
            trace: Trace { digest: 0xcbf2_9ce4_8422_2325, words: words.then(Vec::new) },
        };
        let state = Mutex::new(state);
        Arc::new(Self {
            state,
            coverage: Mutex::default(),
            moves: Mutex::default(),
            reopenings: Mutex::default(),
        })
    }

    /// The true time, in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        lock(&self.state).now
    }

    /// The true time.
    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.now())
    }

    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut Random) -> T) -> T {
        draw(&mut lock(&self.state).random)
    }

    /// Chooses the next of `ready` tasks.
    pub(crate) fn choose(&self, ready: usize) -> usize {
        let mut state = lock(&self.state);
        let chosen = if state.orderly || ready < 2 { 0 } else { state.random.place(ready) };
        let now = state.now.unsigned_abs();
        state.trace.add(now);
        state.trace.add(u64::try_from(chosen).unwrap_or_default());
        chosen
    }

    /// Moves the time to the next timer; `false` when there is none.
    pub(crate) fn pass_time(&self) -> bool {
        let mut state = lock(&self.state);
        let Some((&(at, _), _)) = state.timers.first_key_value() else { return false };
        state.now = state.now.max(at);
        let later = state.timers.split_off(&(at, u64::MAX));
        let due = std::mem::replace(&mut state.timers, later);
        drop(state);
        due.into_values().for_each(Waker::wake);
        true
    }

    /// Waits, in virtual time.
    pub(crate) async fn sleep(&self, milliseconds: i64) {
        let until = self.now().saturating_add(milliseconds.max(0));
        let mut timer = Timer { environment: self, key: None };
        let mut began = false;
        poll_fn(move |context| {
            if began && self.now() >= until {
                return Poll::Ready(());
            }
            began = true;
            timer.set(until, context.waker());
            Poll::Pending
        })
        .await;
    }

    /// Yields: any other task may run, and a little time may pass.
    pub(crate) async fn moment(&self) {
        let latency = {
            let mut state = lock(&self.state);
            if state.orderly { 0 } else { state.random.below(USUAL_LATENCY) }
        };
        self.sleep(i64::try_from(latency).unwrap_or_default()).await;
    }

    /// Starts a task of a process or of the environment.
    pub(crate) fn spawn(
        &self,
        owner: Option<ProcessId>,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        lock(&self.state).spawned.push((owner, Box::pin(work)));
    }

    pub(crate) fn take_spawned(&self) -> Vec<(Option<ProcessId>, TaskFuture)> {
        std::mem::take(&mut lock(&self.state).spawned)
    }

    pub(crate) fn start(&self) -> ProcessId {
        let mut state = lock(&self.state);
        let number = state.processes.len();
        let skew = state.skews.get(number % state.skews.len().max(1)).copied().unwrap_or_default();
        state.processes.push(Process { skew, ..Process::default() });
        ProcessId(u32::try_from(number).unwrap_or(u32::MAX))
    }

    pub(crate) fn process(&self, process: ProcessId) -> Process {
        let state = lock(&self.state);
        usize::try_from(process.0)
            .ok()
            .and_then(|place| state.processes.get(place).copied())
            .unwrap_or_default()
    }

    fn change(&self, process: ProcessId, change: impl FnOnce(&mut Process)) {
        let mut state = lock(&self.state);
        let place = usize::try_from(process.0).unwrap_or(usize::MAX);
        state.processes.get_mut(place).map(change);
    }

    pub(crate) fn lives(&self, process: ProcessId) -> bool {
        self.process(process).died_at.is_none()
    }

    /// How far a process' clock is off, in milliseconds.
    pub(crate) fn skew(&self, process: ProcessId) -> i64 {
        let skew = self.process(process).skew;
        skew - lock(&self.state).back
    }

    /// Sets back the clock of every process from now on.
    pub(crate) fn set_back(&self, milliseconds: i64) {
        lock(&self.state).back += milliseconds;
    }

    /// Notes that a vendor is asked for a token.
    pub(crate) fn login(&self) {
        let mut state = lock(&self.state);
        state.login_at = state.now;
    }

    /// The time since a vendor was last asked for a token, in milliseconds.
    pub(crate) fn since_login(&self) -> i64 {
        let state = lock(&self.state);
        state.now - state.login_at
    }

    /// A process dies: its tasks end here.
    pub(crate) fn kill(&self, process: ProcessId) {
        let now = self.now();
        self.trace(|| format!("process {} dies", process.0));
        self.change(process, |process| process.died_at = process.died_at.or(Some(now)));
        lock(&self.state).died = true;
    }

    /// A process has finished its work.
    pub(crate) fn exit(&self, process: ProcessId) {
        let now = self.now();
        self.change(process, |process| process.died_at = process.died_at.or(Some(now)));
    }

    /// A fault may make this process repeat a call.
    pub(crate) fn disturb(&self, process: ProcessId) {
        let now = self.now();
        self.change(process, |process| process.disturbed_at = Some(now));
    }

    /// The outcomes of a process' batch are lost.
    pub(crate) fn forget_outcome(&self, process: ProcessId) {
        let now = self.now();
        self.change(process, |process| process.forgotten_at = Some(now));
    }

    /// Another process receives the batch that this process works on.
    pub(crate) fn share(&self, process: ProcessId) {
        self.change(process, |process| process.shared = true);
    }

    pub(crate) fn take_deaths(&self) -> bool {
        std::mem::take(&mut lock(&self.state).died)
    }

    /// The fault that strikes the call of a port that starts now.
    pub(crate) fn fault_kind(&self, port: Port) -> Option<FaultKind> {
        let mut state = lock(&self.state);
        let count = state.calls.entry(port).or_default();
        let nth = *count;
        *count += 1;
        state.trace.add(u64::from(nth) << 8 | port as u64);
        let now = state.now;
        let drawn = state.faults.iter().find(|fault| {
            fault.port == port && (fault.nth..fault.nth.saturating_add(fault.times)).contains(&nth)
        });
        let down = || state.downs.get(&port).filter(|(until, _)| *until > now).map(|(_, how)| *how);
        let fault_kind = drawn.map(|fault| fault.kind);
        if let Some(fault_kind) = fault_kind {
            drop(state);
            lock(&self.coverage).fault(port, fault_kind);
            return Some(fault_kind);
        }
        down()
    }

    /// For this time every call of a port fails.
    pub(crate) fn down(&self, port: Port, milliseconds: i64, how: FaultKind) {
        let mut state = lock(&self.state);
        let until = state.now + milliseconds;
        state.downs.insert(port, (until, how));
    }

    /// Ends all faults, except those of operators.
    pub(crate) fn heal(&self) {
        let mut state = lock(&self.state);
        state.faults.retain(Fault::is_operators);
        state.downs.clear();
        drop(state);
        self.trace(|| "all is well from now on".to_owned());
    }

    /// A promise is broken; the first one counts.
    pub(crate) fn broken(&self, what: impl FnOnce() -> String) {
        let mut state = lock(&self.state);
        if state.broken.is_none() {
            let what = what();
            let now = state.now;
            state.trace.say(now, &format!("BROKEN: {what}"));
            state.broken = Some(what);
        }
    }

    pub(crate) fn is_broken(&self) -> bool {
        lock(&self.state).broken.is_some()
    }

    pub(crate) fn take_broken(&self) -> Option<String> {
        lock(&self.state).broken.take()
    }

    /// Notes a recorded change of a conversation.
    pub(crate) fn moved(&self, moved: Move) {
        let mut moves = lock(&self.moves);
        if !moves.contains(&moved) {
            moves.push(moved);
        }
    }

    /// Notes that a customer's message was recorded to resume an ended conversation.
    pub(crate) fn reopened(&self, conversation: ConversationKey) {
        let now = self.now();
        lock(&self.reopenings).push((conversation, now));
    }

    /// The conversations that were resumed, each with the true time of the record.
    pub(crate) fn reopenings(&self) -> Vec<(ConversationKey, i64)> {
        lock(&self.reopenings).clone()
    }

    pub(crate) fn moves(&self) -> Vec<Move> {
        lock(&self.moves).clone()
    }

    /// Adds a line to the log of the run, if words were requested.
    pub(crate) fn trace(&self, what: impl FnOnce() -> String) {
        if lock(&self.state).trace.words.is_none() {
            return;
        }
        let what = what();
        let mut state = lock(&self.state);
        let now = state.now;
        state.trace.say(now, &what);
    }

    /// A digest of every chosen step and every call with its time.
    pub(crate) fn digest(&self) -> u64 {
        lock(&self.state).trace.digest
    }

    pub(crate) fn take_words(&self) -> Vec<String> {
        lock(&self.state).trace.words.take().unwrap_or_default()
    }

    /// Starts a call of a port by a process, and returns the fault that strikes at its end.
    pub(crate) async fn enter(&self, process: ProcessId, port: Port) -> Option<FaultKind> {
        self.moment().await;
        let fault_kind = self.fault_kind(port);
        match fault_kind {
            Some(FaultKind::SlowBefore) => {
                let time = self.random(|random| slowness(random, port));
                self.sleep(time).await;
            }
            Some(FaultKind::DiesBefore) => self.die(process).await,
            _ => {}
        }
        fault_kind
    }

    /// Ends a call of a port.
    pub(crate) async fn leave(&self, process: ProcessId, fault_kind: Option<FaultKind>) {
        match fault_kind {
            Some(FaultKind::SlowAfter) => {
                let time = self.random(|random| random.between(200, 4_000));
                self.sleep(time).await;
            }
            Some(FaultKind::DiesAfter) => self.die(process).await,
            _ => {}
        }
        self.moment().await;
    }

    async fn die(&self, process: ProcessId) {
        self.kill(process);
        pending::<()>().await;
    }

    pub(crate) fn living(&self) -> BTreeSet<ProcessId> {
        let state = lock(&self.state);
        let numbered = (0..).map(ProcessId).zip(&state.processes);
        numbered.filter(|(_, process)| process.died_at.is_none()).map(|(id, _)| id).collect()
    }
}

/// The duration of a slow call, in milliseconds. An operator's machine may also sleep, for longer
/// than a queue remembers an id.
fn slowness(random: &mut Random, port: Port) -> i64 {
    let sleeps = matches!(port, Port::OperatorQueue | Port::OperatorWrite) && random.one_in(2);
    if sleeps { random.between(300_000, 400_000) } else { random.between(200, 4_000) }
}

impl Trace {
    /// FNV-1a, by words of 64 bits.
    fn add(&mut self, number: u64) {
        self.digest = (self.digest ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17);
    }

    fn say(&mut self, now: i64, what: &str) {
        if let Some(words) = &mut self.words {
            words.push(format!("{:>9.3} s  {what}", seconds(now)));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "to be read")]
fn seconds(now: i64) -> f64 {
    (now - BEGINNING) as f64 / 1000.0
}

/// A timer that is removed when its task stops waiting.
struct Timer<'a> {
    environment: &'a Environment,
    key: Option<(i64, u64)>,
}

impl Timer<'_> {
    fn set(&mut self, until: i64, waker: &Waker) {
        let mut state = lock(&self.environment.state);
        let key = *self.key.get_or_insert_with(|| {
            state.last_timer += 1;
            (until, state.last_timer)
        });
        state.timers.insert(key, waker.clone());
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            lock(&self.environment.state).timers.remove(&key);
        }
    }
}
