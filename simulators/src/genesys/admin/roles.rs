//! `/api/v2/authorization/roles`: the permissions of each role, as policies of domain, entity and
//! actions.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept, merge};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Role;
const KEYS: &[&str] = &["name", "description", "permissionPolicies"];
const POLICY_KEYS: &[&str] = &[
    "domain",
    "entityName",
    "actionSet",
    "policyName",
    "policyDescription",
    "allowConditions",
    "resourceConditionNode",
];
const ANSWERED: &[&str] = &["permissions", "default", "base", "userCount", "defaultRoleId"];
const ALL: &[&str] = &["authorization", "roles"];
const ONE: &[&str] = &["authorization", "roles", ID];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, Needs::All(&["authorization:role:view"]), list),
    Operation::new(Method::GET, ONE, Needs::All(&["authorization:role:view"]), show),
    Operation::new(Method::POST, ALL, Needs::All(&["authorization:role:add"]), create),
    Operation::new(Method::PUT, ONE, Needs::All(&["authorization:role:edit"]), change),
    Operation::new(Method::PATCH, ONE, Needs::All(&["authorization:role:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["authorization:role:delete"]), delete),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &["name"], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = check(&body)?;
    desk.check_name(KIND, fields.text("name")?, "")?;
    let mut role = json!({ "description": "", "permissionPolicies": [] });
    merge(&mut role, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &role)))
}

/// `PUT` replaces the whole role and so needs its name. `PATCH` may omit fields.
fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    desk.named(KIND)?;
    let fields = check(&body)?;
    let is_whole = desk.call.method == Method::PUT;
    if is_whole || fields.get("name").is_some() {
        desk.check_name(KIND, fields.text("name")?, desk.id(0))?;
    }
    let role = desk.named_mut(KIND)?;
    if is_whole {
        merge(role, &json!({ "description": "", "permissionPolicies": [] }), KEYS);
    }
    merge(role, &body, KEYS);
    Ok(Answer::json(200, role.clone()))
}

fn check(body: &Value) -> Checked<Fields<'_>> {
    let fields = Fields::of("role", body)?.only_among(&[KEYS, ECHOED, ANSWERED])?;
    fields.optional_text("description")?;
    for policy in fields.list("permissionPolicies")? {
        let policy = Fields::of("permissionPolicies", policy)?.only(POLICY_KEYS)?;
        policy.text("domain")?;
        policy.text("entityName")?;
        let actions = policy.list("actionSet")?;
        if actions.is_empty() || !actions.iter().all(Value::is_string) {
            return Err(Refusal::bad_request("'actionSet' should be an array of strings"));
        }
    }
    Ok(fields)
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    desk.delete(KIND)?;
    desk.organization.grants.retain(|grant| grant.role != id);
    Ok(Answer::empty(204))
}
