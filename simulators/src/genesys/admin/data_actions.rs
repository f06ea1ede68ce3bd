//! `/api/v2/integrations/actions`: the calls that a workflow can make. They are published when they
//! are created.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, merge};
use super::inspection::ObjectKind;
use super::integrations::WEB_SERVICES;
use super::operation::{ID, Operation};
use super::organization::{text, text_at};
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::DataAction;
const KEYS: &[&str] = &["name", "category", "integrationId", "secure", "contract", "config"];
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "PATCH", "DELETE"];
const VIEW: Needs = Needs::All(&["integrations:action:view"]);
const ALL: &[&str] = &["integrations", "actions"];
const ONE: &[&str] = &["integrations", "actions", ID];

/// Must precede the operations on integrations: `actions` is not the id of an integration. Names
/// may repeat.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["integrations:action:add"]), create),
    Operation::new(Method::PATCH, ONE, Needs::All(&["integrations:action:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["integrations:action:delete"]), delete),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["name", "category"], |_, action| without(action, &["contract", "config"]))
}

/// Shows the contract and the configuration only if the query asks for them.
fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    let is = |key: &str, value: &str| desk.query(key).as_deref() == Some(value);
    let hidden: Vec<&str> =
        [("contract", is("expand", "contract")), ("config", is("includeConfig", "true"))]
            .into_iter()
            .filter_map(|(key, is_asked)| (!is_asked).then_some(key))
            .collect();
    Ok(Answer::json(200, without(desk.named(KIND)?, &hidden)))
}

fn without(action: &Value, keys: &[&str]) -> Value {
    let mut shown = action.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|key, _| !keys.contains(&key.as_str()));
    }
    shown
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = check(&body)?;
    fields.text("name")?;
    fields.text("category")?;
    let contract = fields.object("contract")?.only(&["input", "output"])?;
    contract.object("input")?.only(&["inputSchema"])?.object("inputSchema")?;
    contract.object("output")?.only(&["successSchema"])?.object("successSchema")?;
    check_url(desk, fields.object("config")?)?;
    let integration = fields.text("integrationId")?;
    let known = desk.organization.find(ObjectKind::Integration, integration);
    if known.is_none_or(|known| text_at(known, "/integrationType/id") != WEB_SERVICES) {
        return Err(Refusal::bad_request(format!(
            "There is no integration {integration} of type {WEB_SERVICES}"
        )));
    }
    desk.organization.check_active("integration", integration)?;
    let mut action = json!({ "version": 1, "secure": false });
    merge(&mut action, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &action)))
}

/// Changes the given fields, if the version is the current one.
fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let version = desk.named(KIND)?["version"].clone();
    if *check(&body)?.required("version")? != version {
        return Err(Refusal::in_use(format!("The current version is {version}")));
    }
    if let Some(config) = check(&body)?.optional_object("config")? {
        check_url(desk, config)?;
    }
    let action = desk.named_mut(KIND)?;
    merge(action, &body, &["name", "category", "config"]);
    action["version"] = json!(version.as_u64().unwrap_or_default() + 1);
    Ok(Answer::json(200, action.clone()))
}

/// An action that a workflow calls cannot be deleted.
fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let action = desk.named(KIND)?;
    let (category, name) = (text(action, "category"), text(action, "name"));
    let mut calls = desk.organization.workflow_calls.values();
    if calls.any(|call| call.category == category && call.action == name) {
        return Err(Refusal::in_use(format!("A workflow calls the action {name}")));
    }
    desk.delete(KIND)?;
    Ok(Answer::empty(204))
}

/// The platform calls only https. A test may have its receiver on this machine.
fn check_url(desk: &Desk<'_>, config: Fields<'_>) -> Checked<()> {
    let request = config.object("request")?;
    let url = request.text("requestUrlTemplate")?;
    let here = desk.options.loopback_webhooks && url.starts_with("http://127.0.0.1:");
    if !url.starts_with("https://") && !here {
        return Err(Refusal::bad_request("'requestUrlTemplate' should begin with https://"));
    }
    request.string_map("headers")
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
