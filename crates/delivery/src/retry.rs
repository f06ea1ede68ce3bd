//! Decides what happens to an event that could not be delivered: retry it or give it up.
//!
//! Rules: The class of the failure decides. An event that is given up leaves its queue only after
//! the originating side was told and the dead letter was stored. A part that is refused for good
//! does not affect the other parts.

use std::time::Duration;

use conversation::Transition;
use shared::error::{Class, Failure};
use shared::ports::PortError;
use shared::settings::SettingsError;

use super::attempt::{DeliveryAttempt, Purpose};
use super::backoff::pause;
use super::batch::Outcome;
use super::dead_letter::DeadLetter;
use super::engine::OWN_TROUBLE;
use super::event::QueuedEvent;
use super::observer::{self, Happening};
use super::outage::SILENT;
use super::parts::{Lost, about_files, about_parts};
use super::record::DeliveryState;
use super::route::Route;
use super::snapshot::Snapshot;
use crate::log;

/// When an event returns that only waited for another credential.
const SOON: Duration = Duration::from_secs(1);

impl<R: Route> DeliveryAttempt<'_, R> {
    pub(super) async fn not_repeated(&self, snapshot: &mut Snapshot, failure: &Failure) -> Outcome {
        let direction = self.engine.route.direction();
        if failure.class == Class::Shed {
            observer::tell(direction, self.event, Happening::Settled);
            log::shed(direction, self.event);
        } else {
            log::settled(direction, self.event, "it failed and is not retried");
            tracing::debug!(error = shared::error::chain(failure), "The event is not retried.");
        }
        let transitions =
            self.engine.route.effects_if_undelivered(self.event, &snapshot.conversation);
        if let Err(error) = self.commit(snapshot, &transitions, &[]).await {
            // The only effect is that a repeat is not recognised.
            let error = shared::error::chain(&error);
            tracing::debug!(error, "The bridge could not record that the event is not retried.");
        }
        Outcome::Done
    }

    /// Returns the name of the part, if its refusal does not affect the other parts.
    pub(super) fn refused_part_name(&self, part: &R::Part, failure: &Failure) -> Option<String> {
        let name = self.engine.route.part_name(part)?;
        (failure.class == Class::Permanent).then_some(name)
    }

    pub(super) fn refused(&self, snapshot: &mut Snapshot, name: String, failure: &Failure) {
        log::part_refused(self.engine.route.direction(), self.event, &name, failure);
        let uncertain = self.situation(snapshot).uncertain;
        snapshot.record.refuse(name, failure, uncertain, self.engine.clock.now());
    }

    /// Retries the event or gives it up, depending on the class of the failure.
    pub(super) async fn failed(
        &self,
        snapshot: &mut Snapshot,
        parts: &[R::Part],
        failure: Failure,
    ) -> Result<Outcome, PortError> {
        match failure.class {
            Class::Retry | Class::Uncertain | Class::Throttled | Class::Shed => {
                Ok(self.retry(snapshot, &failure).await)
            }
            // The sender has already tried a new token. A retry helps only if the configuration was
            // just changed.
            Class::Refresh => match self.configuration_changed().await {
                Ok(true) => Ok(Outcome::Retry { after: Duration::ZERO }),
                Ok(false) => self.give_up_parts(snapshot, parts, Some(failure)).await,
                // It is unknown whether the configuration changed, so retry.
                Err(_) => Ok(Outcome::Retry { after: OWN_TROUBLE }),
            },
            Class::Permanent => self.give_up_parts(snapshot, parts, Some(failure)).await,
        }
    }

    /// Gives up the rest of an event: the refused parts and, with `failure`, the parts that were
    /// not sent.
    pub(super) async fn give_up_parts(
        &self,
        snapshot: &mut Snapshot,
        parts: &[R::Part],
        failure: Option<Failure>,
    ) -> Result<Outcome, PortError> {
        let (lost, is_open) = (self.lost(snapshot, parts), failure.is_some());
        let failure = match failure {
            // The whole event is lost for this one reason.
            Some(failure) if lost.refused.is_empty() && lost.open.len() == parts.len() => failure,
            // The parts have no names.
            Some(failure) if lost.refused.is_empty() && lost.open.is_empty() => failure,
            failure => about_parts(&lost, failure),
        };
        self.give_up(snapshot, failure, is_open).await
    }

    fn lost<'p>(&self, snapshot: &'p Snapshot, parts: &[R::Part]) -> Lost<'p> {
        let open = (0_u32..).zip(parts).filter(|(position, _)| snapshot.record.is_open(*position));
        Lost {
            refused: snapshot.record.refused_now().collect(),
            open: open.filter_map(|(_, part)| self.engine.route.part_name(part)).collect(),
            files: snapshot.record.files.iter().filter(|file| file.name.is_some()).collect(),
            of: parts.len(),
        }
    }

    /// Returns the notice about the files that the message was sent without.
    pub(super) fn told_of_files(
        &self,
        snapshot: &Snapshot,
        parts: &[R::Part],
    ) -> Option<QueuedEvent> {
        if self.event.redrive > 0 {
            return None;
        }
        let failure = about_files(&self.lost(snapshot, parts))?;
        self.notice(snapshot, &failure)
    }

    /// Returns the notice about a failure. An event that was given up, came again and is given up
    /// again gets a new notice. A redriven event gets the dedup key of the notice that was sent
    /// before.
    fn notice(&self, snapshot: &Snapshot, failure: &Failure) -> Option<QueuedEvent> {
        let now = self.engine.clock.now();
        let mut notice = self.engine.route.notice(self.event, failure, now)?;
        let is_redriven = self.event.redrive > 0;
        let life = if is_redriven { snapshot.record.told_life } else { snapshot.record.lives };
        notice.dedup_key = notice.dedup_key.in_life(life);
        Some(notice)
    }

    /// Reads the configuration again, because a refused credential may just have been changed.
    async fn configuration_changed(&self) -> Result<bool, SettingsError> {
        let settings = &self.engine.settings;
        let newer = settings.refreshed(&self.event.integration, self.settings).await?;
        Ok(newer.is_some())
    }

    pub(super) async fn retry(&self, snapshot: &mut Snapshot, failure: &Failure) -> Outcome {
        // A credential or a template that was just changed is used at once.
        let may_be_changed = failure.login_refused || failure.misconfigured;
        let is_changed = may_be_changed && self.configuration_changed().await.unwrap_or(false);
        // If the event is given up, its history says why it waited.
        let now = self.engine.clock.now();
        let mut is_news =
            failure.misconfigured && snapshot.record.note_misconfiguration(failure, now);
        if let Some(found) = &failure.relay {
            is_news |= found.own_trouble && !snapshot.record.own_trouble;
            snapshot.record.own_trouble |= found.own_trouble;
            snapshot.record.refuse_files(&found.refused_files);
        }
        snapshot.record.note_failure(failure, self.engine.clock.now());
        if (failure.attempted || is_news)
            && let Err(error) = self.commit(snapshot, &[], &[]).await
        {
            // The only effect is that the history lacks the attempt.
            tracing::warn!(
                error = shared::error::chain(&error),
                "The bridge could not record a failed attempt."
            );
        }
        let failures = snapshot.record.failures.max(1);
        let asked = if is_changed { Some(SOON) } else { failure.retry_after };
        let after = pause(failures, asked, self.engine.clock.random(), self.remaining());
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let direction = self.engine.route.direction();
        if failure.code == SILENT {
            log::held_back(direction, self.event, self.age(), after_ms);
        } else if failure.class == Class::Throttled {
            log::delayed(direction, self.event, self.age(), after_ms);
        } else {
            log::retried(direction, self.event, failure, failures, self.age(), after_ms);
        }
        Outcome::Retry { after }
    }

    /// Tells the originating side, stores the dead letter, and lets the conversation continue.
    /// `is_open`: whether parts were still to be sent.
    pub(super) async fn give_up(
        &self,
        snapshot: &mut Snapshot,
        failure: Failure,
        is_open: bool,
    ) -> Result<Outcome, PortError> {
        let direction = self.engine.route.direction();
        let now = self.engine.clock.now();
        let effects = self.engine.route.effects_if_undelivered(self.event, &snapshot.conversation);
        if !self.event.dedup_key.is_recorded() {
            // Otherwise a deadline that cannot be met would be due again for ever.
            self.commit(snapshot, &effects, &[]).await?;
            log::settled(direction, self.event, "it could not be sent and is not retried");
            return Ok(Outcome::Done);
        }
        let at = snapshot.conversation.next_given_up(now);
        let mut letter = DeadLetter::new(direction, at, &failure, &self.queued.body);
        // A refused part has its own flag for whether it may have arrived.
        if is_open && self.was_interrupted(snapshot) {
            snapshot.record.next_may_be_held();
        }
        letter.uncertain = snapshot.record.is_uncertain();
        let notice = self.notice(snapshot, &failure);
        letter.notice = notice.as_ref().map(|notice| notice.dedup_key.record(direction.opposite()));
        let told = notice.is_some();
        // A receipt `failed` is final and has one dedup key. It stays true if a redrive fails, so
        // it is not sent twice.
        if self.event.redrive == 0 {
            snapshot.record.told_life = snapshot.record.lives;
            snapshot.record.user_reason = notice.as_ref().map(|_| failure.user_reason.clone());
            self.enqueue(notice.into_iter().collect()).await?;
        }
        snapshot.record.note_failure(&failure, now);
        snapshot.record.given_up_since.get_or_insert(at);
        snapshot.record.given_up_at = Some(now);
        snapshot.record.given_up_of = Some(self.event.accepted_at);
        snapshot.record.state = DeliveryState::Dead;
        snapshot.record.redrive = self.event.redrive;
        // Events without a contact are not ordered.
        let transitions = match &self.event.contact {
            Some(_) => [effects, vec![Transition::GivenUp { at }]],
            None => Default::default(),
        };
        let purpose = Purpose::GiveUp(&letter);
        self.commit_for(snapshot, &transitions.concat(), &[], purpose).await?;
        log::failed(direction, self.event, &failure, told);
        Ok(Outcome::Done)
    }
}
