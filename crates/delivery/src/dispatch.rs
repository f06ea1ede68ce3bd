//! Splits a batch by conversation and delivers each event: read, decide, send, record.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::join_all;
use shared::config::SendConfig;
use shared::error::{Class, Failure};
use shared::ids::{IntegrationName, digest};
use shared::ports::PortError;
use shared::settings::SettingsError;
use shared::time::Timestamp;
use tracing::Instrument as _;

use super::attempt::DeliveryAttempt;
use super::batch::{BatchHandler, Outcome, QueueRecord};
use super::dead_letter::{DeadLetter, UNREADABLE};
use super::engine::{Engine, OWN_TROUBLE, corrupt};
use super::event::QueuedEvent;
use super::foreign;
use super::per_session;
use super::record::DeliveryState;
use super::reused;
use super::route::{Backlog, Route};
use super::snapshot;
use crate::{log, trace};

/// The pause before a retry of an event that made the code panic.
const AFTER_PANIC: Duration = Duration::from_secs(30);

#[async_trait]
impl<R: Route> BatchHandler for Engine<R> {
    async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
        // A sorted map, so that the same batch gives the same run.
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, record) in records.iter().enumerate() {
            groups.entry(record.group.as_str()).or_default().push(position);
        }
        let mut outcomes = vec![Outcome::Blocked; records.len()];
        let until = self.time_for_new_records.map(|time| self.clock.now() + time);
        let deliver = |positions| self.deliver_group(&records, positions, until);
        let finished = join_all(groups.into_values().map(deliver)).await;
        for (position, outcome) in finished.into_iter().flatten() {
            outcomes[position] = outcome;
        }
        outcomes
    }
}

impl<R: Route> Engine<R> {
    /// Delivers the records of one conversation in order. Stops at the first record that must wait,
    /// or when the time is over.
    async fn deliver_group(
        &self,
        records: &[QueueRecord],
        positions: Vec<usize>,
        until: Option<Timestamp>,
    ) -> Vec<(usize, Outcome)> {
        let mut outcomes = Vec::with_capacity(positions.len());
        for (place, position) in positions.iter().copied().enumerate() {
            if until.is_some_and(|until| self.clock.now() >= until) {
                outcomes.push((position, Outcome::Retry { after: Duration::ZERO }));
                break;
            }
            let record = &records[position];
            let backlog = Backlog { records, positions: positions.get(place + 1..).unwrap_or(&[]) };
            let delivery = AssertUnwindSafe(self.deliver(record, backlog, until));
            let attempt = delivery.catch_unwind().await;
            let outcome = attempt.unwrap_or_else(|_| {
                tracing::error!(
                    event.name = "panicked",
                    record = ?record,
                    "The bridge has a defect; the event is tried again. Report it."
                );
                Outcome::Retry { after: AFTER_PANIC }
            });
            outcomes.push((position, outcome));
            if outcome != Outcome::Done {
                break;
            }
        }
        outcomes
    }

