//! Takes a batch apart by conversation and carries each event through: read, decide, send, record.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::backoff::pause;
use super::batch::{BatchHandler, Outcome, Record as QueueRecord};
use super::dead_letter::DeadLetter;
use super::event::QueuedEvent;
use super::ledger::{self, Entries, Page};
use super::record::{Attempt, State};
use super::route::{Plan, Route, Sent, Situation};
use crate::config::SendConfig;
use crate::error::{Class, Failure};
use crate::ids::{IntegrationName, digest};
use crate::ports::{Clock, PortError, Queue, Store};
use crate::settings::{Settings, SettingsError, Versions};
use crate::telemetry;

/// The pause when our own store, queue or configuration does not answer.
const OWN_TROUBLE: Duration = Duration::from_secs(2);
/// An answer that took longer may have been overtaken by a receipt that has given up waiting for it.
const SLOW_MILLISECONDS: i64 = 2000;
/// The pause before an event that made the code panic is tried again.
const AFTER_PANIC: Duration = Duration::from_secs(30);

/// The delivery engine of one direction.
pub struct Engine<R> {
    /// The sender.
    pub route: R,
    /// The table.
    pub store: Arc<dyn Store>,
    /// The queues; the engine sends to the other direction's.
    pub queue: Arc<dyn Queue>,
    /// The integrations' configuration.
    pub settings: Arc<Settings<SendConfig>>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl<R: Route> BatchHandler for Engine<R> {
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
        // Sorted, so that the same batch gives the same run.
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, record) in records.iter().enumerate() {
            groups.entry(record.group.as_str()).or_default().push(position);
        }
        let mut outcomes = vec![Outcome::HeldBack; records.len()];
        let finished =
            join_all(groups.into_values().map(|positions| self.deliver_group(&records, positions)))
                .await;
        for (position, outcome) in finished.into_iter().flatten() {
            outcomes[position] = outcome;
        }
        outcomes
    }
}

impl<R: Route> Engine<R> {
    /// One conversation's records, in order, up to the first that has to wait.
    async fn deliver_group(
        &self,
        records: &[QueueRecord],
        positions: Vec<usize>,
    ) -> Vec<(usize, Outcome)> {
        let mut outcomes = Vec::with_capacity(positions.len());
        for position in positions {
            let attempt = AssertUnwindSafe(self.deliver(&records[position])).catch_unwind().await;
            let outcome = attempt.unwrap_or_else(|_| {
                tracing::error!(event.name = "panicked", record = ?records[position], "A defect; the event waits.");
                Outcome::Retry { after: AFTER_PANIC }
            });
            outcomes.push((position, outcome));
            if outcome != Outcome::Done {
                break;
            }
        }
        outcomes
    }

    async fn deliver(&self, record: &QueueRecord) -> Outcome {
        match self.try_deliver(record).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(
                    event.name = "own_trouble",
                    direction = self.route.direction().name(),
                    error = crate::error::chain(&error),
                    "The bridge's own store or queue does not answer; nothing is lost, it will be tried again."
                );
                Outcome::Retry { after: OWN_TROUBLE }
            }
        }
    }

    async fn try_deliver(&self, record: &QueueRecord) -> Result<Outcome, PortError> {
        let event: QueuedEvent = match serde_json::from_str(&record.body) {
            Ok(event) => event,
            Err(error) => return self.bury_unreadable(record, error).await,
        };
        let settings = match self.settings.get(&event.integration).await {
            Ok(settings) => settings,
            Err(error) => return Ok(self.unconfigured(&event, &error)),
        };
        let direction = self.route.direction();
        let mut page =
            ledger::open(&*self.store, direction, &event, self.route.keys(&event)).await?;
        if page.record.is_finished(event.redrive) {
            telemetry::settled(direction, &event, "it was done before");
            return Ok(Outcome::Done);
        }
        if page.record.state == State::Dead {
            page.record.state = State::Trying;
            page.record.redrive = event.redrive;
            // The pauses begin anew; the history stays.
            page.record.failures = 0;
        }
        let further = self.route.further_keys(&event, &page.items);
        if !further.is_empty() {
            page.further = self.store.load(&further).await?;
        }
        Delivery { engine: self, event: &event, settings: &settings, queued: record }
            .run(&mut page)
            .await
    }

    /// A configuration that is missing or broken is an operator's mistake: the event waits for its repair.
    fn unconfigured(&self, event: &QueuedEvent, error: &SettingsError) -> Outcome {
        tracing::error!(
            event.name = "unconfigured",
            integration = event.integration.as_str(),
            trace.id = event.trace.as_str(),
            error = crate::error::chain(error),
            "The integration's configuration cannot be used; its events wait."
        );
        Outcome::Retry { after: OWN_TROUBLE }
    }

    /// What this version cannot read can only be kept for an operator.
    async fn bury_unreadable(
        &self,
        record: &QueueRecord,
        error: serde_json::Error,
    ) -> Result<Outcome, PortError> {
        let failure =
            Failure::new(Class::Permanent, "unreadable", "read a queue entry").caused_by(error);
        let letter =
            DeadLetter::new(self.route.direction(), self.clock.now(), &failure, &record.body);
        let write = letter.write(&IntegrationName::new("unreadable")).map_err(corrupt)?;
        self.store.write(&[write]).await?;
        tracing::error!(
            event.name = "unreadable",
            digest = digest(&[&record.body]),
            error = crate::error::chain(&failure),
            "A queue entry could not be read; it is kept as a dead letter."
        );
        Ok(Outcome::Done)
    }
}

