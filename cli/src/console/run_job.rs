//! Runs a redrive.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use clients::SystemClock;
use delivery::redrive::Redrive;
use http::StatusCode;
use serde_json::json;
use shared::ports::Clock as _;
use uuid::Uuid;

use super::job::{End, Job, Jobs, NAMED};
use super::plan::Plan;
use super::query::{Answer, Refused};
use super::state::Console;
use crate::failure;
use crate::operator::dead_letters::redrive::{REFUSED, again, words};

/// Starts what a dry run showed.
pub fn start(console: &Arc<Console>, plan: &str, count: usize) -> Answer {
    if !console.allow_redrive {
        return Err(Refused::new(
            StatusCode::FORBIDDEN,
            "Read-only",
            "This console only looks. Start it with --allow-redrive to redrive from it",
        ));
    }
    let plan = console.jobs.plans.take(plan)?;
    if plan.letters.len() != count {
        return Err(Refused::wrong(format!(
            "The dry run showed {}, not {count}. Make the dry run again",
            crate::count::counted(plan.letters.len(), "dead letter")
        )));
    }
    let job = Job {
        id: Uuid::now_v7().simple().to_string(),
        filter: plan.filter.clone(),
        started_at: SystemClock.now(),
        ended_at: None,
        total: count,
        done: 0,
        counts: BTreeMap::new(),
        refused: Vec::new(),
        end: End::Running,
        error: None,
        cancelling: false,
    };
    console.jobs.begin(job.clone())?;
    let line = json!({ "job": job.id, "filter": job.filter, "count": count });
    if let Err(error) = console.audit.add("redrive.started", &line) {
        console.jobs.current.send_replace(None);
        return Err(error.into());
    }
    let task = tokio::spawn(run(Arc::clone(console), plan));
    *console.jobs.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    Ok(job.to_json())
}

impl Jobs {
    /// Lets the running job end after the letter in hand. `id`: the job, or any.
    pub fn cancel(&self, id: Option<&str>) -> Result<(), Refused> {
        let mut found = false;
        self.current.send_if_modified(|current| {
            if let Some(job) = current.as_mut().filter(|job| job.end == End::Running)
                && id.is_none_or(|id| job.id == id)
            {
                (job.cancelling, found) = (true, true);
            }
            found
        });
        found.then_some(()).ok_or_else(|| Refused::absent("This redrive is not running"))
    }

    /// Cancels the running job, and waits for its end.
    pub async fn stop(&self) {
        // Without a job, there is nothing to cancel.
        let _ = self.cancel(None);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }

    fn is_cancelled(&self) -> bool {
        self.current.borrow().as_ref().is_some_and(|job| job.cancelling)
    }
}

async fn run(console: Arc<Console>, plan: Plan) {
    let ended = each(&console, &plan).await;
    let jobs = &console.jobs;
    jobs.change(|job| {
        job.end = match &ended {
            Err(_) => End::Failed,
            Ok(()) if job.done < job.total => End::Cancelled,
            Ok(()) => End::Done,
        };
        job.error = ended.as_ref().err().map(failure::words);
        job.ended_at = Some(SystemClock.now());
    });
    let Some(job) = jobs.current.borrow().clone() else { return };
    let line = json!({ "job": job.id, "filter": job.filter, "count": job.total, "done": job.done,
                       "counts": job.counts, "result": job.end.word(), "error": job.error });
    if let Err(error) = console.audit.add("redrive.ended", &line) {
        jobs.change(|job| job.error = Some(failure::words(&error)));
    }
}

async fn each(console: &Console, plan: &Plan) -> anyhow::Result<()> {
    // As they are now: another operator may have sent some of them again.
    let letters = console.letters_now().await?;
    let (mut notices, installation) = (letters.notices.clone(), &console.installation);
    let redrive =
        Redrive { store: installation.store(), queue: installation.queue(), clock: &SystemClock };
    let chosen = plan.in_order(&letters);
    let gone = plan.letters.len() - chosen.len();
    console.jobs.change(|job| {
        if gone > 0 {
            job.done = gone;
            job.counts.insert("gone", gone);
        }
    });
    for letter in chosen {
        if console.jobs.is_cancelled() {
            break;
        }
        let (list, words) = words(&again(&redrive, letter, &mut notices, false).await?);
        console.jobs.change(|job| {
            job.done += 1;
            *job.counts.entry(list).or_default() += 1;
            if list == REFUSED && job.refused.len() < NAMED {
                job.refused.push(json!({ "id": letter.id, "words": words }));
            }
        });
    }
    console.letters_now().await.map(drop)
}