    async fn deliver(
        &self,
        record: &QueueRecord,
        backlog: Backlog<'_>,
        until: Option<Timestamp>,
    ) -> Outcome {
        match self.try_deliver(record, backlog, until).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let event = serde_json::from_str::<QueuedEvent>(&record.body).ok();
                tracing::error!(
                    event.name = "own_trouble",
                    direction = self.route.direction().name(),
                    age_ms = event.map(|event| self.age(&event)),
                    error = shared::error::chain(&error),
                    "The bridge's own store or queue does not answer. No event is lost; the bridge tries again."
                );
                Outcome::Retry { after: OWN_TROUBLE }
            }
        }
    }

    async fn try_deliver(
        &self,
        record: &QueueRecord,
        backlog: Backlog<'_>,
        until: Option<Timestamp>,
    ) -> Result<Outcome, PortError> {
        match serde_json::from_str::<QueuedEvent>(&record.body) {
            Ok(event) => {
                let span = trace::attempt(self.route.direction(), &event, record.attempt);
                self.deliver_event(event, record, backlog, until).instrument(span).await
            }
            Err(error) => self.bury_unreadable(record, error).await,
        }
    }

    async fn deliver_event(
        &self,
        mut event: QueuedEvent,
        record: &QueueRecord,
        backlog: Backlog<'_>,
        until: Option<Timestamp>,
    ) -> Result<Outcome, PortError> {
        let settings = match self.settings.get(&event.integration).await {
            Ok(settings) => settings,
            Err(error) => return Ok(self.unconfigured(&event, &error)),
        };
        let Some(config) = settings.first() else {
            let error = SettingsError::Unknown(event.integration.clone());
            return Ok(self.unconfigured(&event, &error));
        };
        let direction = self.route.direction();
        let now = self.clock.now();
        if let Some(placed) = per_session::place(&*self.store, config, &event, now).await? {
            let message = placed.to_message(direction).map_err(corrupt)?;
            self.queue.send(direction, message).await?;
            log::passed(direction, &event, "its session has a queue entry of its own for it");
            return Ok(Outcome::Done);
        }
        let now = (direction, now);
        let mut snapshot =
            snapshot::load(&*self.store, now, &event, self.route.keys(&event)).await?;
        let mut record = Cow::Borrowed(record);
        let redrive = event.redrive;
        let is_of_another = |content: &String| snapshot.record.is_of_another(content, redrive);
        if let Some(content) = event.content().filter(is_of_another) {
            event = self.under_own_id(event, &content).await;
            record.to_mut().body = serde_json::to_string(&event).map_err(corrupt)?;
            snapshot = snapshot::load(&*self.store, now, &event, self.route.keys(&event)).await?;
        }
        if snapshot.record.is_finished(&event) {
            log::passed(direction, &event, "it was done before");
            return Ok(Outcome::Done);
        }
        if record.attempt <= 1 {
            self.note_channel(&event, config).await;
        }
        if snapshot.record.state == DeliveryState::Dead {
            snapshot.record.revive(&event);
        }
        let further = self.route.further_keys(&event, &snapshot.items);
        if !further.is_empty() {
            let stored = self.store.load(&further).await?;
            snapshot.items.add(further, stored);
        }
        for value in self.route.searches(&event) {
            snapshot.found.extend(self.store.find(&value).await?);
        }
        // An earlier version recorded no content; leave its record as it is.
        if !snapshot.is_recorded() || snapshot.record.content.is_some() {
            snapshot.record.content = event.content();
        }
        let (event, settings) = (&event, &settings);
        let attempt = DeliveryAttempt {
            engine: self,
            event,
            settings,
            config,
            queued: &record,
            backlog,
            until,
        };
        attempt.run(&mut snapshot).await
    }

    /// Gives the event a derived id, because another event has its id. So the message of a customer
    /// is not lost.
    async fn under_own_id(&self, event: QueuedEvent, content: &str) -> QueuedEvent {
        let used = event.dedup_key.clone();
        let event = event.derived(content);
        log::id_reused(self.route.direction(), &event, &used);
        let write = reused::write(&event, &used, self.clock.now());
        if let Err(error) = self.store.write(&[write]).await {
            tracing::warn!(
                error = shared::error::chain(&error),
                "The bridge could not store the note for `bridge doctor` that an id came twice."
            );
        }
        event
    }

    /// Leaves a note for the doctor if another channel sent the webhook. The webhook is still
    /// delivered.
    async fn note_channel(&self, event: &QueuedEvent, config: &SendConfig) {
        let own = &config.genesys.integration_id;
        let Some(channel) = foreign::channel(event, own) else { return };
        let write = foreign::write(event, channel, self.clock.now());
        if let Err(error) = self.store.write(&[write]).await {
            tracing::warn!(
                error = shared::error::chain(&error),
                "The bridge could not store the note for `bridge doctor` that a webhook names another channel."
            );
        }
    }

    /// A missing or broken configuration is the operator's mistake. The event waits until it is
    /// repaired.
    fn unconfigured(&self, event: &QueuedEvent, error: &SettingsError) -> Outcome {
        tracing::error!(
            event.name = "unconfigured",
            direction = self.route.direction().name(),
            integration = event.integration.as_str(),
            age_ms = self.age(event),
            trace.id = event.trace.as_str(),
            error = shared::error::chain(error),
            "The integration's configuration cannot be used; its events wait."
        );
        Outcome::Retry { after: OWN_TROUBLE }
    }

    /// The time since an event was accepted, in milliseconds.
    fn age(&self, event: &QueuedEvent) -> i64 {
        self.clock.now().since(event.accepted_at)
    }

    /// Keeps an entry that this version cannot read as a dead letter for the operator.
    async fn bury_unreadable(
        &self,
        record: &QueueRecord,
        error: serde_json::Error,
    ) -> Result<Outcome, PortError> {
        let failure =
            Failure::new(Class::Permanent, "unreadable", "read a queue entry").caused_by(error);
        let letter =
            DeadLetter::new(self.route.direction(), self.clock.now(), &failure, &record.body);
        let writes = letter.writes(&IntegrationName::new(UNREADABLE)).map_err(corrupt)?;
        self.store.write(&writes).await?;
        tracing::error!(
            event.name = "unreadable",
            digest = digest(&[&record.body]),
            error = shared::error::chain(&failure),
            "A queue entry could not be read; it is kept as a dead letter."
        );
        Ok(Outcome::Done)
    }
}
