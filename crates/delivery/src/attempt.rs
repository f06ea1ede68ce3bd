//! Delivers one event: decide, send part by part, record.
//!
//! Rule: each part is recorded before the next one is sent. Events that follow from a part are
//! queued before the part is recorded.

use crate::accept;
use std::time::Duration;

use conversation::{Schedule, Transition};
use shared::config::SendConfig;
use shared::error::{Class, Failure};
use shared::ports::{Expected, Item, ItemKey, PortError, Write};
use shared::settings::Versions;
use shared::time::Timestamp;

use super::batch::{Outcome, QueueRecord};
use super::dead_letter::{DeadLetter, EXPIRED};
use super::engine::{Engine, OWN_TROUBLE, corrupt};
use super::event::QueuedEvent;
use super::index;
use super::record::DeliveryState;
use super::route::{Backlog, Plan, Route, Sent, Situation, WrittenLink};
use super::snapshot::{self, Commit, Snapshot};
use crate::log;

/// How often one part is sent in a row, if the other side reports a change of the conversation
/// instead of accepting the part.
const MOST_CALLS: usize = 5;

/// The delivery of one event.
pub(super) struct DeliveryAttempt<'a, R> {
    pub(super) engine: &'a Engine<R>,
    pub(super) event: &'a QueuedEvent,
    /// The configuration as read, to detect a change since then.
    pub(super) settings: &'a Versions<SendConfig>,
    /// The current version of the configuration.
    pub(super) config: &'a SendConfig,
    pub(super) queued: &'a QueueRecord,
    /// The later events of the same conversation in this batch.
    pub(super) backlog: Backlog<'a>,
    /// After this time, no further part is begun.
    pub(super) until: Option<Timestamp>,
}

