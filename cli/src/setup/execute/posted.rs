//! What lets workflows post events. The key is written down before anybody is told.

use anyhow::anyhow;
use serde_json::json;

use super::Work;
use super::messaging::random_secret;
use crate::organization::{Kind, Object};
use crate::setup::observed::integration_configuration;
use crate::setup::posted::bodies::{self, CREDENTIAL};
use crate::setup::posted::key_fingerprint;
use crate::setup::record::Kept;
use crate::setup::step::Step;

impl Work<'_> {
    /// Does what a step of this way needs.
    pub(super) async fn post_events(&mut self, step: Step, creates: bool) -> anyhow::Result<()> {
        let object = match step {
            Step::EventsCredential => self.set_credential(creates).await?,
            Step::EventsIntegration => self.attach_credential(creates).await?,
            Step::EventsAction => self.set_action(creates).await?,
            Step::Workflow(topic) => {
                let taken = bodies::taken(self.observed.object(Step::EventsAction));
                let source = self.wanted.workflow(topic, self.observed.division.name(), &taken);
                let action = self.observed.id(Step::EventsAction).to_owned();
                self.publish(step, source, &action, creates).await?
            }
            Step::Trigger(topic) => {
                let workflow = self.observed.id(Step::Workflow(topic));
                let mut body = self.wanted.trigger(topic, workflow);
                if creates {
                    self.make(step, Kind::Trigger, body).await?
                } else {
                    let known = self.known_object(step)?;
                    body["version"] = known.0["version"].clone();
                    self.organization.put(&Kind::Trigger.one(known.id()), body).await?
                }
            }
            _ => return Ok(()),
        };
        self.observed.note(step, object);
        Ok(())
    }

    /// The object of a step, which is there; noted in the record.
    fn known_object(&mut self, step: Step) -> anyhow::Result<Object> {
        let known = self.observed.object(step).cloned().unwrap_or_default();
        if known.id().is_empty() {
            return Err(anyhow!("the {} has no id; run it again", step.word()));
        }
        self.record.note(step, known.id())?;
        Ok(known)
    }

    async fn set_credential(&mut self, creates: bool) -> anyhow::Result<Object> {
        let step = Step::EventsCredential;
        let key = self.events_key()?;
        let body = self.wanted.events_credential(key.expose());
        let object = if creates {
            self.make(step, Kind::Credential, body).await?
        } else {
            let known = self.known_object(step)?;
            let mut body = body;
            body["id"] = json!(known.id());
            self.organization.put(&Kind::Credential.one(known.id()), body).await?;
            known
        };
        let made = self.record.made.entry(step).or_default();
        made.fingerprint = Some(key_fingerprint(key.expose()));
        self.record.save()?;
        Ok(object)
    }

    /// The key that workflows post with: the one there is, or a new one, kept before it is used.
    fn events_key(&mut self) -> anyhow::Result<Kept> {
        if let Some(key) = self.known().events_key {
            return Ok(Kept::new(key));
        }
        let key = Kept::new(random_secret());
        self.record.events_key = Some(key.clone());
        self.record.save()?;
        Ok(key)
    }

    /// Makes the integration, gives it the credential, and switches it on.
    async fn attach_credential(&mut self, creates: bool) -> anyhow::Result<Object> {
        let step = Step::EventsIntegration;
        let object = if creates {
            self.make(step, Kind::Integration, self.wanted.events_integration()).await?
        } else {
            self.known_object(step)?
        };
        let place = Kind::Integration.one(object.id());
        let credential = self.observed.id(Step::EventsCredential);
        let mut current = integration_configuration(self.organization, object.id()).await?;
        if current["credentials"][CREDENTIAL]["id"] != credential {
            let body = self.wanted.events_configuration(&current, credential);
            current = self.organization.put(&format!("{place}/config/current"), body).await?.0;
        }
        let enabled = json!({ "intendedState": "ENABLED" });
        let mut object = self.organization.patch(&place, enabled).await?;
        object.0["config"]["current"] = current;
        Ok(object)
    }

    async fn set_action(&mut self, creates: bool) -> anyhow::Result<Object> {
        let step = Step::EventsAction;
        if creates {
            let body = self.wanted.events_action(self.observed.id(Step::EventsIntegration));
            return self.make(step, Kind::DataAction, body).await;
        }
        let known = self.known_object(step)?;
        let mut body = self.wanted.events_action_changes();
        body["version"] = known.0["version"].clone();
        let mut action = self.organization.patch(&Kind::DataAction.one(known.id()), body).await?;
        // The answer need not show what the action takes, which stays as it was.
        if let (Some(shown), Some(contract)) = (action.0.as_object_mut(), known.0.get("contract")) {
            shown.insert("contract".to_owned(), contract.clone());
        }
        Ok(action)
    }
}
