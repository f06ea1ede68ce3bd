//! Does what the plan says, one step after the other, and writes down each before the next.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};
use shared::ports::Clock;
use uuid::Uuid;

use super::observed::{Found, Observed, event_configuration, recipient};
use super::plan::{Consent, Decision, Known, decide, shown_secret};
use super::record::{Kept, KeptClient, Record};
use super::step::Step;
use super::wanted::Wanted;
use crate::organization::{CallError, Kind, Object, Organization, Problem, Timeline};

/// The pause after the first look at something that takes time; it doubles with each.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(5);
/// How often it is looked at: for about three minutes.
const LOOKS: u32 = 40;

/// A set-up under way.
pub struct Work<'a> {
    /// The organisation.
    pub organization: &'a Organization,
    /// Waits.
    pub clock: &'a dyn Clock,
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
        let is_ours = is_same("/genesys/integrationId", self.observed.integration.id());
        let configured_secrets = texts("/genesys/webhookSecrets").filter_map(Value::as_str);
        let clients = texts("/genesys/oauthClients").filter_map(|one| one["clientId"].as_str());
        let kept = self.record.client.as_ref().map(|client| client.client_id.as_str());
        Known {
            webhook: recorded.into_iter().chain(configured_secrets.filter(|_| is_ours)).collect(),
            clients: kept.into_iter().chain(clients).collect(),
            flow: self.record.made.get(&Step::Flow).and_then(|made| made.fingerprint.as_deref()),
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
                let body = self.wanted.supported_content();
                self.observed.content = self.make_or_patch(step, creates, body).await?;
            }
            Step::MessagingSetting => {
                let body = self.wanted.messaging_setting();
                self.observed.setting = self.make_or_patch(step, creates, body).await?;
            }
            Step::Queue => {
                let body = self.wanted.new_queue(self.observed.division.id());
                self.observed.queue = Found::Ours(self.make(step, Kind::Queue, body).await?);
            }
            Step::Flow => self.publish().await?,
            Step::Integration => self.integrate(creates).await?,
            Step::Routing => self.route().await?,
            Step::Role => self.set_role(creates).await?,
            Step::Grant => self.grant().await?,
            Step::Client => self.set_client(creates).await?,
            Step::Timeline => self.set_timeline().await?,
            Step::EventSource => self.bring_events(creates).await?,
        }
        Ok(())
    }

    /// Makes an object, written down before and after.
    async fn make(&mut self, step: Step, kind: Kind, body: Value) -> anyhow::Result<Object> {
        let object = post(self.organization, &mut self.record, step, kind, body).await?;
        self.record.note(step, object.id())?;
        Ok(object)
    }

    async fn make_or_patch(
        &mut self,
        step: Step,
        creates: bool,
        body: Value,
    ) -> anyhow::Result<Found> {
        let kind = step.kind().context("a step without a kind")?;
        if creates {
            return self.make(step, kind, body).await.map(Found::Ours);
        }
        let found = if step == Step::SupportedContent {
            &self.observed.content
        } else {
            &self.observed.setting
        };
        let id = found.id().to_owned();
        self.record.note(step, &id)?;
        Ok(Found::Ours(self.organization.patch(&kind.one(&id), body).await?))
    }

    /// Publishes the flow by a job: the YAML goes to an address that the job names, then the job is looked at until it is done.
    async fn publish(&mut self) -> anyhow::Result<()> {
        let source = self.wanted.flow(self.observed.division.name(), self.observed.queue.name());
        if self.observed.flow.object().is_none() {
            self.record.intend(Step::Flow)?;
        }
        let job = self.organization.post("/api/v2/flows/jobs", json!({})).await?;
        let headers = job.0["headers"].as_object().into_iter().flatten();
        let headers: Vec<(String, String)> = headers
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        self.organization.upload(job.text("/presignedUrl"), &headers, &source.yaml).await?;
        let place = format!("/api/v2/flows/jobs/{}?expand=messages", job.id());
        let done = self
            .look(&place, |job| {
                matches!(
                    job.text("/status").to_lowercase().as_str(),
                    "success" | "failure" | "error"
                )
            })
            .await?
            .ok_or_else(|| {
                anyhow!("the job {} of the flow is not done yet; run it again", job.id())
            })?;
        if !done.text("/status").eq_ignore_ascii_case("success") {
            if self.record.is_intended(Step::Flow) {
                self.record.disclaim(Step::Flow)?;
            }
            return Err(anyhow!("the flow cannot be published: {}", said_by(&done)));
        }
        let id = done.text("/flow/id").to_owned();
        if id.is_empty() {
            return Err(anyhow!("the job {} names no flow; run it again", job.id()));
        }
        let made = self.record.made.entry(Step::Flow).or_default();
        made.fingerprint = Some(source.fingerprint);
        self.record.note(Step::Flow, &id)?;
        let flow = self.organization.get(&Kind::MessageFlow.one(&id)).await?;
        self.observed.flow = Found::Ours(flow);
        Ok(())
    }

    /// Makes or changes the integration, and waits until it is made.
    async fn integrate(&mut self, creates: bool) -> anyhow::Result<()> {
        let kind = Kind::OpenIntegration;
        let failed = self.observed.integration.object().is_some_and(has_failed);
        if failed {
            self.organization.delete(&kind.one(self.observed.integration.id())).await?;
        }
        let object = if creates || failed {
            let secret = self.webhook_secret()?;
            let body = self.wanted.integration(
                self.observed.content.id(),
                self.observed.setting.id(),
                Some(secret.expose()),
            );
            self.make(Step::Integration, kind, body).await?
        } else {
            let found = self.observed.integration.object().cloned().unwrap_or_default();
            let shown = shown_secret(&found);
            let known = self.known().webhook;
            let stays = known.is_empty() && shown.is_some()
                || shown.is_some_and(|shown| known.contains(&shown))
                || shown.is_none() && !known.is_empty();
            let secret = if stays { None } else { Some(self.secret_to_set()?) };
            let body = self.wanted.integration(
                self.observed.content.id(),
                self.observed.setting.id(),
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
        let done = self.look(&place, is_done).await?.ok_or_else(|| {
            anyhow!("the integration {} is not made yet; run it again in some minutes", object.id())
        })?;
        if has_failed(&done) {
            return Err(anyhow!(
                "Genesys Cloud could not make the integration: {}; run it again, then it is made anew",
                done.text("/createError/message")
            ));
        }
        self.observed.integration = Found::Ours(done);
        self.observed.recipient = recipient(self.organization, &self.observed.integration).await?;
        Ok(())
    }

    /// The secret for an integration that is made: kept before anybody is told.
    fn webhook_secret(&mut self) -> anyhow::Result<Kept> {
        if self.record.webhook_secret.is_none() {
            self.record.webhook_secret = Some(Kept::new(random_secret()));
            self.record.save()?;
        }
        Ok(self.record.webhook_secret.clone().unwrap_or_default())
    }

    /// The secret that an integration is to have: the configured one, or a new one.
    fn secret_to_set(&mut self) -> anyhow::Result<Kept> {
        let configured = self.known().webhook.last().map(|secret| Kept::new(*secret));
        match (&self.record.webhook_secret, configured) {
            (None, Some(secret)) => Ok(secret),
            _ => self.webhook_secret(),
        }
    }

    async fn route(&mut self) -> anyhow::Result<()> {
        let recipient = self.observed.recipient.id();
        if recipient.is_empty() {
            return Err(anyhow!(
                "the integration {} has no recipient; run it again in some minutes",
                self.observed.integration.id()
            ));
        }
        let body = json!({ "flow": { "id": self.observed.flow.id() } });
        self.observed.recipient =
            self.organization.put(&Kind::Recipient.one(recipient), body).await?;
        Ok(())
    }

    async fn set_role(&mut self, creates: bool) -> anyhow::Result<()> {
        let body = self.wanted.role();
        let role = if creates {
            self.make(Step::Role, Kind::Role, body).await?
        } else {
            let id = self.observed.role.id().to_owned();
            self.record.note(Step::Role, &id)?;
            self.organization.put(&Kind::Role.one(&id), body).await?
        };
        self.observed.role = Found::Ours(role);
        Ok(())
    }

    /// Who hands a role on has to have it.
    async fn grant(&mut self) -> anyhow::Result<()> {
        let role = self.observed.role.id().to_owned();
        let path = grant_path(self.organization.client_id(), self.observed.division.id(), &role);
        self.record.intend(Step::Grant)?;
        let path = format!("{path}?subjectType=PC_OAUTH_CLIENT");
        self.organization.post(&path, Value::Null).await?;
        self.record.note(Step::Grant, &role)?;
        self.observed.granted = true;
        Ok(())
    }

    /// Makes or changes the OAuth client; a secret is written down as soon as it is shown.
    async fn set_client(&mut self, creates: bool) -> anyhow::Result<()> {
        let kind = Kind::OAuthClient;
        let body = self.wanted.client(self.observed.role.id(), self.observed.division.id());
        if creates {
            let client = new_client(self.organization, &mut self.record, body).await?;
            self.observed.client = Found::Ours(client);
            return Ok(());
        }
        let id = self.observed.client.id().to_owned();
        if !self.known().clients.contains(&id.as_str()) {
            renew_client(self.organization, &mut self.record, &id).await?;
        }
        self.record.note(Step::Client, &id)?;
        self.organization.put(&kind.one(&id), body).await?;
        self.observed.client = Found::Ours(self.organization.get(&kind.one(&id)).await?);
        Ok(())
    }

    /// Reads the timeline again right before it is written: what is left out returns to its default.
    async fn set_timeline(&mut self) -> anyhow::Result<()> {
        let Some(minutes) = self.wanted.window_minutes else { return Ok(()) };
        let before = self.organization.timeline().await?;
        if self.record.timeline_before.is_none() {
            self.record.timeline_before = before.open_minutes();
            self.record.save()?;
        }
        let after = before.with_open_minutes(minutes);
        let written = self.organization.put(Timeline::PATH, after.0.clone()).await?;
        self.observed.timeline =
            Some(if written.0.is_null() { after } else { Timeline(written.0) });
        Ok(())
    }

    async fn bring_events(&mut self, creates: bool) -> anyhow::Result<()> {
        let Some(events) = &self.wanted.events else { return Ok(()) };
        let kind = Kind::Integration;
        let source = if creates {
            self.make(Step::EventSource, kind, self.wanted.event_source()).await?
        } else {
            self.observed.events.object().cloned().unwrap_or_default()
        };
        let (id, place) = (source.id().to_owned(), kind.one(source.id()));
        self.record.note(Step::EventSource, &id)?;
        let mut current = event_configuration(self.organization, &id).await?;
        if current.pointer("/properties") != Some(&events.properties()) {
            let body = self.wanted.event_configuration(events, &current["version"]);
            current = self.organization.put(&format!("{place}/config/current"), body).await?.0;
        }
        let enabled = json!({ "intendedState": "ENABLED" });
        let mut source = self.organization.patch(&place, enabled).await?;
        source.0["config"]["current"] = current;
        self.observed.events = Found::Ours(source);
        Ok(())
    }

    /// Looks at something until it is as it should be; none when that takes too long.
    async fn look(
        &self,
        path: &str,
        is_done: impl Fn(&Object) -> bool,
    ) -> Result<Option<Object>, CallError> {
        for look in 0..LOOKS {
            let object = self.organization.get(path).await?;
            if is_done(&object) {
                return Ok(Some(object));
            }
            self.clock.sleep((FIRST_LOOK * 2_u32.saturating_pow(look)).min(LONGEST_LOOK)).await;
        }
        Ok(None)
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
    record.intend(step)?;
    let answer = organization.post(kind.path(), body).await;
    if let Err(CallError { problem: Problem::Refused(refusal), .. }) = &answer
        && refusal.status < 500
        && refusal.status != 408
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

/// Makes an OAuth client and writes its secret down before anything else.
pub async fn new_client(
    organization: &Organization,
    record: &mut Record,
    body: Value,
) -> anyhow::Result<Object> {
    let client = post(organization, record, Step::Client, Kind::OAuthClient, body).await?;
    keep_client(record, client.id(), &client)?;
    Ok(client)
}

/// Has the secret of an OAuth client replaced, and writes the new one down. The old one is of no use from then on.
pub async fn renew_client(
    organization: &Organization,
    record: &mut Record,
    id: &str,
) -> anyhow::Result<()> {
    let path = format!("{}/secret", Kind::OAuthClient.one(id));
    let client = organization.post(&path, Value::Null).await?;
    keep_client(record, id, &client)
}

fn keep_client(record: &mut Record, id: &str, answer: &Object) -> anyhow::Result<()> {
    let secret = answer.text("/secret");
    if id.is_empty() || secret.is_empty() {
        return Err(anyhow!(
            "the answer of Genesys Cloud shows no secret of the OAuth client {id}; run it again"
        ));
    }
    let client = KeptClient { client_id: id.to_owned(), client_secret: Kept::new(secret) };
    record.client = Some(client);
    record.note(Step::Client, id)
}

/// The grant of a role to an OAuth client.
pub fn grant_path(subject: &str, division: &str, role: &str) -> String {
    format!("/api/v2/authorization/subjects/{subject}/divisions/{division}/roles/{role}")
}

/// A random secret: 244 bits, in letters and digits.
pub fn random_secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Whether an object has everything that a body says, with the same values.
fn includes(object: &Value, body: &Value) -> bool {
    match (object, body) {
        (Value::Object(fields), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, value)| fields.get(key).is_some_and(|found| includes(found, value))),
        _ => object == body,
    }
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
