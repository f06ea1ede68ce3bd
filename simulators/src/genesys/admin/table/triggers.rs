//! `/api/v2/processautomation/triggers`: the workflows that events start.

use http::Method;
use serde_json::{Value, json};

use super::prelude::*;

const KIND: ObjectKind = ObjectKind::Trigger;
const SECONDS: Rule = Rule::Number(0, 86_400);

pub(super) const ROW: Kind = Kind {
    rights: rights!("processautomation:trigger"),
    edited_by: &[Method::PUT],
    paging: Paging::NextUri,
    filters: &["topicName"],
    form: &[
        needed("name", Rule::Text),
        needed("topicName", Rule::Text),
        needed("enabled", Rule::Flag),
        optional("eventTTLSeconds", SECONDS),
        optional("delayBySeconds", SECONDS),
        needed("target", Rule::Object(TARGET)),
        optional("matchCriteria", Rule::List(CRITERION)),
        optional("description", Rule::Any),
    ],
    has_versions: true,
    blank: || json!({ "matchCriteria": [] }),
    complete,
    ..Kind::new(KIND, "trigger", "/processautomation/triggers")
};

const TARGET: &[Field] = &[
    needed("type", Rule::Word(&["Workflow"])),
    needed("id", Rule::Text),
    optional("workflowTargetSettings", Rule::Object(&[needed("dataFormat", DATA_FORMAT)])),
];
const DATA_FORMAT: Rule = Rule::Word(&["Json", "TopLevelPrimitives"]);
const CRITERION: &[Field] = &[
    needed("jsonPath", Rule::Text),
    needed("operator", Rule::Text),
    optional("value", Rule::Any),
    optional("values", Rule::Any),
];

/// The target must be a published workflow. The topic of a trigger cannot change.
fn complete(context: &CallContext<'_>, _: Fields<'_>, trigger: &mut Value) -> Checked<()> {
    let id = text_at(trigger, "/target/id");
    let flow = context.organization.find(ObjectKind::Flow, id);
    let flow = flow.filter(|flow| text(flow, "type") == "workflow");
    let flow = flow.ok_or_else(|| Refusal::bad_request(format!("There is no workflow {id}")))?;
    if flow.get("publishedVersion").is_none() {
        return Err(Refusal::bad_request(format!("The workflow {id} is not published")));
    }
    context.organization.check_active("workflow", id)?;
    let known = context.organization.find(KIND, context.id(0));
    if known.is_some_and(|known| known["topicName"] != trigger["topicName"]) {
        return Err(Refusal::bad_request("The topic of a trigger cannot be changed"));
    }
    Ok(())
}
