//! A redrive of many letters: one at a time, with its progress, until it is done or cancelled.
//!
//! Rules: the order is that of `bridge dead-letters redrive`. Cancelling takes effect between two
//! letters. A started job is in the audit log before the first letter is sent.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::StatusCode;
use serde_json::{Value, json};
use shared::time::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::plan::Plans;
use super::query::Refused;

/// The most letters that are named because they were not sent.
pub const NAMED: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Running,
    Done,
    Cancelled,
    Failed,
}

impl End {
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// How far a job is.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: String,
    pub filter: Value,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub total: usize,
    pub done: usize,
    /// The number of letters by what became of them.
    pub counts: BTreeMap<&'static str, usize>,
    /// The letters that stay, and why.
    pub refused: Vec<Value>,
    pub end: End,
    /// Why it ended early.
    pub error: Option<String>,
    pub cancelling: bool,
}

impl Job {
    pub fn to_json(&self) -> Value {
        json!({
            "job": self.id,
            "filter": self.filter,
            "startedAt": self.started_at.to_text(),
            "endedAt": self.ended_at.map(Timestamp::to_text),
            "total": self.total,
            "done": self.done,
            "counts": self.counts,
            "refused": self.refused,
            "state": self.end.word(),
            "error": self.error,
            "cancelling": self.cancelling,
        })
    }
}

/// The job that runs, or the last one.
pub struct Jobs {
    pub plans: Plans,
    pub current: watch::Sender<Option<Job>>,
    pub task: Mutex<Option<JoinHandle<()>>>,
}

impl Jobs {
    pub fn new() -> Self {
        Self { plans: Plans::default(), current: watch::Sender::new(None), task: Mutex::new(None) }
    }

    pub fn watch(&self) -> watch::Receiver<Option<Job>> {
        self.current.subscribe()
    }

    /// Takes the place of the running job; refused while there is one.
    pub fn begin(&self, job: Job) -> Result<(), Refused> {
        let is_new = self.current.send_if_modified(|current| {
            let is_free = current.as_ref().is_none_or(|job| job.end != End::Running);
            if is_free {
                *current = Some(job);
            }
            is_free
        });
        is_new.then_some(()).ok_or_else(|| {
            Refused::new(
                StatusCode::CONFLICT,
                "A redrive is running",
                "One redrive runs at a time. Wait until it has ended, or cancel it",
            )
        })
    }

    pub fn change(&self, change: impl FnOnce(&mut Job)) {
        self.current.send_modify(|current| {
            if let Some(job) = current {
                change(job);
            }
        });
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Self::new()
    }
}
