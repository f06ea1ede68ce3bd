//! The Open Messaging integration, and the secret of its webhook.

use uuid::Uuid;

use super::*;
use crate::Kept;
use crate::organization::settling::{CREATED, SHOWN};
use crate::organization::{CallError, WEBHOOK_SECRET, WEBHOOK_URL};

const KIND: Kind = Kind::OpenIntegration;

pub struct Integration;

#[async_trait]
impl Rules for Integration {
    fn mark(&self, _: &Wanted) -> Mark {
        Mark::Role
    }

    fn configured(&self, run: &SetupRun<'_>) -> Vec<String> {
        let id = run.configured("/genesys/integrationId").and_then(Value::as_str);
        id.map(str::to_owned).into_iter().collect()
    }

    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        Decision::Create(run.wanted.webhook_url.clone())
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let state = State::of(found);
        if let State::Failed(why) = state {
            return Decision::Change(format!("its creation failed ({why}); it is created again"));
        }
        let known = run.webhook_secrets();
        if known.is_empty() && found.shown_secret().is_none() {
            return Decision::NeedsYes(
                "the configuration does not contain its webhook secret: a new one is set, and receivers that use the old one refuse the webhooks".to_owned(),
                Question::Secrets,
            );
        }
        let body = self.body(run);
        let differs = |place: &str| body.pointer(place) != found.0.pointer(place);
        let differences = [
            ("name", differs("/name")),
            ("webhook URL", differs(&format!("/{WEBHOOK_URL}"))),
            ("supported content", differs("/supportedContent/id")),
            ("messaging setting", differs("/messagingSetting/id")),
            ("webhook secret", !known.is_empty() && signs_with(found, &known) == Some(false)),
        ];
        match Decision::of(&differences) {
            Decision::Exists(_) if state == State::Pending => {
                Decision::Change("its creation is not done yet".to_owned())
            }
            decision => decision,
        }
    }

    /// `POST` and `PATCH /conversations/messaging/integrations/open`, without the secret.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        json!({
            "name": run.wanted.label,
            WEBHOOK_URL: run.wanted.webhook_url,
            "supportedContent": { "id": run.observed.id(Resource::SupportedContent) },
            "messagingSetting": { "id": run.observed.id(Resource::MessagingSetting) },
        })
    }

    async fn create(&self, me: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        let mut body = self.body(run);
        body[WEBHOOK_SECRET] = json!(new_secret(run)?.expose());
        run.make(me, body).await
    }

    async fn change(&self, me: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        let found = run.observed.object(me).cloned().unwrap_or_default();
        if matches!(State::of(&found), State::Failed(_)) {
            run.organization.remove(KIND, &found).await?;
            return self.create(me, run).await;
        }
        let mut body = self.body(run);
        let known = run.webhook_secrets();
        let is_known = signs_with(&found, &known);
        let stays = is_known == Some(true) || is_known.is_some() == known.is_empty();
        if !stays {
            // Use the recorded secret, or else the configured one, or else a new one.
            let recorded = run.record.webhook_secret.is_some();
            let configured = known.last().filter(|_| !recorded).map(|secret| Kept::new(*secret));
            let secret = configured.map_or_else(|| new_secret(run), Ok)?;
            body[WEBHOOK_SECRET] = json!(secret.expose());
        }
        let found = run.known_object(me)?;
        if includes(&found.0, &body) {
            return Ok(found);
        }
        Ok(run.organization.patch(&KIND.one(found.id()), body).await?)
    }

    /// Waits until the integration is created and has its recipient.
    async fn finish(&self, run: &mut SetupRun<'_>, object: Object) -> anyhow::Result<Object> {
        let place = KIND.one(object.id());
        let is_done = |object: &Object| State::of(object) != State::Pending;
        let what = "until Genesys Cloud has created the integration";
        let done = run.poll(&place, what, CREATED, is_done).await?.ok_or_else(|| {
            anyhow!(
                "the integration {} is not created yet; run this again in some minutes",
                object.id()
            )
        })?;
        if let State::Failed(why) = State::of(&done) {
            return Err(anyhow!(
                "Genesys Cloud could not create the integration: {why}; run this again to create it again"
            ));
        }
        let most = run.organization.on_its_way(done.id(), SHOWN).unwrap_or_default();
        let what = "until the integration has its recipient";
        let mut wait = run.organization.wait(what, most);
        loop {
            let done = run.organization.get(&place).await?;
            run.observed.recipient = run.organization.recipient(&done).await?;
            if !run.observed.recipient.id().is_empty() || !wait.goes_on().await {
                return Ok(done);
            }
        }
    }

    /// A recipient with a flow keeps its integration and its flow in use.
    async fn release(&self, run: &mut SetupRun<'_>, _: &Object) -> anyhow::Result<()> {
        let recipient = &run.observed.recipient;
        if recipient.text("/flow/id").is_empty() {
            return Ok(());
        }
        let place = Kind::Recipient.one(recipient.id());
        let detached = run.organization.put(&place, json!({ "flow": null })).await;
        Ok(CallError::unless_gone(detached)?)
    }
}

/// The progress of an integration's creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// The integration can be used.
    Made,
    Pending,
    /// The creation failed, with the reason.
    Failed(&'a str),
}

impl<'a> State<'a> {
    /// Reads the integration's own state; an integration without a state counts as made.
    pub fn of(integration: &'a Object) -> Self {
        match integration.text("/createStatus").to_lowercase().as_str() {
            "error" => Self::Failed(integration.text("/createError/message")),
            "completed" | "" => Self::Made,
            _ => Self::Pending,
        }
    }
}

/// Whether an integration signs with one of these secrets; `None` if it does not show its secret.
pub fn signs_with(integration: &Object, known: &[&str]) -> Option<bool> {
    integration.shown_secret().map(|shown| known.contains(&shown))
}

/// A random secret: 244 bits, in letters and digits.
pub fn random_secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// The secret for a new integration; it is recorded before it is sent to Genesys Cloud.
fn new_secret(run: &mut SetupRun<'_>) -> anyhow::Result<Kept> {
    if let Some(kept) = &run.record.webhook_secret {
        return Ok(kept.clone());
    }
    let secret = Kept::new(random_secret());
    run.record.webhook_secret = Some(secret.clone());
    run.record.save()?;
    Ok(secret)
}
