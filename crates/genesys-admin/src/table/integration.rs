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

    fn configured(&self, work: &Work<'_>) -> Vec<String> {
        let id = work.configured("/genesys/integrationId").and_then(Value::as_str);
        id.map(str::to_owned).into_iter().collect()
    }

    fn absent(&self, work: &Work<'_>) -> Decision {
        Decision::Create(work.wanted.webhook_url.clone())
    }

    fn differs(&self, found: &Object, work: &Work<'_>) -> Decision {
        let state = State::of(found);
        if let State::Failed(why) = state {
            return Decision::Change(format!("its creation failed ({why}); it is created again"));
        }
        let known = work.webhook_secrets();
        if known.is_empty() && found.shown_secret().is_none() {
            return Decision::NeedsYes(
                "its webhook secret is not known here: a new one is set, and receivers that use the old one refuse the webhooks".to_owned(),
                Question::Secrets,
            );
        }
        let body = self.body(work);
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
    fn body(&self, work: &Work<'_>) -> Value {
        json!({
            "name": work.wanted.label,
            WEBHOOK_URL: work.wanted.webhook_url,
            "supportedContent": { "id": work.observed.id(Resource::SupportedContent) },
            "messagingSetting": { "id": work.observed.id(Resource::MessagingSetting) },
        })
    }

    async fn create(&self, me: Resource, work: &mut Work<'_>) -> anyhow::Result<Object> {
        let mut body = self.body(work);
        body[WEBHOOK_SECRET] = json!(new_secret(work)?.expose());
        work.make(me, body).await
    }

    async fn change(&self, me: Resource, work: &mut Work<'_>) -> anyhow::Result<Object> {
        let found = work.observed.object(me).cloned().unwrap_or_default();
        if matches!(State::of(&found), State::Failed(_)) {
            work.organization.remove(KIND, &found).await?;
            return self.create(me, work).await;
        }
        let mut body = self.body(work);
        let known = work.webhook_secrets();
        let is_known = signs_with(&found, &known);
        let stays = is_known == Some(true) || is_known.is_some() == known.is_empty();
        if !stays {
            // Use the recorded secret, or else the configured one, or else a new one.
            let recorded = work.record.webhook_secret.is_some();
            let configured = known.last().filter(|_| !recorded).map(|secret| Kept::new(*secret));
            let secret = configured.map_or_else(|| new_secret(work), Ok)?;
            body[WEBHOOK_SECRET] = json!(secret.expose());
        }
        let found = work.known_object(me)?;
        if includes(&found.0, &body) {
            return Ok(found);
        }
        Ok(work.organization.patch(&KIND.one(found.id()), body).await?)
    }

    /// Waits until the integration is created and has its recipient.
    async fn settle(&self, work: &mut Work<'_>, object: Object) -> anyhow::Result<Object> {
        let place = KIND.one(object.id());
        let is_done = |object: &Object| State::of(object) != State::Pending;
        let what = "until Genesys Cloud has created the integration";
        let done = work.poll(&place, what, CREATED, is_done).await?.ok_or_else(|| {
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
        let most = work.organization.on_its_way(done.id(), SHOWN).unwrap_or_default();
        let what = "until the integration has its recipient";
        let mut wait = work.organization.wait(what, most);
        loop {
            let done = work.organization.get(&place).await?;
            work.observed.recipient = work.organization.recipient(&done).await?;
            if !work.observed.recipient.id().is_empty() || !wait.goes_on().await {
                return Ok(done);
            }
        }
    }

    /// A recipient with a flow keeps its integration and its flow in use.
    async fn release(&self, work: &mut Work<'_>, _: &Object) -> anyhow::Result<()> {
        let recipient = &work.observed.recipient;
        if recipient.text("/flow/id").is_empty() {
            return Ok(());
        }
        let place = Kind::Recipient.one(recipient.id());
        let detached = work.organization.put(&place, json!({ "flow": null })).await;
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
fn new_secret(work: &mut Work<'_>) -> anyhow::Result<Kept> {
    if let Some(kept) = &work.record.webhook_secret {
        return Ok(kept.clone());
    }
    let secret = Kept::new(random_secret());
    work.record.webhook_secret = Some(secret.clone());
    work.record.save()?;
    Ok(secret)
}
