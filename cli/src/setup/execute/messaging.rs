//! The flow, the integration, and the way from one to the other.

use anyhow::anyhow;
use serde_json::json;
use uuid::Uuid;

use super::Work;
use crate::organization::settling::{CREATED, FLOW_JOB, SHOWN};
use crate::organization::{Kind, Object, Wait};
use crate::setup::flow::Source;
use crate::setup::observed::includes;
use crate::setup::record::Kept;
use crate::setup::step::Step;

impl Work<'_> {
    /// Publishes the flow by a job. What the flow `uses` may not be seen by Architect yet: then a job that fails says nothing.
    pub(super) async fn publish(
        &mut self,
        step: Step,
        source: Source,
        uses: &str,
        creates: bool,
    ) -> anyhow::Result<Object> {
        if creates {
            self.record.intend(step, self.organization.clock().now())?;
        }
        let most = self.organization.on_its_way(uses, SHOWN).unwrap_or_default();
        let what = format!("until Architect sees what the {} uses", step.word());
        let mut wait = Wait::new(self.organization.clock(), what, most);
        let id = loop {
            let said = match self.job(&source).await? {
                Ok(id) => break id,
                Err(said) => said,
            };
            if !wait.goes_on().await {
                if self.record.is_intended(step) {
                    self.record.disclaim(step)?;
                }
                return Err(anyhow!("the flow cannot be published: {said}"));
            }
        };
        let now = self.organization.clock().now();
        self.organization.expect(&id, now);
        let made = self.record.made.entry(step).or_default();
        made.fingerprint = Some(source.fingerprint);
        self.record.note_new(step, &id, now)?;
        Ok(self.organization.get(&Kind::MessageFlow.one(&id)).await?)
    }

    /// A job that publishes: the YAML goes to an address that it names, then it is looked at until it is done. Gives the id of the
    /// flow, or what is said of the failure.
    async fn job(&self, source: &Source) -> anyhow::Result<Result<String, String>> {
        let job = self.organization.post("/api/v2/flows/jobs", json!({})).await?;
        let headers = job.0["headers"].as_object().into_iter().flatten();
        let headers: Vec<(String, String)> = headers
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        self.organization.upload(job.text("/presignedUrl"), &headers, &source.yaml).await?;
        let place = format!("/api/v2/flows/jobs/{}?expand=messages", job.id());
        let is_done = |job: &Object| {
            matches!(job.text("/status").to_lowercase().as_str(), "success" | "failure" | "error")
        };
        let what = "until Genesys Cloud has published the flow";
        let done = self.look(&place, what, FLOW_JOB, is_done).await?.ok_or_else(|| {
            anyhow!("the job {} of the flow is not done yet; run it again", job.id())
        })?;
        if !done.text("/status").eq_ignore_ascii_case("success") {
            return Ok(Err(said_by(&done)));
        }
        match done.text("/flow/id") {
            "" => Err(anyhow!("the job {} names no flow; run it again", job.id())),
            id => Ok(Ok(id.to_owned())),
        }
    }

    /// Makes or changes the integration, and waits until it is made.
    pub(super) async fn integrate(&mut self, creates: bool) -> anyhow::Result<()> {
        let kind = Kind::OpenIntegration;
        let there = self.observed.object(Step::Integration).cloned().unwrap_or_default();
        let failed = has_failed(&there);
        if failed {
            self.organization.remove(kind, &there).await?;
        }
        let object = if creates || failed {
            let secret = self.webhook_secret()?;
            let body = self.wanted.integration(
                self.observed.id(Step::SupportedContent),
                self.observed.id(Step::MessagingSetting),
                Some(secret.expose()),
            );
            self.make(Step::Integration, kind, body).await?
        } else {
            let found = there;
            let shown = found.shown_secret();
            let known = self.known().webhook;
            let stays = known.is_empty() && shown.is_some()
                || shown.is_some_and(|shown| known.contains(&shown))
                || shown.is_none() && !known.is_empty();
            let secret = if stays { None } else { Some(self.secret_to_set()?) };
            let body = self.wanted.integration(
                self.observed.id(Step::SupportedContent),
                self.observed.id(Step::MessagingSetting),
                secret.as_ref().map(Kept::expose),
            );
            self.record.note(Step::Integration, found.id())?;
            if includes(&found.0, &body) {
                found
            } else {
                self.organization.patch(&kind.one(found.id()), body).await?
            }
        };
        let place = kind.one(object.id());
        let is_done = |object: &Object| {
            matches!(object.text("/createStatus"), "Completed" | "Error")
                || object.0["createStatus"].is_null()
        };
        let what = "until Genesys Cloud has made the integration";
        let done = self.look(&place, what, CREATED, is_done).await?.ok_or_else(|| {
            anyhow!("the integration {} is not made yet; run it again in some minutes", object.id())
        })?;
        if has_failed(&done) {
            return Err(anyhow!(
                "Genesys Cloud could not make the integration: {}; run it again, then it is made anew",
                done.text("/createError/message")
            ));
        }
        let most = self.organization.on_its_way(done.id(), SHOWN).unwrap_or_default();
        let what = "until the integration has its recipient";
        let mut wait = Wait::new(self.organization.clock(), what, most);
        loop {
            let done = self.organization.get(&place).await?;
            self.observed.recipient = self.organization.recipient(&done).await?;
            self.observed.note(Step::Integration, done);
            if !self.observed.recipient.id().is_empty() || !wait.goes_on().await {
                return Ok(());
            }
        }
    }

    /// The secret for an integration that is made: kept before anybody is told.
    pub(super) fn webhook_secret(&mut self) -> anyhow::Result<Kept> {
        if self.record.webhook_secret.is_none() {
            self.record.webhook_secret = Some(Kept::new(random_secret()));
            self.record.save()?;
        }
        Ok(self.record.webhook_secret.clone().unwrap_or_default())
    }

    /// The secret that an integration is to have: the configured one, or a new one.
    pub(super) fn secret_to_set(&mut self) -> anyhow::Result<Kept> {
        let configured = self.known().webhook.last().map(|secret| Kept::new(*secret));
        match (&self.record.webhook_secret, configured) {
            (None, Some(secret)) => Ok(secret),
            _ => self.webhook_secret(),
        }
    }

    pub(super) async fn route(&mut self) -> anyhow::Result<()> {
        let recipient = self.observed.recipient.id();
        if recipient.is_empty() {
            return Err(anyhow!(
                "the integration {} has no recipient; run it again in some minutes",
                self.observed.id(Step::Integration)
            ));
        }
        let body = json!({ "flow": { "id": self.observed.id(Step::Flow) } });
        self.observed.recipient =
            self.organization.put(&Kind::Recipient.one(recipient), body).await?;
        Ok(())
    }
}

/// A random secret: 244 bits, in letters and digits.
pub fn random_secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

fn has_failed(integration: &Object) -> bool {
    integration.text("/createStatus") == "Error"
}

/// What a job says about its failure.
fn said_by(job: &Object) -> String {
    let messages = job.0["messages"].as_array().into_iter().flatten();
    let texts: Vec<&str> = messages.filter_map(|message| message["text"].as_str()).collect();
    match texts.as_slice() {
        [] => "the job does not say why".to_owned(),
        texts => texts.join("; "),
    }
}
