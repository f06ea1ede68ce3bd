//! The effects of an event: the triggers that match it, their workflows, and the requests of the
//! workflows.

use serde_json::Value;

use super::inspection::ObjectKind;
use super::organization::{Organization, text, text_at};

/// A request of a data action, with all variables replaced.
#[derive(Debug)]
pub(in crate::genesys) struct ActionRequest {
    pub(in crate::genesys) method: String,
    pub(in crate::genesys) url: String,
    pub(in crate::genesys) headers: Vec<(String, String)>,
    pub(in crate::genesys) body: String,
}

impl Organization {
    /// The requests that an event of this topic causes.
    pub(in crate::genesys) fn set_off(&self, topic: &str, event: &Value) -> Vec<ActionRequest> {
        let triggers = self.objects(ObjectKind::Trigger).iter();
        let fits = triggers.filter(|trigger| {
            text(trigger, "topicName") == topic
                && trigger["enabled"] == true
                && matches(&trigger["matchCriteria"], event)
                && text_at(trigger, "/target/workflowTargetSettings/dataFormat")
                    == "TopLevelPrimitives"
        });
        fits.filter_map(|trigger| self.run(text_at(trigger, "/target/id"), event)).collect()
    }

    /// Whether an event can have effects.
    pub(in crate::genesys) fn has_triggers(&self) -> bool {
        !self.objects(ObjectKind::Trigger).is_empty()
    }

    /// The request of a workflow. `None` if it makes no call, or if its integration is off.
    fn run(&self, workflow: &str, event: &Value) -> Option<ActionRequest> {
        let call = self.workflow_calls.get(workflow)?;
        let action = self.action_of(&call.category, &call.action)?;
        let integration = self.find(ObjectKind::Integration, text(action, "integrationId"))?;
        if text(integration, "intendedState") != "ENABLED" {
            return None;
        }
        let inputs = call.fill(event);
        let place = "/config/current/credentials/basicAuth/id";
        let credential = self.credential_fields.get(text_at(integration, place));
        let filled = |template: &str| {
            let mut filled = template.replace("${input.rawRequest}", &inputs.to_string());
            for (name, value) in inputs.as_object().into_iter().flatten() {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                filled = filled.replace(&format!("${{input.{name}}}"), &value);
            }
            for (name, value) in credential.into_iter().flatten() {
                filled = filled.replace(&format!("${{credentials.{name}}}"), value);
            }
            filled
        };
        let request = action.pointer("/config/request")?;
        let headers = request.get("headers").and_then(Value::as_object).into_iter().flatten();
        Some(ActionRequest {
            method: text(request, "requestType").to_owned(),
            url: filled(text(request, "requestUrlTemplate")),
            headers: headers
                .filter_map(|(name, value)| Some((name.clone(), filled(value.as_str()?))))
                .collect(),
            body: filled(text(request, "requestTemplate")),
        })
    }

    /// The action with this category and name, as flows name it.
    pub(super) fn action_of(&self, category: &str, name: &str) -> Option<&Value> {
        let actions = self.objects(ObjectKind::DataAction).iter();
        actions
            .into_iter()
            .find(|action| text(action, "category") == category && text(action, "name") == name)
    }
}

/// Whether an event meets all conditions. The simulator supports only equality of top-level fields.
fn matches(criteria: &Value, event: &Value) -> bool {
    criteria.as_array().into_iter().flatten().all(|criterion| {
        text(criterion, "operator") == "Equal"
            && event.get(text(criterion, "jsonPath")) == criterion.get("value")
    })
}
