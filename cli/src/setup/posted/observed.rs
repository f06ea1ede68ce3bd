//! What an organisation has of the way on which workflows post events, and who made it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bodies::{CREDENTIAL, WEB_SERVICES};
use crate::organization::{CallError, Kind, Object, Organization};
use crate::setup::observed::{Found, integration_of_type};
use crate::setup::proof::{Proof, whose};
use crate::setup::record::Record;
use crate::setup::step::Step;
use crate::setup::topic::Topic;
use crate::setup::wanted::Wanted;

/// What there is of it.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    /// The credential that holds the key.
    pub credential: Found,
    /// The integration that holds the action.
    pub integration: Found,
    /// The action.
    pub action: Found,
    /// The workflows.
    pub workflows: BTreeMap<Topic, Found>,
    /// The triggers.
    pub triggers: BTreeMap<Topic, Found>,
}

/// Nothing, of something that was not looked for.
static NOTHING: Found = Found::Nothing;

impl Posted {
    /// The object of a step; nothing for steps that are none of this way.
    pub fn found(&self, step: Step) -> &Found {
        match step {
            Step::EventsCredential => &self.credential,
            Step::EventsIntegration => &self.integration,
            Step::EventsAction => &self.action,
            Step::Workflow(topic) => self.workflows.get(&topic).unwrap_or(&NOTHING),
            Step::Trigger(topic) => self.triggers.get(&topic).unwrap_or(&NOTHING),
            _ => &NOTHING,
        }
    }

    /// Notes what has become of a step.
    pub fn note(&mut self, step: Step, object: Object) {
        let found = Found::Ours(object);
        match step {
            Step::EventsCredential => self.credential = found,
            Step::EventsIntegration => self.integration = found,
            Step::EventsAction => self.action = found,
            Step::Workflow(topic) => drop(self.workflows.insert(topic, found)),
            Step::Trigger(topic) => drop(self.triggers.insert(topic, found)),
            _ => {}
        }
    }
}

/// Reads what is there, where that matters: who does not want this way needs no permission for it.
pub async fn observe(
    organization: &Organization,
    wanted: &Wanted,
    record: &Record,
    configured: Option<&Value>,
) -> Result<Posted, CallError> {
    let is_recorded = record.made.keys().any(|step| step.is_of_posted_events());
    let has_key = configured
        .is_some_and(|entry| entry.pointer("/genesys/eventsApiKey").is_some_and(Value::is_string));
    let is_lost = record.made.is_empty();
    if !(wanted.posted_events || is_recorded || wanted.is_removal && (has_key || is_lost)) {
        return Ok(Posted::default());
    }
    let look = Look { organization, wanted, record };
    let integration =
        integration_of_type(organization, record, wanted, Step::EventsIntegration, WEB_SERVICES)
            .await?;
    Ok(Posted {
        credential: look.credential(&integration).await?,
        action: look.action(&integration).await?,
        workflows: look.workflows().await?,
        triggers: look.triggers().await?,
        integration,
    })
}

struct Look<'a> {
    organization: &'a Organization,
    wanted: &'a Wanted,
    record: &'a Record,
}

impl Look<'_> {
    /// A credential says nothing of itself but its name: it is ours when it is recorded, or when our integration uses it.
    async fn credential(&self, integration: &Found) -> Result<Found, CallError> {
        let place = format!("/config/current/credentials/{CREDENTIAL}/id");
        let used = match integration {
            Found::Ours(integration) => integration.text(&place),
            _ => "",
        };
        let credentials = self.organization.list(&Kind::Credential.list()).await?;
        Ok(self.whose(&credentials, Step::EventsCredential, &self.wanted.label, "", &[used]))
    }

    /// An action is ours when our integration holds it. One of the same name and category elsewhere is in the way: flows name actions
    /// by the two.
    async fn action(&self, integration: &Found) -> Result<Found, CallError> {
        let holder = match integration {
            Found::Ours(integration) => integration.id(),
            _ => "",
        };
        let is_held =
            |action: &Object| !holder.is_empty() && action.text("/integrationId") == holder;
        let mut actions = self.organization.list(&Kind::DataAction.list()).await?;
        let label = &self.wanted.label;
        actions.retain(|action| {
            action.is_named(label) && (is_held(action) || action.text("/category") == label)
        });
        let held: Vec<&str> =
            actions.iter().filter(|action| is_held(action)).map(Object::id).collect();
        let found = self.whose(&actions, Step::EventsAction, label, "", &held);
        let Found::Ours(action) = &found else { return Ok(found) };
        // A list shows neither what an action takes nor where it goes.
        let path =
            format!("{}?expand=contract&includeConfig=true", Kind::DataAction.one(action.id()));
        Ok(self.organization.find(&path).await?.map_or(Found::Nothing, Found::Ours))
    }

    async fn workflows(&self) -> Result<BTreeMap<Topic, Found>, CallError> {
        let flows = self.organization.list(&Kind::Workflow.list()).await?;
        let of = |topic| self.of_topic(&flows, Step::Workflow(topic), topic);
        Ok(Topic::ALL.into_iter().map(|topic| (topic, of(topic))).collect())
    }

    async fn triggers(&self) -> Result<BTreeMap<Topic, Found>, CallError> {
        let triggers = self.organization.list(&Kind::Trigger.list()).await?;
        let of = |topic: Topic| {
            let name = topic.name();
            let is_told = |trigger: &&Object| trigger.text("/topicName") == name;
            let told: Vec<Object> = triggers.iter().filter(is_told).cloned().collect();
            self.of_topic(&told, Step::Trigger(topic), topic)
        };
        Ok(Topic::ALL.into_iter().map(|topic| (topic, of(topic))).collect())
    }

    fn of_topic(&self, objects: &[Object], step: Step, topic: Topic) -> Found {
        let (name, mark) = (self.wanted.name_of(topic), self.wanted.mark_of(topic));
        self.whose(objects, step, &name, &mark, &[])
    }

    /// Whose an object is; an empty mark is none.
    fn whose(&self, objects: &[Object], step: Step, name: &str, mark: &str, ids: &[&str]) -> Found {
        let Some(kind) = step.kind() else { return Found::Nothing };
        let ids: Vec<&str> = self.record.id(step).into_iter().chain(ids.iter().copied()).collect();
        let intended = self.record.is_intended(step);
        whose(objects, kind, name, Proof { ids: &ids, mark, intended })
    }
}