/// One event on its way.
struct Delivery<'a, R> {
    engine: &'a Engine<R>,
    event: &'a QueuedEvent,
    settings: &'a Versions<SendConfig>,
    queued: &'a QueueRecord,
}

impl<R: Route> Delivery<'_, R> {
    async fn run(&self, page: &mut Page) -> Result<Outcome, PortError> {
        if self.remaining().is_zero() {
            let failure =
                Failure::new(Class::Permanent, "expired", "deliver an event: its time has passed")
                    .telling("It could not be delivered in time.")
                    .not_attempted();
            return self.give_up(page, failure).await;
        }
        let mut plan = self.engine.route.plan(&self.situation(page));
        if let Plan::Learn(transitions) = plan {
            self.post(page, &transitions, &[]).await?;
            plan = self.engine.route.plan(&self.situation(page));
        }
        match plan {
            Plan::Send { parts, first_time, repeat } => {
                page.record.first_time = first_time;
                self.send(page, &parts, repeat).await
            }
            Plan::Settle { transitions, writes, reason } => {
                page.record.state = State::Done;
                self.post(page, &transitions, &writes).await?;
                telemetry::settled(self.engine.route.direction(), self.event, reason);
                Ok(Outcome::Done)
            }
            Plan::Wait(after) => Ok(Outcome::Retry { after }),
            // It was learned just now; whoever asks for more is asked again later.
            Plan::Learn(_) => Ok(Outcome::Retry { after: OWN_TROUBLE }),
            Plan::Reject(failure) => self.give_up(page, failure).await,
        }
    }

    /// Sends the parts that are left; each is recorded before the next is sent.
    async fn send(
        &self,
        page: &mut Page,
        parts: &[R::Part],
        repeat: bool,
    ) -> Result<Outcome, PortError> {
        let last = parts.len().saturating_sub(1);
        for (position, part) in parts.iter().enumerate() {
            if position < usize::try_from(page.record.parts).unwrap_or(usize::MAX) {
                continue;
            }
            let situation = self.situation(page);
            let (began, uncertain) = (situation.now, situation.uncertain);
            let sent = self.engine.route.send(part, &situation).await;
            match sent {
                Ok(mut sent) => {
                    if uncertain || self.engine.clock.now().since(began) > SLOW_MILLISECONDS {
                        self.catch_up(&mut sent).await?;
                    }
                    self.accepted(page, sent, position == last).await?;
                }
                Err(failure) if !repeat => {
                    telemetry::settled(
                        self.engine.route.direction(),
                        self.event,
                        "it failed and is not repeated",
                    );
                    tracing::debug!(error = crate::error::chain(&failure), "Not repeated.");
                    return Ok(Outcome::Done);
                }
                Err(failure) => return self.failed(page, failure).await,
            }
        }
        let age = self.engine.clock.now().since(self.event.accepted_at);
        telemetry::delivered(self.engine.route.direction(), self.event, self.queued.attempt, age);
        Ok(Outcome::Done)
    }

    /// The class decides.
    async fn failed(&self, page: &mut Page, failure: Failure) -> Result<Outcome, PortError> {
        match failure.class {
            Class::Retry | Class::Uncertain => Ok(self.try_again(page, &failure).await),
            // The sender has tried a new token; what is left is that the configuration was just changed.
            Class::Refresh if self.configuration_changed().await => {
                Ok(Outcome::Retry { after: Duration::ZERO })
            }
            Class::Refresh | Class::Permanent => self.give_up(page, failure).await,
        }
    }

    /// An answer that was slow or lost may have been overtaken by what follows from it.
    async fn catch_up(&self, sent: &mut Sent) -> Result<(), PortError> {
        let Some(key) = sent.overtaken.take() else { return Ok(()) };
        let found = self.engine.store.load(&[key]).await?;
        let now = self.engine.clock.now();
        let follows = |item| self.engine.route.catch_up(self.event, item, now);
        sent.follow_ups.extend(found.iter().flatten().flat_map(follows));
        Ok(())
    }

    /// The other side has it. What follows from it goes to its queue before the record says done, since a death in between
    /// then repeats both and loses neither.
    async fn accepted(&self, page: &mut Page, sent: Sent, last: bool) -> Result<(), PortError> {
        self.enqueue(sent.follow_ups).await?;
        page.record.advance();
        if last {
            page.record.state = State::Done;
            page.record.history.clear();
        }
        self.post(page, &sent.transitions, &sent.writes).await
    }

    /// A refused credential may just have been changed, so the configuration is read once more.
    async fn configuration_changed(&self) -> bool {
        matches!(
            self.engine.settings.refreshed(&self.event.integration, self.settings).await,
            Ok(Some(_))
        )
    }

    async fn try_again(&self, page: &mut Page, failure: &Failure) -> Outcome {
        if failure.code == crate::tokens::LOGIN_REFUSED {
            self.configuration_changed().await;
        }
        if failure.attempted {
            page.record.uncertain |= failure.class == Class::Uncertain;
            page.record.note(Attempt {
                at: self.engine.clock.now(),
                class: failure.class,
                summary: crate::error::chain(failure),
                status: failure.status,
            });
            if let Err(error) = self.post(page, &[], &[]).await {
                // The attempt is then missing in the history, nothing more.
                tracing::warn!(
                    error = crate::error::chain(&error),
                    "A failed attempt could not be noted."
                );
            }
        }
        let failures = page.record.failures.max(1);
        let after =
            pause(failures, failure.retry_after, self.engine.clock.random(), self.remaining());
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        telemetry::retried(self.engine.route.direction(), self.event, failure, failures, after_ms);
        Outcome::Retry { after }
    }

    /// Tells the originating side, keeps the dead letter, and lets the conversation go on.
    async fn give_up(&self, page: &mut Page, failure: Failure) -> Result<Outcome, PortError> {
        let direction = self.engine.route.direction();
        let now = self.engine.clock.now();
        if !self.event.identity.is_recorded() {
            telemetry::settled(direction, self.event, "it could not be sent and is not repeated");
            return Ok(Outcome::Done);
        }
        let notice = self.engine.route.notice(self.event, &failure, now);
        let mut letter = DeadLetter::new(direction, now, &failure, &self.queued.body);
        letter.told = notice.as_ref().map(|_| failure.told.clone());
        letter.uncertain = page.record.uncertain;
        letter.history.clone_from(&page.record.history);
        let told = notice.is_some();
        self.enqueue(notice.into_iter().collect()).await?;
        page.record.state = State::Dead;
        page.record.redrive = self.event.redrive;
        let write = letter.write(&self.event.integration).map_err(corrupt)?;
        self.post(page, &[], &[write]).await?;
        telemetry::failed(direction, self.event, &failure, told);
        Ok(Outcome::Done)
    }

    async fn post(
        &self,
        page: &mut Page,
        transitions: &[crate::conversation::Transition],
        writes: &[crate::ports::Write],
    ) -> Result<(), PortError> {
        let entries = Entries { transitions, writes, recorded: self.event.identity.is_recorded() };
        ledger::post(&*self.engine.store, &*self.engine.clock, page, &entries).await
    }

    async fn enqueue(&self, events: Vec<QueuedEvent>) -> Result<(), PortError> {
        let direction = self.engine.route.direction().opposite();
        for event in events {
            let message = event.to_message(direction).map_err(corrupt)?;
            self.engine.queue.send(direction, message).await?;
        }
        Ok(())
    }

    fn situation<'p>(&'p self, page: &'p Page) -> Situation<'p> {
        Situation {
            event: self.event,
            settings: self.settings,
            conversation: &page.conversation,
            record: &page.record,
            items: &page.items,
            further: &page.further,
            // Handed out more often than it failed: an attempt ended without a word.
            uncertain: page.record.uncertain
                || self.queued.attempt > page.record.failures.saturating_add(1),
            now: self.engine.clock.now(),
        }
    }

    /// How long the event may still be tried.
    fn remaining(&self) -> Duration {
        let minutes = self.settings.first().map_or(0, |config| config.delivery.max_age_minutes);
        let end = self.event.accepted_at.plus_milliseconds(i64::from(minutes) * 60_000);
        u64::try_from(end.since(self.engine.clock.now()))
            .map_or(Duration::ZERO, Duration::from_millis)
    }
}

fn corrupt(source: serde_json::Error) -> PortError {
    PortError::Corrupt { operation: "write an event", source: Box::new(source) }
}