/// The purpose of a write.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// Record what the event itself reports.
    RecordFirst,
    /// Record the result.
    Record,
    /// Record the result, unless an early receipt was stored under this key.
    RecordGuarded(&'a ItemKey),
    /// Record that the event was given up, and store its letter.
    GiveUp(&'a DeadLetter),
}

impl<R: Route> DeliveryAttempt<'_, R> {
    pub(super) async fn run(&self, snapshot: &mut Snapshot) -> Result<Outcome, PortError> {
        if snapshot.record.continues.is_none() {
            let continues = self.engine.route.continues(&self.situation(snapshot));
            // An earlier version did not record this. If it sent a part, that part began the
            // conversation, and its count of parts includes the parts of the transcript.
            snapshot.record.continues =
                continues.map(|continues| continues && snapshot.record.parts == 0);
        }
        let mut plan = self.engine.route.plan(&self.situation(snapshot));
        if let Plan::RecordFirst(transitions) = plan {
            if self.record_first(snapshot, &transitions).await? {
                return Ok(Outcome::Done);
            }
            plan = self.engine.route.plan(&self.situation(snapshot));
        }
        // This check comes after learning: what the event reports about the conversation is true,
        // however late it is. An event that needs no call is never too late.
        if plan.needs_time() && self.remaining().is_zero() {
            let failure =
                Failure::new(Class::Permanent, EXPIRED, "deliver an event: its time has passed")
                    .with_user_reason("It could not be delivered in time.")
                    .not_attempted();
            // The other side may have accepted the parts with this time, so a redrive must repeat
            // the time.
            let (parts, first_time) = match plan {
                Plan::Send { parts, first_time, .. } => (parts, first_time),
                _ => (Vec::new(), None),
            };
            snapshot.record.first_time = first_time.or(snapshot.record.first_time);
            return self.give_up_parts(snapshot, &parts, Some(failure)).await;
        }
        match plan {
            Plan::Send { parts, first_time, repeat } => {
                snapshot.record.first_time = first_time;
                self.send(snapshot, &parts, repeat).await
            }
            Plan::Complete { transitions, writes, reason } => {
                self.complete(snapshot, &transitions, &writes).await?;
                log::settled(self.engine.route.direction(), self.event, reason);
                Ok(Outcome::Done)
            }
            Plan::Reroute(contact) => {
                let event = self.event.handed_to(contact);
                let direction = self.engine.route.direction();
                let message = event.to_message(direction).map_err(corrupt)?;
                self.engine.queue.send(direction, message).await?;
                // Record nothing for a presumed contact: the event may return to the same contact,
                // and a record would say that it is done.
                if self.event.is_presumed() {
                    log::passed(direction, self.event, "its conversation is not known yet");
                } else {
                    self.complete(snapshot, &[], &[]).await?;
                    log::passed(direction, self.event, "its conversation was found");
                }
                Ok(Outcome::Done)
            }
            Plan::Ignore(reason) => {
                self.complete(snapshot, &[], &[]).await?;
                log::left(self.engine.route.direction(), self.event, reason);
                Ok(Outcome::Done)
            }
            Plan::Wait(after) => Ok(Outcome::Retry { after }),
            // The event was learned just now. If the route asks to learn more, retry later.
            Plan::RecordFirst(_) => Ok(Outcome::Retry { after: OWN_TROUBLE }),
            Plan::Reject(failure) => self.give_up(snapshot, failure.not_attempted(), true).await,
        }
    }

    /// Records what an event reports before it is sent. Returns `true` if another process with the
    /// same event was faster.
    async fn record_first(
        &self,
        snapshot: &mut Snapshot,
        transitions: &[Transition],
    ) -> Result<bool, PortError> {
        self.commit_for(snapshot, transitions, &[], Purpose::RecordFirst).await?;
        Ok(self.is_done_meanwhile(snapshot))
    }

    /// Whether a write found that another process with the same event was faster.
    fn is_done_meanwhile(&self, snapshot: &Snapshot) -> bool {
        let is_finished = snapshot.record.is_finished(self.event);
        if is_finished {
            let direction = self.engine.route.direction();
            log::passed(direction, self.event, "it was done meanwhile");
        }
        is_finished
    }

    /// Records the event as done, because there is nothing to send or nothing left to send.
    async fn complete(
        &self,
        snapshot: &mut Snapshot,
        transitions: &[Transition],
        writes: &[Write],
    ) -> Result<(), PortError> {
        snapshot.record.state = DeliveryState::Done;
        self.commit(snapshot, transitions, writes).await
    }

    /// Sends the remaining parts; each part is recorded before the next one is sent.
    async fn send(
        &self,
        snapshot: &mut Snapshot,
        parts: &[R::Part],
        repeat: bool,
    ) -> Result<Outcome, PortError> {
        if let Some(failure) = self.throttled() {
            return match repeat {
                true => Ok(self.retry(snapshot, &failure).await),
                false => Ok(self.not_repeated(snapshot, &failure).await),
            };
        }
        // The event may have been sent without being recorded. The store must accept a write before
        // the event is sent again; otherwise a store that refuses writes would cause a send every
        // two seconds.
        if self.was_interrupted(snapshot) {
            self.commit(snapshot, &[], &[]).await?;
            if self.is_done_meanwhile(snapshot) {
                return Ok(Outcome::Done);
            }
        }
        snapshot.record.keep_parts(parts.len());
        let (mut begun, mut settled) = (false, None);
        for (position, part) in (0_u32..).zip(parts) {
            if !snapshot.record.is_open(position) {
                continue;
            }
            // Send at least one part each time, so that the work ends.
            if begun && self.until.is_some_and(|until| self.engine.clock.now() >= until) {
                return Ok(Outcome::Retry { after: Duration::ZERO });
            }
            let Some(sent) = self.send_part(snapshot, position, part).await? else {
                if self.is_done_meanwhile(snapshot) {
                    return Ok(Outcome::Done);
                }
                continue;
            };
            begun = true;
            let rest = (0_u32..).zip(parts).skip_while(|(place, _)| *place <= position);
            let last = !rest.map(|(place, _)| place).any(|place| snapshot.record.is_open(place));
            match sent {
                Ok(sent) => {
                    settled = sent.settled;
                    self.accepted(snapshot, sent, parts, last).await?;
                }
                Err(failure) if !repeat => return Ok(self.not_repeated(snapshot, &failure).await),
                Err(failure) => match self.refused_part_name(part, &failure) {
                    Some(name) => {
                        self.refused(snapshot, name, &failure);
                        // Record the refusal, so that the next part is not taken for this one.
                        if !last {
                            self.commit(snapshot, &[], &[]).await?;
                        }
                        if self.is_done_meanwhile(snapshot) {
                            return Ok(Outcome::Done);
                        }
                    }
                    None => return self.failed(snapshot, parts, failure).await,
                },
            }
        }
        if !snapshot.record.refused.is_empty() {
            return self.give_up_parts(snapshot, parts, None).await;
        }
        if !begun {
            // All parts were accepted before.
            self.complete(snapshot, &[], &[]).await?;
        }
        let direction = self.engine.route.direction();
        match settled {
            // The last part is what the event is about.
            Some(reason) => log::settled(direction, self.event, reason),
            None => log::delivered(direction, self.event, self.queued.attempt, self.age()),
        }
        Ok(Outcome::Done)
    }

    /// Sends one part, and sends it again if the answer changes the next call. Facts that the
    /// answer reports are recorded first: the second call may fail, and a retry must then not
    /// repeat the first call. Returns `None` if another process sent the part, or completed the
    /// event, meanwhile.
    async fn send_part(
        &self,
        snapshot: &mut Snapshot,
        position: u32,
        part: &R::Part,
    ) -> Result<Option<Result<Sent, Failure>>, PortError> {
        for _ in 0..MOST_CALLS {
            match self.call(snapshot, part).await {
                Ok(mut sent) if sent.again => {
                    self.enqueue(std::mem::take(&mut sent.follow_ups)).await?;
                    self.commit(snapshot, &sent.transitions, &[]).await?;
                    let record = &snapshot.record;
                    if record.is_finished(self.event) || !record.is_open(position) {
                        return Ok(None);
                    }
                }
                sent => return Ok(Some(sent)),
            }
        }
        // Each answer was already outdated, for example because the customer writes in ever new
        // sessions.
        let summary = "send a part: what the other side says of the conversation is old each time";
        Ok(Some(Err(Failure::new(Class::Retry, "overtaken", summary))))
    }

    async fn call(&self, snapshot: &Snapshot, part: &R::Part) -> Result<Sent, Failure> {
        let sent = self.engine.route.send(part, &self.situation(snapshot)).await;
        let now = self.engine.clock.now();
        self.engine.outages.observe(&self.event.integration, &self.queued.group, now, &sent);
        sent
    }

    /// Why nothing is sent now: the other side does not answer for this integration.
    fn throttled(&self) -> Option<Failure> {
        let Self { engine, event, queued, .. } = self;
        let (now, random) = (engine.clock.now(), || engine.clock.random());
        engine.outages.throttled(&event.integration, &queued.group, now, random)
    }

    /// The other side accepted the part. Follow-up events go to their queue before the record says
    /// done. If the process dies in between, both steps are repeated and neither is lost.
    async fn accepted(
        &self,
        snapshot: &mut Snapshot,
        mut sent: Sent,
        parts: &[R::Part],
        last: bool,
    ) -> Result<(), PortError> {
        self.enqueue(std::mem::take(&mut sent.follow_ups)).await?;
        snapshot.record.advance();
        snapshot.record.files.retain(|file| !sent.passed_files.contains(&file.place));
        if last && snapshot.record.refused.is_empty() {
            self.enqueue(self.told_of_files(snapshot, parts).into_iter().collect()).await?;
            snapshot.record.state = DeliveryState::Done;
        }
        while let Some(found) = self.try_commit(snapshot, &sent).await? {
            let Some(WrittenLink { key, message_link }) = &sent.written_link else { break };
            let now = self.engine.clock.now();
            self.enqueue(self.engine.route.on_late_link(self.event, message_link, &found, now))
                .await?;
            if let Some(write) = sent.writes.iter_mut().find(|write| write.key == *key) {
                write.expected = Expected::Version(found.version);
            }
        }
        Ok(())
    }

    pub(super) async fn commit(
        &self,
        snapshot: &mut Snapshot,
        transitions: &[Transition],
        writes: &[Write],
    ) -> Result<(), PortError> {
        self.commit_for(snapshot, transitions, writes, Purpose::Record).await.map(drop)
    }

    /// Records the result, unless another event stored an item under the key of the part's own
    /// write. Then returns that item.
    async fn try_commit(
        &self,
        snapshot: &mut Snapshot,
        sent: &Sent,
    ) -> Result<Option<Item>, PortError> {
        let purpose = match &sent.written_link {
            Some(written_link) => Purpose::RecordGuarded(&written_link.key),
            None => Purpose::Record,
        };
        self.commit_for(snapshot, &sent.transitions, &sent.writes, purpose).await
    }

    pub(super) async fn commit_for(
        &self,
        snapshot: &mut Snapshot,
        transitions: &[Transition],
        writes: &[Write],
        purpose: Purpose<'_>,
    ) -> Result<Option<Item>, PortError> {
        let commit = Commit {
            transitions,
            writes,
            guarded: if let Purpose::RecordGuarded(key) = purpose { Some(key) } else { None },
            letter: if let Purpose::GiveUp(letter) = purpose { Some(letter) } else { None },
            integration: &self.event.integration,
            records_first: matches!(purpose, Purpose::RecordFirst),
            recorded: self.event.dedup_key.is_recorded(),
            schedule: self.schedule(),
            address: index::of_address(
                &self.config.genesys.integration_id,
                &self.event.conversation().contact,
            ),
        };
        snapshot::commit(&*self.engine.store, &*self.engine.clock, snapshot, &commit).await
    }

    pub(super) async fn enqueue(&self, events: Vec<QueuedEvent>) -> Result<(), PortError> {
        let direction = self.engine.route.direction().opposite();
        for event in events {
            accept::put(&*self.engine.queue, direction, &event).await?;
        }
        Ok(())
    }

    pub(super) fn situation<'p>(&'p self, snapshot: &'p Snapshot) -> Situation<'p> {
        Situation {
            event: self.event,
            config: self.config,
            schedule: self.schedule(),
            conversation: &snapshot.conversation,
            record: &snapshot.record,
            items: &snapshot.items,
            found: &snapshot.found,
            is_new: !snapshot.is_recorded(),
            uncertain: snapshot.record.next_is_uncertain() || self.was_interrupted(snapshot),
            backlog: self.backlog,
            now: self.engine.clock.now(),
        }
    }

    /// The queue handed out the event more often than it failed. Either an attempt ended without a
    /// result, or the event waited behind another one.
    pub(super) fn was_interrupted(&self, snapshot: &Snapshot) -> bool {
        self.queued.attempt > snapshot.record.failures.saturating_add(1)
    }

    fn schedule(&self) -> Schedule {
        Schedule {
            session_timeout_acts: self.config.session_timeout_acts(),
            quiet: self.engine.reconcile_after,
        }
    }

    /// The time since the event was accepted, in milliseconds.
    pub(super) fn age(&self) -> i64 {
        self.engine.clock.now().since(self.event.accepted_at)
    }

    /// How long the event may still be tried.
    pub(super) fn remaining(&self) -> Duration {
        let whole = Duration::from_mins(self.config.delivery.max_age_minutes.into());
        let end = self.event.accepted_at + whole;
        end.elapsed_since(self.engine.clock.now())
    }
}
