//! What becomes of an event that could not be delivered: again later, or never.
//!
//! Rule: the class of the failure decides; what is given up is told and kept before it leaves its queue.

use std::time::Duration;

use super::backoff::pause;
use super::batch::Outcome;
use super::carry::Delivery;
use super::dead_letter::DeadLetter;
use super::engine::{OWN_TROUBLE, corrupt};
use super::ledger::Page;
use super::outage::SILENT;
use super::record::State;
use super::route::Route;
use crate::conversation::Transition;
use crate::error::{Class, Failure};
use crate::ports::PortError;
use crate::settings::SettingsError;
use crate::telemetry;

/// When an event comes back that only waited for another credential.
const SOON: Duration = Duration::from_secs(1);

impl<R: Route> Delivery<'_, R> {
    pub(super) async fn not_repeated(&self, page: &mut Page, failure: &Failure) -> Outcome {
        let direction = self.engine.route.direction();
        if failure.class == Class::LeftOut {
            telemetry::shed(direction, self.event);
        } else {
            telemetry::settled(direction, self.event, "it failed and is not repeated");
            tracing::debug!(error = crate::error::chain(failure), "Not repeated.");
        }
        let transitions = self.engine.route.remains(self.event);
        if let Err(error) = self.post(page, &transitions, &[]).await {
            // It is not known when it comes again, nothing more.
            let error = crate::error::chain(&error);
            tracing::debug!(error, "What is not repeated could not be remembered.");
        }
        Outcome::Done
    }

    /// The class decides.
    pub(super) async fn failed(
        &self,
        page: &mut Page,
        failure: Failure,
    ) -> Result<Outcome, PortError> {
        match failure.class {
            Class::Retry | Class::Uncertain | Class::HeldBack | Class::LeftOut => {
                Ok(self.try_again(page, &failure).await)
            }
            // The sender has tried a new token; what is left is that the configuration was just changed.
            Class::Refresh => match self.configuration_changed().await {
                Ok(true) => Ok(Outcome::Retry { after: Duration::ZERO }),
                Ok(false) => self.give_up(page, failure).await,
                // Whether it was changed nobody can say now.
                Err(_) => Ok(Outcome::Retry { after: OWN_TROUBLE }),
            },
            Class::Permanent => self.give_up(page, failure).await,
        }
    }

    /// A refused credential may just have been changed, so the configuration is read once more.
    async fn configuration_changed(&self) -> Result<bool, SettingsError> {
        let settings = &self.engine.settings;
        let newer = settings.refreshed(&self.event.integration, self.settings).await?;
        Ok(newer.is_some())
    }

    pub(super) async fn try_again(&self, page: &mut Page, failure: &Failure) -> Outcome {
        // A credential that was just changed serves at once.
        let is_changed = failure.code == crate::tokens::LOGIN_REFUSED
            && self.configuration_changed().await.unwrap_or(false);
        if failure.attempted {
            page.record.note(failure, self.engine.clock.now());
            if let Err(error) = self.post(page, &[], &[]).await {
                // The attempt is then missing in the history, nothing more.
                tracing::warn!(
                    error = crate::error::chain(&error),
                    "A failed attempt could not be noted."
                );
            }
        }
        let failures = page.record.failures.max(1);
        let asked = if is_changed { Some(SOON) } else { failure.retry_after };
        let after = pause(failures, asked, self.engine.clock.random(), self.remaining());
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let direction = self.engine.route.direction();
        if failure.code == SILENT {
            telemetry::held_back(direction, self.event, self.age(), after_ms);
        } else if failure.class == Class::HeldBack {
            telemetry::delayed(direction, self.event, self.age(), after_ms);
        } else {
            telemetry::retried(direction, self.event, failure, failures, self.age(), after_ms);
        }
        Outcome::Retry { after }
    }

    /// Tells the originating side, keeps the dead letter, and lets the conversation go on.
    pub(super) async fn give_up(
        &self,
        page: &mut Page,
        failure: Failure,
    ) -> Result<Outcome, PortError> {
        let direction = self.engine.route.direction();
        let now = self.engine.clock.now();
        if !self.event.identity.is_recorded() {
            telemetry::settled(direction, self.event, "it could not be sent and is not repeated");
            return Ok(Outcome::Done);
        }
        let at = page.conversation.next_given_up(now);
        let mut letter = DeadLetter::new(direction, at, &failure, &self.queued.body);
        letter.uncertain = self.situation(page).uncertain;
        page.record.uncertain = letter.uncertain;
        let notice = self.engine.route.notice(self.event, &failure, now);
        letter.notice = notice.as_ref().map(|notice| notice.identity.record(direction.opposite()));
        let told = notice.is_some();
        // Failed is final, and one event by its identity. A redrive that fails leaves it true, so it is not told twice.
        if self.event.redrive == 0 {
            page.record.told = notice.as_ref().map(|_| failure.told.clone());
            self.enqueue(notice.into_iter().collect()).await?;
        }
        page.record.note(&failure, now);
        page.record.given_up_since.get_or_insert(at);
        page.record.state = State::Dead;
        page.record.redrive = self.event.redrive;
        letter.remember(&page.record);
        let writes = letter.writes(&self.event.integration).map_err(corrupt)?;
        // What names nobody has no order to keep.
        let transitions = match &self.event.contact {
            Some(_) => [self.engine.route.remains(self.event), vec![Transition::GivenUp { at }]],
            None => Default::default(),
        };
        self.post(page, &transitions.concat(), &writes).await?;
        telemetry::failed(direction, self.event, &failure, told);
        Ok(Outcome::Done)
    }
}
