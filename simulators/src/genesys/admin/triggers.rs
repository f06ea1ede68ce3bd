//! `/api/v2/processautomation/triggers`: the workflows that events start.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept, merge};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::text;
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Trigger;
const KEYS: &[&str] = &[
    "name",
    "topicName",
    "enabled",
    "target",
    "matchCriteria",
    "eventTTLSeconds",
    "delayBySeconds",
    "description",
];
const DATA_FORMATS: [&str; 2] = ["Json", "TopLevelPrimitives"];
const VIEW: Needs = Needs::All(&["processautomation:trigger:view"]);
const ALL: &[&str] = &["processautomation", "triggers"];
const ONE: &[&str] = &["processautomation", "triggers", ID];

/// Names may repeat.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["processautomation:trigger:add"]), create),
    Operation::new(Method::PUT, ONE, Needs::All(&["processautomation:trigger:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["processautomation:trigger:delete"]), delete),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["topicName"], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    check(desk, &body)?;
    let mut trigger = json!({ "version": 1, "matchCriteria": [] });
    merge(&mut trigger, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &trigger)))
}

/// Replaces the trigger, if the version is the current one. The topic cannot change.
fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let known = desk.named(KIND)?;
    let (topic, version) = (text(known, "topicName").to_owned(), known["version"].clone());
    let fields = check(desk, &body)?;
    if fields.text("topicName")? != topic {
        return Err(Refusal::bad_request("The topic of a trigger cannot be changed"));
    }
    if *fields.required("version")? != version {
        return Err(Refusal::in_use(format!("The current version is {version}")));
    }
    let trigger = desk.named_mut(KIND)?;
    merge(trigger, &body, KEYS);
    trigger["version"] = json!(version.as_u64().unwrap_or_default() + 1);
    Ok(Answer::json(200, trigger.clone()))
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.delete(KIND)?;
    Ok(Answer::empty(204))
}

fn check<'b>(desk: &Desk<'_>, body: &'b Value) -> Checked<Fields<'b>> {
    let fields = Fields::of("trigger", body)?.only_among(&[KEYS, ECHOED])?;
    fields.text("name")?;
    fields.text("topicName")?;
    fields.required("enabled")?;
    fields.optional_flag("enabled")?;
    for key in ["eventTTLSeconds", "delayBySeconds"] {
        fields.optional_number(key, (0, 86_400))?;
    }
    let target = fields.object("target")?.only(&["type", "id", "workflowTargetSettings"])?;
    target.word("type", &["Workflow"])?;
    if let Some(settings) = target.optional_object("workflowTargetSettings")? {
        settings.only(&["dataFormat"])?.word("dataFormat", &DATA_FORMATS)?;
    }
    let id = target.text("id")?;
    let flow = desk.organization.find(ObjectKind::Flow, id);
    if flow.is_none_or(|flow| text(flow, "type") != "workflow") {
        return Err(Refusal::bad_request(format!("There is no workflow {id}")));
    }
    if flow.is_some_and(|flow| flow.get("publishedVersion").is_none()) {
        return Err(Refusal::bad_request(format!("The workflow {id} is not published")));
    }
    desk.organization.check_active("workflow", id)?;
    for criterion in fields.list("matchCriteria")? {
        let criterion = Fields::of("matchCriteria", criterion)?
            .only(&["jsonPath", "operator", "value", "values"])?;
        criterion.text("jsonPath")?;
        criterion.text("operator")?;
    }
    Ok(fields)
}
