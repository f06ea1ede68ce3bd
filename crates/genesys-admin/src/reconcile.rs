//! The loop that gets an organisation from what is there to what is wanted: one resource after the
//! other, each written down before the next.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};

use crate::organization::{CallError, Kind, Object, Organization};
use crate::resource::Part;
use crate::{Decision, Kept, Observed, Question, Record, Resource, Wanted};

/// A set-up under way.
pub struct Work<'a> {
    pub organization: &'a Organization,
    pub wanted: &'a Wanted,
    /// What is there, as far as it is known.
    pub observed: Observed,
    pub record: Record,
    /// The integration's entry in the configuration, when there is one.
    pub configured: Option<Value>,
}

impl Work<'_> {
    /// What a resource needs to get from what is there to what is wanted; `consent` is what was
    /// said yes to.
    pub fn decide(&self, resource: Resource, consent: &[Question]) -> Decision {
        if !self.wants(resource.part()) {
            return Decision::Unwanted;
        }
        match resource.rules().decide(self.observed.found(resource), self) {
            Decision::NeedsYes(what, question) if consent.contains(&question) => {
                Decision::Change(what)
            }
            other => other,
        }
    }

    /// Whether a part of a set-up is wanted.
    pub(super) fn wants(&self, part: Part) -> bool {
        match part {
            Part::Always => true,
            Part::EventBridge => self.wanted.events.is_some(),
            Part::PostedEvents => self.wanted.posted_events,
        }
    }

    /// The secrets that may sign webhooks, the recorded one first.
    pub(super) fn webhook_secrets(&self) -> Vec<&str> {
        let recorded = self.record.webhook_secret.as_ref().map(Kept::expose);
        let integration = self.observed.id(Resource::Integration);
        let is_ours = self.configured("/genesys/integrationId") == Some(&json!(integration));
        let secrets = self.configured("/genesys/webhookSecrets").filter(|_| is_ours);
        let secrets = secrets.and_then(Value::as_array).into_iter().flatten();
        recorded.into_iter().chain(secrets.filter_map(Value::as_str)).collect()
    }

    /// Whether the secret of an OAuth client is known.
    pub(super) fn knows_client(&self, id: &str) -> bool {
        self.record.client.as_ref().is_some_and(|client| client.client_id == id)
            || Resource::Client.rules().configured(self).iter().any(|known| known == id)
    }

    /// The key that workflows post events with.
    pub(super) fn events_key(&self) -> Option<&str> {
        let configured = || self.configured("/genesys/eventsApiKey")?.as_str();
        let key = self.record.events_key.as_ref().map(Kept::expose).or_else(configured);
        key.filter(|key| !key.trim().is_empty())
    }

    /// A value of the integration's entry in the configuration.
    pub(super) fn configured(&self, pointer: &str) -> Option<&Value> {
        self.configured.as_ref()?.pointer(pointer)
    }

    /// Does what is needed, and tells what was done. What each resource needs is decided again
    /// right before it: resources give the next ones their ids.
    pub async fn reconcile(
        &mut self,
        consent: &[Question],
        tell: impl Fn(Resource, &Decision),
    ) -> anyhow::Result<()> {
        let mut done = Vec::new();
        for resource in Resource::ALL {
            let decision = self.decide(resource, consent);
            let creates = match &decision {
                Decision::Create(_) => true,
                Decision::Change(_) => false,
                Decision::Blocked(why) => return Err(anyhow!("the {}: {why}", resource.word())),
                _ => continue,
            };
            resource.rules().apply(resource, self, creates).await.with_context(|| {
                let done = if done.is_empty() { "nothing".to_owned() } else { done.join(", ") };
                format!(
                    "the {} is not done (changed before it: {done}); run the same command again to continue",
                    resource.word()
                )
            })?;
            tell(resource, &decision);
            done.push(resource.word());
        }
        Ok(())
    }

    /// Makes an object, written down before and after.
    pub(super) async fn make(&mut self, resource: Resource, body: Value) -> anyhow::Result<Object> {
        let kind = resource.kind().context("a resource without a kind")?;
        let object = post(self.organization, &mut self.record, resource, kind, body).await?;
        self.record.note_new(resource, object.id(), self.organization.clock().now())?;
        Ok(object)
    }

    /// The object of a resource, which is there; noted in the record.
    pub(super) fn known_object(&mut self, resource: Resource) -> anyhow::Result<Object> {
        let known = self.observed.object(resource).cloned().unwrap_or_default();
        if known.id().is_empty() {
            return Err(anyhow!("the {} has no id; run this again", resource.word()));
        }
        self.record.note(resource, known.id())?;
        Ok(known)
    }

    /// Looks at something until it is as it should be; none when that takes too long.
    pub(super) async fn look(
        &self,
        path: &str,
        what: &str,
        most: Duration,
        is_done: impl Fn(&Object) -> bool,
    ) -> Result<Option<Object>, CallError> {
        let mut wait = self.organization.wait(what, most);
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

/// Makes an object that the record knows of before the call. What was refused for certain was not
/// made: the record must not claim a namesake of it later.
pub(super) async fn post(
    organization: &Organization,
    record: &mut Record,
    resource: Resource,
    kind: Kind,
    body: Value,
) -> anyhow::Result<Object> {
    let was_intended = record.is_intended(resource);
    record.intend(resource, organization.clock().now())?;
    let answer = organization.post(kind.path(), body).await;
    if let Err(error) = &answer
        && error.is_refusal()
        // A conflict may be with what an earlier run made, and no list shows yet.
        && !(was_intended && error.is_status(409))
    {
        record.disclaim(resource)?;
    }
    let object = answer?;
    if object.id().is_empty() {
        return Err(anyhow!(
            "POST {}: the answer of Genesys Cloud names no id; run this again",
            kind.path()
        ));
    }
    Ok(object)
}
