//! `/api/v2/integrations/credentials`: the credentials with which an integration logs in to other
//! systems. The stored values are never shown again.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::text;
use super::paging;
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Credential;
const KEYS: &[&str] = &["name", "type", "credentialFields"];
const VIEW: Needs = Needs::All(&["integrations:integration:view"]);
const ALL: &[&str] = &["integrations", "credentials"];
const LISTING: &[&str] = &["integrations", "credentials", "listing"];
const ONE: &[&str] = &["integrations", "credentials", ID];

/// Must precede the operations on integrations: `credentials` is not the id of an integration.
/// Names may repeat.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, LISTING, VIEW, list_by_cursor),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["integrations:integration:add"]), create),
    Operation::new(Method::PUT, ONE, Needs::All(&["integrations:integration:edit"]), change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["integrations:integration:delete"]), delete),
];

/// Replaces the list by page number, which is deprecated.
fn list_by_cursor(desk: &mut Desk<'_>) -> Checked<Answer> {
    paging::page_with_next_uri(desk, desk.organization.listed(KIND), true)
}

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &[], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let (name, fields) = check(&body)?;
    let credential = json!({ "name": name, "type": { "name": body["type"]["name"] } });
    let credential = desk.organization.add(KIND, &credential);
    desk.organization.credential_fields.insert(text(&credential, "id").to_owned(), fields);
    Ok(Answer::json(200, credential))
}

fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let (name, fields) = check(&body)?;
    let id = desk.id(0).to_owned();
    let credential = desk.named_mut(KIND)?;
    credential["name"] = json!(name);
    let credential = credential.clone();
    desk.organization.credential_fields.insert(id, fields);
    Ok(Answer::json(200, credential))
}

/// A credential that an integration uses cannot be deleted.
fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    let place = "/config/current/credentials/basicAuth/id";
    desk.organization.check_unused(id, ObjectKind::Integration, place)?;
    desk.delete(KIND)?;
    desk.organization.credential_fields.remove(id);
    Ok(Answer::empty(204))
}

fn check(body: &Value) -> Checked<(&str, BTreeMap<String, String>)> {
    let fields = Fields::of("credential", body)?.only_among(&[KEYS, ECHOED])?;
    fields.object("type")?.word("name", &["basicAuth", "userDefined", "userDefinedOAuth"])?;
    fields.object("credentialFields")?;
    fields.string_map("credentialFields")?;
    let held = body["credentialFields"].as_object().into_iter().flatten();
    let held: BTreeMap<String, String> =
        held.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    if held.is_empty() {
        return Err(Refusal::bad_request("'credentialFields' should not be empty"));
    }
    Ok((fields.text("name")?, held))
}
