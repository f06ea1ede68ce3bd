//! `/api/v2/architect/dependencytracking/consumedresources`: what a version of a flow uses.

use http::Method;
use serde_json::{Value, json};

use super::super::refusal::{Checked, Refusal};
use super::desk::Desk;
use super::inspection::ObjectKind;
use super::operation::Operation;
use super::organization::text;
use super::permissions::Needs;
use super::{absent, paging};
use crate::http::Answer;

const VIEW: Needs = Needs::All(&["architect:dependencyTracking:view"]);
const CONSUMED: &[&str] = &["architect", "dependencytracking", "consumedresources"];
/// Of the many kinds of object there are, the one that this organisation has.
const FLOW: &str = "INBOUNDSHORTMESSAGEFLOW";
const QUEUE: &str = "QUEUE";

pub(super) const OPERATIONS: &[Operation] =
    &[Operation::new(Method::GET, CONSUMED, VIEW, list_consumed)];

fn list_consumed(desk: &mut Desk<'_>) -> Checked<Answer> {
    let asked = |key: &str| {
        let missing = || Refusal::bad_request(format!("'{key}' is required"));
        desk.query(key).filter(|value| !value.is_empty()).ok_or_else(missing)
    };
    let (id, version, kind) = (asked("id")?, asked("version")?, asked("objectType")?);
    if kind != FLOW {
        return Err(Refusal::invalid_value("objectType", &kind, &[FLOW]));
    }
    let flow = desk.organization.find(ObjectKind::Flow, &id);
    let published = flow.map(|flow| text(&flow["publishedVersion"], "id"));
    if published != Some(version.as_str()) {
        return Err(absent("version of a flow", &format!("{id} {version}")));
    }
    let wanted = desk.query("resourceType").is_none_or(|kind| kind == QUEUE);
    let queue = desk.organization.flow_queues.get(&id).filter(|_| wanted);
    let shown = |queue: &String| {
        let name = desk.organization.find(ObjectKind::Queue, queue);
        let name = name.map_or("", |queue| text(queue, "name"));
        json!({ "id": queue, "name": name, "type": QUEUE, "deleted": false, "updated": false })
    };
    let found: Vec<Value> = queue.map(shown).into_iter().collect();
    paging::page(desk, found)
}
