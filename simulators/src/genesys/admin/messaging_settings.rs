//! `/api/v2/conversations/messaging/settings`: whether typing is shown, for each direction.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::absent;
use super::desk::{Desk, ECHOED, as_kept, merge};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::MessagingSetting;
const KEYS: &[&str] = &["name", "event", "content"];
const SWITCH: [&str; 2] = ["Enabled", "Disabled"];
const VIEW: Needs = Needs::All(&["messaging:setting:view"]);
const EDIT: Needs = Needs::All(&["messaging:setting:edit"]);
const DELETE: Needs = Needs::All(&["messaging:setting:delete"]);
const ALL: &[&str] = &["conversations", "messaging", "settings"];
const DEFAULT: &[&str] = &["conversations", "messaging", "settings", "default"];
const ONE: &[&str] = &["conversations", "messaging", "settings", ID];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, DEFAULT, VIEW, show_default),
    Operation::new(Method::PUT, DEFAULT, EDIT, set_default),
    Operation::new(Method::DELETE, DEFAULT, DELETE, unset_default),
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["messaging:setting:add"]), create),
    Operation::new(Method::PATCH, ONE, EDIT, change),
    Operation::new(Method::DELETE, ONE, DELETE, delete),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &[], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    desk.check_name(KIND, check(&body)?.text("name")?, "")?;
    let off = json!({ "inbound": "Disabled", "outbound": "Disabled" });
    let mut setting = json!({ "event": { "typing": { "on": off } } });
    merge(&mut setting, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &setting)))
}

fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    desk.named(KIND)?;
    let fields = check(&body)?;
    if fields.get("name").is_some() {
        desk.check_name(KIND, fields.text("name")?, desk.id(0))?;
    }
    let setting = desk.named_mut(KIND)?;
    merge(setting, &body, KEYS);
    Ok(Answer::json(200, setting.clone()))
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    desk.organization.check_unused(id, ObjectKind::OpenIntegration, "/messagingSetting/id")?;
    if desk.organization.default_setting.as_deref() == Some(id) {
        return Err(Refusal::not_ready(format!("The setting {id} is the default one")));
    }
    desk.delete(KIND)?;
    Ok(Answer::empty(204))
}

fn show_default(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.organization.default_setting.as_deref().unwrap_or("default");
    let setting = desk.organization.find(KIND, id).ok_or_else(|| absent(KIND.word(), id))?;
    Ok(Answer::json(200, setting.clone()))
}

fn set_default(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let id = Fields::of("default", &body)?.only(&["settingId"])?.text("settingId")?;
    desk.organization.find(KIND, id).ok_or_else(|| absent(KIND.word(), id))?;
    desk.organization.default_setting = Some(id.to_owned());
    show_default(desk)
}

fn unset_default(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.organization.default_setting = None;
    Ok(Answer::empty(204))
}

fn check(body: &Value) -> Checked<Fields<'_>> {
    let fields = Fields::of("setting", body)?.only_among(&[KEYS, ECHOED])?;
    let event = fields.optional_object("event")?.map(|event| event.only(&["typing", "presence"]));
    let Some(typing) =
        event.transpose()?.map(|event| event.optional_object("typing")).transpose()?
    else {
        return Ok(fields);
    };
    let on = typing.map(|typing| typing.only(&["on"])?.optional_object("on")).transpose()?;
    if let Some(on) = on.flatten() {
        on.only(&["inbound", "outbound"])?;
        for direction in ["inbound", "outbound"] {
            if on.get(direction).is_some() {
                on.word(direction, &SWITCH)?;
            }
        }
    }
    Ok(fields)
}
