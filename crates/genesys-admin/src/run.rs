//! One run of setup: what it wants, what it observed, and what it knows from before.

use serde_json::{Value, json};

use crate::organization::Organization;
use crate::resource::SetupPart;
use crate::{Kept, Observed, Record, Resource, Wanted};

/// A set-up in progress.
pub struct SetupRun<'a> {
    pub organization: &'a Organization,
    pub wanted: &'a Wanted,
    /// The current state, as far as it is known.
    pub observed: Observed,
    pub record: Record,
    /// The integration's entry in the configuration, if there is one.
    pub configured: Option<Value>,
}

impl SetupRun<'_> {
    /// Whether the operator wants a part of a set-up.
    pub(super) fn wants(&self, part: SetupPart) -> bool {
        match part {
            SetupPart::Always => true,
            SetupPart::BranchQueue(slot) => self.wanted.uses(slot),
            SetupPart::IdentitySource => self.wanted.identity_source.is_some(),
            SetupPart::EventBridge => self.wanted.events.is_some(),
            SetupPart::PostedEvents => self.wanted.posted_events,
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

    /// The key with which workflows post events.
    pub(super) fn events_key(&self) -> Option<&str> {
        let configured = || self.configured("/genesys/eventsApiKey")?.as_str();
        let key = self.record.events_key.as_ref().map(Kept::expose).or_else(configured);
        key.filter(|key| !key.trim().is_empty())
    }

    /// A value of the integration's entry in the configuration, by JSON pointer.
    pub(super) fn configured(&self, pointer: &str) -> Option<&Value> {
        self.configured.as_ref()?.pointer(pointer)
    }
}
