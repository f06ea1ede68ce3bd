//! Flows of Architect as YAML: a job publishes them, and a fingerprint in their description
//! identifies the text.

use anyhow::anyhow;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::organization::settling::{FLOW_JOB, SHOWN};
use crate::organization::{Kind, Object};
use crate::{Decision, Resource, SetupRun};

/// A flow to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub yaml: String,
    /// Identifies this text. The description contains it, so the API shows it.
    pub fingerprint: String,
}

/// A flow whose description consists of the mark and the fingerprint; `text` writes the YAML for a
/// description.
pub(crate) fn source(mark: &str, text: impl Fn(&str) -> String) -> Source {
    let fingerprint = fingerprint(&text(mark));
    Source { yaml: text(&format!("{mark} Version {fingerprint}.")), fingerprint }
}

/// Identifies a text without revealing it.
pub(crate) fn fingerprint(text: &str) -> String {
    Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Double-quoted YAML accepts any JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether a version of the flow is published.
pub fn is_published(flow: &Object) -> bool {
    !flow.text("/publishedVersion/id").is_empty()
}

/// Decides whether one of setup's flows must be published from this source. The flow's description
/// or the record says from which source it was published.
pub(crate) fn differs(
    resource: Resource,
    flow: &Object,
    source: Option<(Source, Vec<Resource>)>,
    run: &SetupRun<'_>,
    what: String,
) -> Decision {
    let is_current = source.is_some_and(|(Source { fingerprint, .. }, _)| {
        flow.text("/description").contains(&fingerprint)
            || run.record.fingerprint(resource) == Some(&fingerprint)
    });
    match (is_published(flow), is_current) {
        (true, true) => Decision::exists(),
        (true, false) => Decision::Change(what),
        (false, _) => Decision::Change("it is not published".to_owned()),
    }
}

impl SetupRun<'_> {
    /// Publishes a flow by a job. Architect may not see yet what the flow uses; until then a failed
    /// job is retried.
    pub(super) async fn publish(
        &mut self,
        resource: Resource,
        source: Source,
        uses: &[Resource],
    ) -> anyhow::Result<Object> {
        if self.observed.object(resource).is_none() {
            self.record.intend(resource, self.organization.clock().now())?;
        }
        let uses = uses.iter().map(|used| self.observed.id(*used));
        let most = uses.filter_map(|id| self.organization.on_its_way(id, SHOWN)).max();
        let most = most.unwrap_or_default();
        let what = format!("until Architect shows what the {} uses", resource.word());
        let mut wait = self.organization.wait(what, most);
        let id = loop {
            let said = match self.job(&source).await? {
                Ok(id) => break id,
                Err(said) => said,
            };
            if !wait.goes_on().await {
                if self.record.is_intended(resource) {
                    self.record.disclaim(resource)?;
                }
                return Err(anyhow!("the flow cannot be published: {said}"));
            }
        };
        let now = self.organization.clock().now();
        self.organization.expect(&id, now);
        let made = self.record.made.entry(resource).or_default();
        made.fingerprint = Some(source.fingerprint);
        self.record.note_new(resource, &id, now)?;
        Ok(self.organization.get(&Kind::MessageFlow.one(&id)).await?)
    }

    /// Runs one publishing job: uploads the YAML to the address that the job names, then reads the
    /// job until it is done. Returns the id of the flow, or the job's messages about a failure.
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
        let done = self.poll(&place, what, FLOW_JOB, is_done).await?.ok_or_else(|| {
            anyhow!("the job {} of the flow is not done yet; run this again", job.id())
        })?;
        if !done.text("/status").eq_ignore_ascii_case("success") {
            return Ok(Err(said_by(&done)));
        }
        match done.text("/flow/id") {
            "" => Err(anyhow!("the job {} names no flow; run this again", job.id())),
            id => Ok(Ok(id.to_owned())),
        }
    }
}

/// The job's messages about its failure.
fn said_by(job: &Object) -> String {
    let messages = job.0["messages"].as_array().into_iter().flatten();
    let texts: Vec<&str> = messages.filter_map(|message| message["text"].as_str()).collect();
    match texts.as_slice() {
        [] => "the job does not say why".to_owned(),
        texts => texts.join("; "),
    }
}
