//! The observed state of an organisation.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::organization::{CallError, Object, Organization, Timeline};
use crate::{Ownership, Resource};

/// For resources that were not looked for.
static NOTHING: Ownership = Ownership::Nothing;

/// The observed state of an organisation, on which decisions are based.
#[derive(Debug, Default)]
pub struct Observed {
    /// The division in which setup makes all objects.
    pub division: Object,
    pub(crate) found: BTreeMap<Resource, Ownership>,
    /// In a removal: further objects that their mark proves to be made by setup.
    pub spares: Vec<(Resource, Object)>,
    /// In a removal: further objects with the same name, without proof that setup made them.
    pub namesakes: Vec<(Resource, Object)>,
    /// The recipient, which routes the integration's messages.
    pub recipient: Object,
    /// How Genesys Cloud recognises the integration's contacts; an empty object if it was not
    /// asked.
    pub identity: Object,
    /// Whether the administrator has the role.
    pub granted: bool,
    pub timeline: Option<Timeline>,
    /// Objects that may exist but that the administrator may not read.
    pub unseen: Vec<&'static str>,
    /// Why some objects in use could not be read.
    failed: BTreeMap<Resource, CallError>,
}

impl Observed {
    /// The object of a resource, and who made it.
    pub fn found(&self, resource: Resource) -> &Ownership {
        self.found.get(&resource).unwrap_or(&NOTHING)
    }

    /// The object of a resource, whether setup made it or not.
    pub fn object(&self, resource: Resource) -> Option<&Object> {
        self.found(resource).object()
    }

    /// The id of a resource's object; empty if there is none.
    pub fn id(&self, resource: Resource) -> &str {
        self.object(resource).map(Object::id).unwrap_or_default()
    }

    /// Notes the new state of a resource's object.
    pub(crate) fn set_ours(&mut self, resource: Resource, object: Object) {
        self.found.insert(resource, Ownership::Ours(object));
    }

    /// The object of a resource in use, or the reason why it was not read.
    pub fn seen(&self, resource: Resource) -> Result<&Ownership, &CallError> {
        self.failed.get(&resource).map_or_else(|| Ok(self.found(resource)), Err)
    }

    /// Finds the objects that an integration uses, by their references. `Ours` is an object that
    /// the integration names; `Others` is the organisation's default, which applies if the
    /// integration names none. An object that cannot be read is noted, and the others are still
    /// read.
    pub async fn in_use(organization: &Organization, integration: &str) -> Self {
        use Resource::{Flow, Integration, MessagingSetting, SupportedContent, Timeline};
        let mut observed = Self::default();
        for resource in [Integration, SupportedContent, MessagingSetting, Flow, Timeline] {
            match observed.used(organization, resource, integration).await {
                Ok(found) => drop(observed.found.insert(resource, found)),
                Err(error) => drop(observed.failed.insert(resource, error)),
            }
        }
        observed
    }

    async fn used(
        &mut self,
        organization: &Organization,
        resource: Resource,
        integration: &str,
    ) -> Result<Ownership, CallError> {
        let Some(kind) = resource.kind() else {
            self.timeline = Some(organization.timeline().await?);
            return Ok(Ownership::Nothing);
        };
        let (user, referred) = (self.object(Resource::Integration), resource.referred());
        let id = match (user, referred) {
            (_, None) if resource == Resource::Integration => {
                return Ok(organization
                    .shown(integration)
                    .await?
                    .map_or_else(Ownership::default, Ownership::Ours));
            }
            (Some(user), Some((_, at))) => user.text(at),
            (Some(user), None) => {
                self.recipient = organization.recipient(user).await?;
                self.recipient.text("/flow/id")
            }
            (None, _) => return Ok(Ownership::Nothing),
        };
        if !id.is_empty() {
            return Ok(organization
                .whole(kind, id)
                .await?
                .map_or(Ownership::Nothing, Ownership::Ours));
        }
        if referred.is_none() {
            return Ok(Ownership::Nothing);
        }
        let default = organization.find(&format!("{}/default", kind.path())).await?;
        Ok(default.map_or(Ownership::Nothing, Ownership::Others))
    }

    /// For how many minutes after its end an Open Messaging conversation can be continued.
    pub fn open_minutes(&self) -> u64 {
        self.timeline.as_ref().unwrap_or(&Timeline(Value::Null)).open_minutes()
    }
}
