//! Does what the plan says, one step after the other, and writes down each before the next.

mod access;
mod messaging;
mod organization_wide;
mod posted;

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use super::decision::{Consent, Decision, Known};
use super::observed::Observed;
use super::plan::decide;
use super::record::{Kept, Record};
use super::step::Step;
use super::wanted::Wanted;
use crate::organization::{CallError, Kind, Object, Organization, Wait};

pub use access::{client_settles, grant_path, new_client, renew_client};
pub use messaging::random_secret;

/// A set-up under way.
pub struct Work<'a> {
    /// The organisation.
    pub organization: &'a Organization,
    /// What is wanted.
    pub wanted: &'a Wanted,
    /// What is there, as far as it is known.
    pub observed: Observed,
    /// What was made.
    pub record: Record,
    /// The integration's entry in the configuration, when there is one.
    pub configured: Option<Value>,
}

impl Work<'_> {
    /// What a step needs now.
    pub fn decide(&self, step: Step, consent: Consent) -> Decision {
        decide(step, self.wanted, &self.observed, &self.known(), consent)
    }

    /// The secrets that the record and the configuration hold.
    fn known(&self) -> Known<'_> {
        let configured = self.configured.as_ref();
        let is_same = |pointer: &str, id: &str| {
            configured.and_then(|entry| entry.pointer(pointer)?.as_str()) == Some(id)
        };
        let texts = |pointer: &str| {
            configured.and_then(|entry| entry.pointer(pointer)?.as_array()).into_iter().flatten()
        };
        let recorded = self.record.webhook_secret.as_ref().map(Kept::expose);
        let is_ours = is_same("/genesys/integrationId", self.observed.id(Step::Integration));
        let configured_secrets = texts("/genesys/webhookSecrets").filter_map(Value::as_str);
        let clients = texts("/genesys/oauthClients").filter_map(|one| one["clientId"].as_str());
        let kept = self.record.client.as_ref().map(|client| client.client_id.as_str());
        Known {
            webhook: recorded.into_iter().chain(configured_secrets.filter(|_| is_ours)).collect(),
            clients: kept.into_iter().chain(clients).collect(),
            events_key: self.record.events_key.as_ref().map(Kept::expose).or_else(|| {
                let key = configured?.pointer("/genesys/eventsApiKey")?.as_str();
                key.filter(|key| !key.trim().is_empty())
            }),
            made: Some(&self.record.made),
            cut_off: self.record.is_intended(Step::Client),
        }
    }

    /// Does what a step needs.
    pub async fn apply(&mut self, step: Step, decision: &Decision) -> anyhow::Result<()> {
        let creates = matches!(decision, Decision::Create(_));
        if !matches!(decision, Decision::Create(_) | Decision::Change(_)) {
            return Ok(());
        }
        match step {
            Step::SupportedContent => {
                self.make_or_patch(step, creates, self.wanted.supported_content()).await?;
            }
            Step::MessagingSetting => {
                self.make_or_patch(step, creates, self.wanted.messaging_setting()).await?;
            }
            Step::Queue => {
                let body = self.wanted.new_queue(self.observed.division.id());
                let queue = self.make(step, Kind::Queue, body).await?;
                self.observed.note(step, queue);
            }
            Step::Flow => {
                let division = self.observed.division.name();
                let source = self.wanted.flow(division, self.observed.name(Step::Queue));
                let queue = self.observed.id(Step::Queue).to_owned();
                let flow = self.publish(step, source, &queue, creates).await?;
                self.observed.note(step, flow);
            }
            Step::Integration => self.integrate(creates).await?,
            Step::Routing => self.route().await?,
            Step::Role => self.set_role(creates).await?,
            Step::Grant => self.grant().await?,
            Step::Client => self.set_client(creates).await?,
            Step::Timeline => self.set_timeline().await?,
            Step::EventSource => self.bring_events(creates).await?,
            Step::EventsCredential
            | Step::EventsIntegration
            | Step::EventsAction
            | Step::Workflow(_)
            | Step::Trigger(_) => self.post_events(step, creates).await?,
        }
        Ok(())
    }

    /// Makes an object, written down before and after.
    async fn make(&mut self, step: Step, kind: Kind, body: Value) -> anyhow::Result<Object> {
        let object = post(self.organization, &mut self.record, step, kind, body).await?;
        self.record.note_new(step, object.id(), self.organization.clock().now())?;
        Ok(object)
    }

    async fn make_or_patch(
        &mut self,
        step: Step,
        creates: bool,
        body: Value,
    ) -> anyhow::Result<()> {
        let kind = step.kind().context("a step without a kind")?;
        let object = if creates {
            self.make(step, kind, body).await?
        } else {
            let id = self.observed.id(step).to_owned();
            self.record.note(step, &id)?;
            self.organization.patch(&kind.one(&id), body).await?
        };
        self.observed.note(step, object);
        Ok(())
    }

    /// Looks at something until it is as it should be; none when that takes too long.
    async fn look(
        &self,
        path: &str,
        what: &str,
        most: Duration,
        is_done: impl Fn(&Object) -> bool,
    ) -> Result<Option<Object>, CallError> {
        let mut wait = Wait::new(self.organization.clock(), what, most);
        loop {
            let object = self.organization.get(path).await?;
            if is_done(&object) {
                return Ok(Some(object));
            }
            if !wait.goes_on().await {
                return Ok(None);
            }
        }
    }
}

/// Makes an object that the record knows of before the call. What was refused for certain was not made: the record must not claim
/// a namesake of it later.
async fn post(
    organization: &Organization,
    record: &mut Record,
    step: Step,
    kind: Kind,
    body: Value,
) -> anyhow::Result<Object> {
    let was_intended = record.is_intended(step);
    record.intend(step, organization.clock().now())?;
    let answer = organization.post(kind.path(), body).await;
    if let Err(error) = &answer
        && error.is_refusal()
        // A conflict may be with what an earlier run made, and no list shows yet.
        && !(was_intended && error.is_status(409))
    {
        record.disclaim(step)?;
    }
    let object = answer?;
    if object.id().is_empty() {
        return Err(anyhow!(
            "POST {}: the answer of Genesys Cloud names no id; run it again",
            kind.path()
        ));
    }
    Ok(object)
}
