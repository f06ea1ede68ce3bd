//! `/api/v2/architect/dependencytracking/consumedresources`: the objects that a version of a flow
//! uses.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::super::refusal::{Checked, Refusal};
use super::call_context::CallContext;
use super::inspection::ObjectKind;
use super::kind::needs;
use super::operation::Operation;
use super::organization::text;
use super::{absent, paging};
use crate::http::Answer;

/// Of the many object types of the platform, only those that this organisation has.
const FLOWS: [&str; 2] = ["INBOUNDSHORTMESSAGEFLOW", "WORKFLOW"];
const QUEUE: &str = "QUEUE";
const ACTION: &str = "DATAACTION";

pub(super) const OPERATIONS: &[Operation] = &[Operation::own(
    Method::GET,
    "/architect/dependencytracking/consumedresources",
    needs!("architect:dependencyTracking:view"),
    list_consumed,
)];

fn list_consumed(context: &mut CallContext<'_>) -> Checked<Answer> {
    let asked = |key: &str| {
        let missing = || Refusal::bad_request(format!("'{key}' is required"));
        context.query(key).filter(|value| !value.is_empty()).ok_or_else(missing)
    };
    let (id, version, kind) = (asked("id")?, asked("version")?, asked("objectType")?);
    if !FLOWS.contains(&kind.as_str()) {
        return Err(Refusal::invalid_value("objectType", &kind, &FLOWS));
    }
    let flow = context.organization.find(ObjectKind::Flow, &id);
    let published = flow.map(|flow| text(&flow["publishedVersion"], "id"));
    if published != Some(version.as_str()) {
        return Err(absent("version of a flow", &format!("{id} {version}")));
    }
    let organization = &context.organization;
    let none = BTreeMap::new();
    let queues = organization.flow_queues.get(&id).unwrap_or(&none).iter();
    let queues = queues.map(|(name, queue)| {
        let deleted = || (json!({ "id": queue, "name": name }), true);
        let known = organization.find(ObjectKind::Queue, queue);
        known.map_or_else(deleted, |known| (known.clone(), false))
    });
    let call = organization.workflow_calls.get(&id);
    let action = call.and_then(|call| organization.action_of(&call.category, &call.action));
    let action = action.map(|action| (ACTION, (action.clone(), false)));
    let used = queues.map(|queue| (QUEUE, queue)).chain(action);
    let asked = context.query("resourceType");
    let used = used.filter(|(kind, _)| asked.as_deref().is_none_or(|asked| asked == *kind));
    let shown = |(kind, (object, deleted)): (&str, (Value, bool))| {
        json!({ "id": object["id"], "name": text(&object, "name"), "type": kind,
                "deleted": deleted, "updated": false })
    };
    let found = used.map(shown).collect();
    paging::page(context, found)
}
