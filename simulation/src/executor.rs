//! Runs tasks one at a time: the seed chooses among the ready tasks, and time moves only when no
//! task is ready.
//!
//! Rule: no threads, no sleeping, no clock of the machine. A task belongs to a process or to the
//! environment; when its process dies, the executor drops the task at its current await point.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use crate::environment::{Environment, ProcessId};
use crate::lock;

/// The work of a task.
pub(crate) type TaskFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The numbers of the tasks that are ready, in the order in which they became ready.
#[derive(Default)]
pub(crate) struct Ready(Mutex<Vec<u64>>);

impl Ready {
    fn push(&self, task: u64) {
        let mut ready = lock(&self.0);
        if !ready.contains(&task) {
            ready.push(task);
        }
    }

    fn len(&self) -> usize {
        lock(&self.0).len()
    }

    fn take(&self, place: usize) -> Option<u64> {
        let mut ready = lock(&self.0);
        (place < ready.len()).then(|| ready.remove(place))
    }
}

struct TaskWaker {
    task: u64,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.task);
    }
}

struct Task {
    owner: Option<ProcessId>,
    work: TaskFuture,
    waker: Waker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// No work is left.
    Quiet,
    Broken,
    /// The run reached the limit of steps.
    Endless,
}

#[derive(Default)]
pub(crate) struct Executor {
    tasks: BTreeMap<u64, Task>,
    ready: Arc<Ready>,
    last: u64,
    pub(crate) steps: u64,
}

impl Executor {
    /// Runs until no work is left, a promise is broken, or `most` steps are made.
    pub(crate) fn run(&mut self, environment: &Environment, most: u64) -> Ended {
        loop {
            self.adopt(environment);
            self.bury(environment);
            if environment.is_broken() {
                return Ended::Broken;
            }
            if self.steps >= most {
                return Ended::Endless;
            }
            let Some(next) = self.ready.take(environment.choose(self.ready.len())) else {
                if self.tasks.is_empty() || !environment.pass_time() {
                    return Ended::Quiet;
                }
                continue;
            };
            self.step(next);
        }
    }

    fn step(&mut self, next: u64) {
        let Some(task) = self.tasks.get_mut(&next) else { return };
        self.steps += 1;
        let waker = task.waker.clone();
        if let Poll::Ready(()) = task.work.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.tasks.remove(&next);
        }
    }

    fn adopt(&mut self, environment: &Environment) {
        for (owner, work) in environment.take_spawned() {
            self.last += 1;
            let waker = Waker::from(Arc::new(TaskWaker {
                task: self.last,
                ready: Arc::clone(&self.ready),
            }));
            self.tasks.insert(self.last, Task { owner, work, waker });
            self.ready.push(self.last);
        }
    }

    fn bury(&mut self, environment: &Environment) {
        if environment.take_deaths() {
            self.tasks.retain(|_, task| task.owner.is_none_or(|owner| environment.lives(owner)));
        }
    }
}
