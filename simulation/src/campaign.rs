//! Plays many seeds on several threads.
//!
//! Rule: the run of a seed does not depend on other seeds, so the number of threads changes only
//! the time that a campaign takes.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::coverage::Coverage;
use crate::lock;
use crate::mutation::Mutation;
use crate::run::play;
use crate::shrink::{Kept, shrink};

/// A seed that breaks a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    pub seed: u64,
    /// The elements of its scenario that the failure needs.
    pub kept: Kept,
    /// The broken promise.
    pub broken: String,
}

impl Failure {
    /// The command that plays the failure again.
    pub fn command(&self) -> String {
        format!("make simulate SEED={} KEEP={}", self.seed, self.kept)
    }
}

/// The result of a campaign.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The failures, shrunk, lowest seed first.
    pub failures: Vec<Failure>,
    pub coverage: Coverage,
    pub steps: u64,
    pub seeds: u64,
}

/// Plays seeds until `most` have failed, or all are played. `progress` gets the number of seeds
/// done.
pub fn run(
    seeds: Range<u64>,
    threads: usize,
    mutation: Option<Mutation>,
    most: usize,
    progress: impl Fn(u64) + Sync,
) -> Outcome {
    let (next, done) = (AtomicU64::new(seeds.start), AtomicU64::new(0));
    let failed: Mutex<Vec<u64>> = Mutex::default();
    let outcome: Mutex<Outcome> = Mutex::default();
    let work = || {
        let mut own = Outcome::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || lock(&failed).len() >= most {
                break;
            }
            let report = play(&crate::scenario(seed), mutation);
            own.coverage.add(&report.coverage);
            own.steps += report.steps;
            own.seeds += 1;
            if report.broken.is_some() {
                lock(&failed).push(seed);
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
        let mut all = lock(&outcome);
        all.coverage.add(&own.coverage);
        all.steps += own.steps;
        all.seeds += own.seeds;
    };
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    let mut outcome = std::mem::take(&mut *lock(&outcome));
    let mut failed = std::mem::take(&mut *lock(&failed));
    failed.sort_unstable();
    outcome.failures = failed.into_iter().take(most).map(|seed| shortest(seed, mutation)).collect();
    outcome
}

fn shortest(seed: u64, mutation: Option<Mutation>) -> Failure {
    let scenario = crate::scenario(seed);
    let kept = shrink(&scenario, mutation);
    let broken = play(&kept.of(&scenario), mutation).broken.unwrap_or_default();
    Failure { seed, kept, broken }
}

/// The number of threads that this machine runs at once.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
