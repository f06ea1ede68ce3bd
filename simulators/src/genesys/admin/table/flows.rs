//! `/api/v2/flows`: the published flows and their locks. A job publishes a flow.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::prelude::*;
use crate::clock;
use crate::genesys::admin::absent;
use crate::genesys::admin::flow_source::FlowSource;
use crate::genesys::admin::workflow_call::WorkflowCall;

const KIND: ObjectKind = ObjectKind::Flow;

pub(super) const ROW: Kind = Kind {
    rights: Rights { add: None, edit: None, ..rights!("architect:flow") },
    filters: &["type", "name"],
    used_by: &[(ObjectKind::Recipient, "/flow/id"), (ObjectKind::Trigger, "/target/id")],
    check_deletion: |context, flow| match flow.get("lockedUser") {
        Some(_) => Err(Refusal::in_use(format!("The flow {} is locked", context.id(0)))),
        None => Ok(()),
    },
    deleted: |context, flow| {
        context.organization.flow_queues.remove(text(flow, "id"));
        context.organization.message_flows.remove(text(flow, "id"));
        context.organization.workflow_calls.remove(text(flow, "id"));
    },
    more: &[Operation::own(
        Method::POST,
        "/flows/actions/unlock",
        needs!("architect:flow:unlock"),
        unlock,
    )],
    ..Kind::new(KIND, "flow", "/flows")
};

fn unlock(context: &mut CallContext<'_>) -> Checked<Answer> {
    let id = context.query("flow").unwrap_or_default();
    let flow = context.organization.find_mut(KIND, &id).ok_or_else(|| absent("flow", &id))?;
    if let Some(fields) = flow.as_object_mut() {
        fields.remove("lockedUser");
    }
    Ok(Answer::json(200, flow.clone()))
}

impl Organization {
    /// Publishes a flow: a new flow, or the next version of the flow with the same type and name.
    ///
    /// # Errors
    ///
    /// Says why the flow cannot be published.
    pub(in crate::genesys::admin) fn publish(
        &mut self,
        source: &FlowSource,
    ) -> Result<String, String> {
        let mut queues = BTreeMap::new();
        for name in source.messages.queues() {
            queues.insert(name.to_owned(), self.queue_named(name)?);
        }
        if let Some(call) = &source.call {
            self.check_call(call)?;
        }
        let name = &source.name;
        let is_it =
            |flow: &&Value| text(flow, "type") == source.kind && text(flow, "name") == *name;
        let known = self.objects(KIND).iter().find(is_it).cloned();
        if known.as_ref().is_some_and(|flow| flow.get("lockedUser").is_some()) {
            return Err(format!("The flow '{name}' is locked by another user."));
        }
        let version = known.as_ref().map_or(1, |flow| {
            let version = text(&flow["publishedVersion"], "name").split('.').next();
            version.and_then(|number| number.parse::<u32>().ok()).unwrap_or_default() + 1
        });
        let id = match known {
            Some(flow) => text(&flow, "id").to_owned(),
            None => {
                let home = json!({ "id": self.home_division });
                let body = json!({
                    "name": name, "type": source.kind, "division": home, "active": true,
                });
                text(&self.add(KIND, &body), "id").to_owned()
            }
        };
        if let Some(flow) = self.find_mut(KIND, &id) {
            let version = format!("{version}.0");
            flow["description"] = json!(source.description);
            flow["publishedVersion"] =
                json!({ "id": version, "name": version, "datePublished": clock::now() });
        }
        match &source.call {
            Some(call) => drop(self.workflow_calls.insert(id.clone(), call.clone())),
            None => drop(self.workflow_calls.remove(&id)),
        }
        self.flow_queues.insert(id.clone(), queues);
        self.message_flows.insert(id.clone(), source.messages.clone());
        Ok(id)
    }

    /// The action of a call must exist and accept the given inputs.
    fn check_call(&self, call: &WorkflowCall) -> Result<(), String> {
        let (category, name) = (&call.category, &call.action);
        let action = self
            .action_of(category, name)
            .ok_or_else(|| format!("The data action '{category} / {name}' could not be found."))?;
        let schema = "/contract/input/inputSchema";
        let takes = action.pointer(&format!("{schema}/properties"));
        let unknown =
            call.inputs().find(|input| takes.is_none_or(|takes| takes.get(input).is_none()));
        if let Some(input) = unknown {
            return Err(format!("The data action '{name}' has no input '{input}'."));
        }
        let required = action.pointer(&format!("{schema}/required")).and_then(Value::as_array);
        let mut required = required.into_iter().flatten().filter_map(Value::as_str);
        match required.find(|input| !call.inputs().any(|given| given == *input)) {
            Some(input) => {
                Err(format!("The input '{input}' of the data action '{name}' is required."))
            }
            None => Ok(()),
        }
    }

    fn queue_named(&self, name: &str) -> Result<String, String> {
        let queues = self.objects(ObjectKind::Queue).iter();
        let mut named = queues.filter(|queue| text(queue, "name") == name);
        let queue =
            named.next().ok_or_else(|| format!("The queue '{name}' could not be found."))?;
        Ok(text(queue, "id").to_owned())
    }
}
