//! `/api/v2/integrations/actions`: the calls a workflow can make, published as they are created.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept, merge};
use super::inspection::ObjectKind;
use super::integrations::WEB_SERVICES;
use super::operation::{ID, Operation};
use super::organization::text_at;
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::DataAction;
const KEYS: &[&str] = &["name", "category", "integrationId", "secure", "contract", "config"];
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "PATCH", "DELETE"];
const VIEW: Needs = Needs::All(&["integrations:action:view"]);
const ALL: &[&str] = &["integrations", "actions"];
const ONE: &[&str] = &["integrations", "actions", ID];

/// Before the operations on integrations: `actions` is none. Names may repeat.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["integrations:action:add"]), create),
    Operation::new(Method::PATCH, ONE, Needs::All(&["integrations:action:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["integrations:action:delete"]), delete),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["name", "category"], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = check(&body)?;
    fields.text("name")?;
    fields.text("category")?;
    fields.object("contract")?;
    fields.object("config")?;
    let integration = fields.text("integrationId")?;
    let known = desk.organization.find(ObjectKind::Integration, integration);
    if known.is_none_or(|known| text_at(known, "/integrationType/id") != WEB_SERVICES) {
        return Err(Refusal::bad_request(format!(
            "There is no integration {integration} of type {WEB_SERVICES}"
        )));
    }
    let mut action = json!({ "version": 1, "secure": false });
    merge(&mut action, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &action)))
}

/// Changes what is named, if the version is the current one.
fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let version = desk.named(KIND)?["version"].clone();
    if *check(&body)?.required("version")? != version {
        return Err(Refusal::in_use(format!("The current version is {version}")));
    }
    let action = desk.named_mut(KIND)?;
    merge(action, &body, &["name", "category", "config"]);
    action["version"] = json!(version.as_u64().unwrap_or_default() + 1);
    Ok(Answer::json(200, action.clone()))
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.delete(KIND)?;
    Ok(Answer::empty(204))
}

fn check(body: &Value) -> Checked<Fields<'_>> {
    let fields = Fields::of("action", body)?.only_among(&[KEYS, ECHOED])?;
    fields.optional_flag("secure")?;
    let request = fields
        .optional_object("config")?
        .map(|config| config.only(&["request", "response"])?.object("request"))
        .transpose()?;
    if let Some(request) = request {
        request.text("requestUrlTemplate")?;
        request.word("requestType", &METHODS)?;
    }
    Ok(fields)
}
