//! `GET /ready`: whether the bridge does its own work.
//!
//! Rules: a vendor that is down does not make it unready, since its events are accepted and wait.
//! The result is kept for a second, however often it is requested, because each check writes to the
//! disk.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use shared::config::FileError;
use shared::error::chain;
use shared::lock::lock;
use shared::ports::{Change, Clock, Expected, ItemKey, Store, Write};
use shared::problem;
use sqlite::Running;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use crate::configuration_file::ConfigurationFile;

/// How long a result is kept. A change of the configuration file must be noticed within 10 s.
const HOLDS: Duration = Duration::from_secs(1);
/// The longest time for one write of the store.
const WRITE: Duration = Duration::from_secs(2);
/// How long the written item is kept.
const KEPT: Duration = Duration::from_mins(1);

pub struct Readiness {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    file: Option<Arc<ConfigurationFile>>,
    tasks: Mutex<Vec<(&'static str, Task)>>,
    last: tokio::sync::Mutex<Option<(Instant, Vec<Reason>)>>,
}

/// A task that must keep running.
pub enum Task {
    Worker(Running),
    /// A task that ends only on request.
    Endless(AbortHandle),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    what: &'static str,
    detail: String,
}

impl Readiness {
    /// Before [`Readiness::watch`] was called, no worker counts as running.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        file: Option<Arc<ConfigurationFile>>,
    ) -> Self {
        let (tasks, last) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { store, clock, file, tasks, last }
    }

    /// Sets the tasks that must keep running, by their names.
    pub fn watch(&self, tasks: Vec<(&'static str, Task)>) {
        *lock(&self.tasks) = tasks;
    }

    pub async fn answer(&self) -> Response<Bytes> {
        let reasons = self.reasons().await;
        if reasons.is_empty() {
            return problem::answer(StatusCode::OK, &json!({ "ready": true }));
        }
        let reasons: Vec<Value> = reasons
            .iter()
            .map(|reason| json!({ "what": reason.what, "detail": reason.detail }))
            .collect();
        let body = json!({ "ready": false, "reasons": reasons });
        problem::answer(StatusCode::SERVICE_UNAVAILABLE, &body)
    }

    /// A caller that arrives during a check waits for its result.
    async fn reasons(&self) -> Vec<Reason> {
        let mut last = self.last.lock().await;
        if let Some((at, reasons)) = &*last
            && at.elapsed() < HOLDS
        {
            return reasons.clone();
        }
        let reasons: Vec<Reason> = [
            self.store().await.map(|detail| Reason { what: "store", detail }),
            self.worker().map(|detail| Reason { what: "worker", detail }),
            self.configuration().await.map(|detail| Reason { what: "configuration", detail }),
        ]
        .into_iter()
        .flatten()
        .collect();
        if last.as_ref().map_or(&[][..], |(_, before)| before) != reasons {
            tell(&reasons);
        }
        *last = Some((Instant::now(), reasons.clone()));
        reasons
    }

    async fn store(&self) -> Option<String> {
        let expires_at = Some(self.clock.now() + KEPT);
        let body = "{}".to_owned();
        let write = Write {
            key: ItemKey::new("ready", "write"),
            expected: Expected::Anything,
            change: Change::Put { body, expires_at, index: None, due: None },
        };
        match timeout(WRITE, self.store.write(&[write])).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(chain(&error)),
            Err(_) => Some(format!("a write takes longer than {} s", WRITE.as_secs())),
        }
    }

    fn worker(&self) -> Option<String> {
        let tasks = lock(&self.tasks);
        if tasks.is_empty() {
            return Some("the workers are not started yet".to_owned());
        }
        let stopped: Vec<&str> =
            tasks.iter().filter(|(_, task)| !task.goes_on()).map(|(name, _)| *name).collect();
        (!stopped.is_empty()).then(|| format!("does not run: {}", stopped.join(", ")))
    }

    async fn configuration(&self) -> Option<String> {
        match self.file.as_ref()?.read().await {
            Ok(read) => read.err().map(|error| detail(&error)),
            Err(_) => Some("the file could not be read".to_owned()),
        }
    }
}

impl Task {
    fn goes_on(&self) -> bool {
        match self {
            Self::Worker(running) => running.is_running(),
            Self::Endless(task) => !task.is_finished(),
        }
    }
}

/// Without the file's path, because any caller may ask. A configuration's errors name keys, and no
/// secrets.
fn detail(error: &FileError) -> String {
    match error {
        FileError::Unreadable { source, .. } => format!("the file cannot be read: {source}"),
        FileError::Wrong { errors, .. } => {
            let errors = errors.iter().map(|error| without_paths(&error.to_string()));
            errors.collect::<Vec<_>>().join("; ")
        }
    }
}

/// Any caller may ask, so no path of this machine is shown: the program's log has it.
fn without_paths(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let Some(first) = words.iter().position(|word| word.starts_with(['/', '~', '.'])) else {
        return text.to_owned();
    };
    // A path may have blanks in it.
    let last =
        words.iter().rposition(|word| word.contains('/')).map_or(first, |last| last.max(first));
    [&words[..first], &["…"], &words[last + 1..]].concat().join(" ")
}

fn tell(reasons: &[Reason]) {
    if reasons.is_empty() {
        tracing::info!(event.name = "ready", "The bridge is ready again.");
    }
    for Reason { what, detail } in reasons {
        tracing::error!(event.name = "unready", what, detail, "The bridge is not ready.");
    }
}

#[cfg(test)]
mod tests {
    use testing::{ManualClock, MemoryStore};

    use super::*;

    #[test]
    fn no_path_of_the_machine_is_told() {
        let text =
            "integrations[0].genesys.webhookSecrets[0]: the file /etc/bridge/a cannot be read";
        let told = "integrations[0].genesys.webhookSecrets[0]: the file … cannot be read";
        assert_eq!(without_paths(text), told);
        assert_eq!(without_paths(&text.replace("/a", "/a b/c d/e")), told);
        assert_eq!(without_paths("listen: is no address"), "listen: is no address");
    }

    #[tokio::test]
    async fn a_task_that_has_ended_makes_it_unready() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(0));
        let store = MemoryStore::new(Arc::clone(&clock));
        let readiness = Readiness::new(Arc::new(store), clock, None);
        assert_eq!(readiness.worker().as_deref(), Some("the workers are not started yet"));
        let (on, off) = (tokio::spawn(std::future::pending::<()>()), tokio::spawn(async {}));
        readiness.watch(vec![("one", Task::Endless(on.abort_handle()))]);
        assert!(readiness.reasons().await.is_empty());
        let ended = off.abort_handle();
        off.await.unwrap();
        readiness.watch(vec![
            ("one", Task::Endless(on.abort_handle())),
            ("the other", Task::Endless(ended)),
        ]);
        assert_eq!(readiness.worker().as_deref(), Some("does not run: the other"));
        // A result is kept for a moment, however often it is requested.
        assert!(readiness.reasons().await.is_empty());
        on.abort();
    }
}
