//! The loop that brings an organisation from its current state to the wanted one: one resource
//! after the other, each recorded before the next.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use crate::organization::{CallError, Kind, Object, Organization};
use crate::{Decision, Question, Record, Resource, SetupRun};

impl SetupRun<'_> {
    /// The steps for a resource to reach the wanted state. `consent` lists the questions
    /// that the operator answered with yes.
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

    /// Makes the necessary changes and reports the beginning and the end of each. Decides again
    /// right before each change, because a resource needs the ids of earlier ones.
    pub async fn reconcile(
        &mut self,
        consent: &[Question],
        begins: impl Fn(Resource),
        ends: impl Fn(Resource, &Decision),
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
            begins(resource);
            resource.rules().apply(resource, self, creates).await.with_context(|| {
                let done = if done.is_empty() { "nothing".to_owned() } else { done.join(", ") };
                format!(
                    "the {} is not done (changed before it: {done}); run the same command again to continue",
                    resource.word()
                )
            })?;
            ends(resource, &decision);
            done.push(resource.word());
        }
        Ok(())
    }

    /// Makes an object and records it before and after.
    pub(super) async fn make(&mut self, resource: Resource, body: Value) -> anyhow::Result<Object> {
        let kind = resource.kind().context("a resource without a kind")?;
        let object = post(self.organization, &mut self.record, resource, kind, body).await?;
        self.record.note_new(resource, object.id(), self.organization.clock().now())?;
        Ok(object)
    }

    /// The existing object of a resource; also notes it in the record.
    pub(super) fn known_object(&mut self, resource: Resource) -> anyhow::Result<Object> {
        let known = self.observed.object(resource).cloned().unwrap_or_default();
        if known.id().is_empty() {
            return Err(anyhow!("the {} has no id; run this again", resource.word()));
        }
        self.record.set_id(resource, known.id())?;
        Ok(known)
    }

    /// Reads an object until `is_done`; returns `None` if that takes longer than `most`.
    pub(super) async fn poll(
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

/// Makes an object that is recorded before the call. After a certain refusal the record is removed,
/// because it must not later claim another object with the same name.
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
        // The conflict may be with an object that an earlier run made and that no list shows yet.
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
