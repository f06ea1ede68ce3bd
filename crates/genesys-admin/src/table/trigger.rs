//! The trigger that starts the workflow of a topic.
//!
//! Source: the model CreateTriggerRequest of the vendor's clients.

use super::*;
use crate::organization::Topic;

/// How long an event may still start a workflow, in seconds.
const EVENT_TTL_SECONDS: u32 = 60;

pub struct Trigger(pub Topic);

#[async_trait]
impl Rules for Trigger {
    fn name(&self, wanted: &Wanted) -> String {
        wanted.name_of(self.0)
    }

    fn mark(&self, wanted: &Wanted) -> Mark {
        Mark::Text(wanted.mark_of(self.0))
    }

    fn is_candidate(&self, object: &Object, _: &SetupRun<'_>) -> bool {
        object.text("/topicName") == self.0.name()
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let body = self.body(run);
        let differs = |key: &str| !includes(&found.0[key], &body[key]);
        Decision::of(&[
            ("its workflow", differs("target")),
            ("its condition", differs("matchCriteria")),
            ("it is not enabled", !is_enabled(found)),
        ])
    }

    /// `POST /processautomation/triggers`; `PUT` adds the version.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        json!({
            "name": run.wanted.name_of(self.0),
            "description": run.wanted.mark_of(self.0),
            "topicName": self.0.name(),
            "enabled": true,
            "target": {
                "type": "Workflow",
                "id": run.observed.id(Resource::Workflow(self.0)),
                "workflowTargetSettings": { "dataFormat": "TopLevelPrimitives" },
            },
            "matchCriteria": [
                { "jsonPath": "messageType", "operator": "Equal", "value": "OPEN" },
            ],
            "eventTTLSeconds": EVENT_TTL_SECONDS,
        })
    }

    fn changes(&self, known: &Object, run: &SetupRun<'_>) -> (Method, Value) {
        (Method::PUT, with_version(self.body(run), known))
    }
}

pub fn is_enabled(trigger: &Object) -> bool {
    trigger.0["enabled"] == true
}
