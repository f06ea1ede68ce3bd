//! The integration that sends events to EventBridge.

use std::collections::BTreeSet;

use super::events_integration::{bring_up, is_on};
use super::*;
use crate::EventBridge;
use crate::organization::{EVENT_BRIDGE, Topic};

pub struct EventSource;

#[async_trait]
impl Rules for EventSource {
    fn is_candidate(&self, object: &Object, _: &Work<'_>) -> bool {
        object.text("/integrationType/id") == EVENT_BRIDGE
    }

    fn absent(&self, work: &Work<'_>) -> Decision {
        Decision::Create(target(work))
    }

    fn differs(&self, found: &Object, work: &Work<'_>) -> Decision {
        let told = work.wanted.events.as_ref().map(EventBridge::properties).unwrap_or_default();
        if !includes(&found.0["config"]["current"]["properties"], &told) {
            return Decision::Change(target(work));
        }
        Decision::of(&[("it is not active", found.text("/intendedState") != "ENABLED")])
    }

    /// `POST /integrations`.
    fn body(&self, work: &Work<'_>) -> Value {
        json!({ "name": work.wanted.label, "integrationType": { "id": EVENT_BRIDGE } })
    }

    async fn change(&self, me: Resource, work: &mut Work<'_>) -> anyhow::Result<Object> {
        work.known_object(me)
    }

    /// Configures where the events go, and switches the integration on.
    async fn settle(&self, work: &mut Work<'_>, object: Object) -> anyhow::Result<Object> {
        let told = work.wanted.events.as_ref().map(EventBridge::properties).unwrap_or_default();
        Ok(bring_up(work, &object, "properties", told).await?)
    }
}

/// The target of the events, for messages to the operator.
fn target(work: &Work<'_>) -> String {
    let events = work.wanted.events.as_ref();
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
