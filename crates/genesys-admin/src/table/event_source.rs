//! The integration that sends events to EventBridge.

use std::collections::BTreeSet;

use super::events_integration::{bring_up, is_on};
use super::*;
use crate::EventBridge;
use crate::organization::{EVENT_BRIDGE, Topic};

pub struct EventSource;

#[async_trait]
impl Rules for EventSource {
    fn is_candidate(&self, object: &Object, _: &SetupRun<'_>) -> bool {
        object.text("/integrationType/id") == EVENT_BRIDGE
    }

    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        Decision::Create(target(run))
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let told = run.wanted.events.as_ref().map(EventBridge::properties).unwrap_or_default();
        if !includes(&found.0["config"]["current"]["properties"], &told) {
            return Decision::Change(target(run));
        }
        Decision::of(&[("it is not active", found.text("/intendedState") != "ENABLED")])
    }

    /// `POST /integrations`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        json!({ "name": run.wanted.label, "integrationType": { "id": EVENT_BRIDGE } })
    }

    async fn change(&self, me: Resource, run: &mut SetupRun<'_>) -> anyhow::Result<Object> {
        run.known_object(me)
    }

    /// Configures where the events go, and switches the integration on.
    async fn finish(&self, run: &mut SetupRun<'_>, object: Object) -> anyhow::Result<Object> {
        let told = run.wanted.events.as_ref().map(EventBridge::properties).unwrap_or_default();
        Ok(bring_up(run, &object, "properties", told).await?)
    }
}

/// The target of the events, for messages to the operator.
fn target(run: &SetupRun<'_>) -> String {
    let events = run.wanted.events.as_ref();
    events.map(|to| format!("to account {} in {}", to.account, to.region)).unwrap_or_default()
}

/// The end of the name of the event source that an integration feeds.
pub fn suffix(integration: &Object) -> &str {
    integration.text("/config/current/properties/eventSourceSuffix")
}

/// The topics that it sends; none while it is switched off.
pub fn told(integration: &Object) -> BTreeSet<&str> {
    let filter = integration.0.pointer("/config/current/properties/eventFilter");
    let topics = filter.filter(|_| is_on(integration)).and_then(Value::as_array);
    let names = topics.into_iter().flatten().filter_map(Value::as_str);
    names.filter_map(|name| name.strip_prefix(Topic::PREFIX)).collect()
}
