//! Virtual time for many tasks: when no task can continue, the time moves to the end of the first
//! sleep.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{FuturesUnordered, Stream as _};
use shared::ports::Clock;
use shared::time::Timestamp;

/// A task of the simulation.
pub type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The start time of the simulation.
pub const BEGINNING: i64 = 1_795_341_600_000;

struct Timer {
    at: i64,
    number: u64,
    waker: Waker,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// A clock for all tasks. The tasks of an instance with a wrong clock use it through [`Skewed`].
pub struct VirtualClock {
    now: AtomicI64,
    seed: AtomicU64,
    numbers: AtomicU64,
    timers: Mutex<BinaryHeap<Reverse<Timer>>>,
}

impl VirtualClock {
    pub fn new(seed: u64) -> Self {
        Self {
            now: AtomicI64::new(BEGINNING),
            seed: AtomicU64::new(seed),
            numbers: AtomicU64::new(0),
            timers: Mutex::default(),
        }
    }

    /// Milliseconds since the beginning.
    pub fn elapsed(&self) -> i64 {
        self.now.load(Ordering::Relaxed) - BEGINNING
    }

    /// Wakes a task at a time.
    pub fn wake_at(&self, at: i64, waker: &Waker) {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let timer = Timer { at, number, waker: waker.clone() };
        self.timers.lock().unwrap().push(Reverse(timer));
    }

    /// Moves the time to the next timer; `false` if there is none.
    fn advance(&self) -> bool {
        let Some(Reverse(timer)) = self.timers.lock().unwrap().pop() else { return false };
        self.now.fetch_max(timer.at, Ordering::Relaxed);
        timer.waker.wake();
        true
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.now.load(Ordering::Relaxed))
    }

    fn random(&self) -> u64 {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.seed.fetch_add(GOLDEN, Ordering::Relaxed).wrapping_add(GOLDEN);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    async fn sleep(&self, duration: Duration) {
        let length = i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap();
        let end = self.now.load(Ordering::Relaxed) + length;
        // A sleep stays in one task, so one timer is enough however often the sleep is polled.
        let mut is_set = false;
        poll_fn(|context| {
            if self.now.load(Ordering::Relaxed) >= end {
                return Poll::Ready(());
            }
            if !is_set {
                self.wake_at(end, context.waker());
            }
            is_set = true;
            Poll::Pending
        })
        .await;
    }
}

/// The clock of an instance that is wrong by some milliseconds.
pub struct Skewed(pub Arc<VirtualClock>, pub i64);

#[async_trait]
impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.0.now().milliseconds() + self.1)
    }

    fn random(&self) -> u64 {
        self.0.random()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs the tasks until all are done, and moves the time when no task can continue.
pub fn run(clock: &VirtualClock, tasks: Vec<Task>) {
    let mut tasks: FuturesUnordered<Task> = tasks.into_iter().collect();
    let flag = Arc::new(Flag(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut context = Context::from_waker(&waker);
    loop {
        flag.0.store(false, Ordering::Relaxed);
        match Pin::new(&mut tasks).poll_next(&mut context) {
            Poll::Ready(None) => return,
            Poll::Ready(Some(())) => {}
            Poll::Pending if flag.0.load(Ordering::Relaxed) => {}
            Poll::Pending => assert!(clock.advance(), "the simulation stands still"),
        }
    }
}
