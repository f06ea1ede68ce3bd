//! `/api/v2/flows`: the published flows and their locks. A job publishes a flow.

use http::Method;
use serde_json::{Value, json};

use super::super::refusal::{Checked, Refusal};
use super::absent;
use super::desk::{Desk, as_kept};
use super::flow_source::FlowSource;
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::{Organization, text};
use super::permissions::Needs;
use super::workflow_call::WorkflowCall;
use crate::clock;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Flow;
const VIEW: Needs = Needs::All(&["architect:flow:view"]);
const ALL: &[&str] = &["flows"];
const ONE: &[&str] = &["flows", ID];
const UNLOCK: &[&str] = &["flows", "actions", "unlock"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::DELETE, ONE, Needs::All(&["architect:flow:delete"]), delete),
    Operation::new(Method::POST, UNLOCK, Needs::All(&["architect:flow:unlock"]), unlock),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["type", "name"], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    if desk.named(KIND)?.get("lockedUser").is_some() {
        return Err(Refusal::in_use(format!("The flow {id} is locked")));
    }
    desk.organization.check_unused(id, ObjectKind::Recipient, "/flow/id")?;
    desk.organization.check_unused(id, ObjectKind::Trigger, "/target/id")?;
    desk.delete(KIND)?;
    desk.organization.flow_queues.remove(id);
    desk.organization.workflow_calls.remove(id);
    Ok(Answer::empty(204))
}

fn unlock(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.query("flow").unwrap_or_default();
    let flow = desk.organization.find_mut(KIND, &id).ok_or_else(|| absent(KIND.word(), &id))?;
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
    pub(super) fn publish(&mut self, source: &FlowSource) -> Result<String, String> {
        let queue = match &source.queue {
            None => None,
            Some(name) => Some(self.queue_named(name)?),
        };
        if let Some(call) = &source.call {
            self.check_call(call)?;
        }
        let name = &source.name;
        let is_it = |flow: &&serde_json::Value| {
            text(flow, "type") == source.kind && text(flow, "name") == *name
        };
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
        match queue {
            Some(queue) => self.flow_queues.insert(id.clone(), queue),
            None => self.flow_queues.remove(&id),
        };
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
