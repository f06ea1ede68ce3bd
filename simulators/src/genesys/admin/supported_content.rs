//! `/api/v2/conversations/messaging/supportedcontent`: the allowed media types of each direction.

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

const KIND: ObjectKind = ObjectKind::SupportedContent;
const KEYS: &[&str] = &["name", "mediaTypes"];
const VIEW: Needs = Needs::All(&["messaging:supportedContent:view"]);
const EDIT: Needs = Needs::All(&["messaging:supportedContent:edit"]);
const ALL: &[&str] = &["conversations", "messaging", "supportedcontent"];
const DEFAULT: &[&str] = &["conversations", "messaging", "supportedcontent", "default"];
const ONE: &[&str] = &["conversations", "messaging", "supportedcontent", ID];

/// Names may repeat.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, DEFAULT, VIEW, show_default),
    Operation::new(Method::PUT, DEFAULT, EDIT, set_default),
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["messaging:supportedContent:add"]), create),
    Operation::new(Method::PATCH, ONE, EDIT, change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["messaging:supportedContent:delete"]), delete),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &[], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    check(&body)?.text("name")?;
    let mut content = json!({ "mediaTypes": { "allow": { "inbound": [], "outbound": [] } } });
    merge(&mut content, &body, KEYS);
    Ok(Answer::json(200, desk.organization.add(KIND, &content)))
}

fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    check(&body)?;
    let content = desk.named_mut(KIND)?;
    merge(content, &body, KEYS);
    Ok(Answer::json(200, content.clone()))
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.id(0);
    desk.organization.check_unused(id, ObjectKind::OpenIntegration, "/supportedContent/id")?;
    desk.delete(KIND)?;
    if desk.organization.default_supported_content.as_deref() == Some(id) {
        desk.organization.default_supported_content = None;
    }
    Ok(Answer::empty(204))
}

fn show_default(desk: &mut Desk<'_>) -> Checked<Answer> {
    let id = desk.organization.default_supported_content.as_deref().unwrap_or("default");
    let content = desk.organization.find(KIND, id).ok_or_else(|| absent(KIND.word(), id))?;
    Ok(Answer::json(200, content.clone()))
}

fn set_default(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let id = Fields::of("supportedContent", &body)?
        .only_among(&[&["id", "selfUri"], KEYS])?
        .text("id")?;
    desk.organization.find(KIND, id).ok_or_else(|| absent(KIND.word(), id))?;
    desk.organization.default_supported_content = Some(id.to_owned());
    show_default(desk)
}

fn check(body: &Value) -> Checked<Fields<'_>> {
    let fields = Fields::of("supportedContent", body)?.only_among(&[KEYS, ECHOED])?;
    if fields.get("name").is_some() {
        fields.text("name")?;
    }
    let Some(types) = fields.optional_object("mediaTypes")? else {
        return Ok(fields);
    };
    if let Some(allow) = types.only(&["allow"])?.optional_object("allow")? {
        allow.only(&["inbound", "outbound"])?;
        for direction in ["inbound", "outbound"] {
            for item in allow.list(direction)? {
                let media_type = Fields::of(direction, item)?.only(&["type"])?.text("type")?;
                check_media_type(media_type)?;
            }
        }
    }
    Ok(fields)
}

/// `image/png`, `image/*` or `*/*`.
fn check_media_type(media_type: &str) -> Checked<()> {
    let is_part = |part: &str| {
        !part.is_empty() && !part.contains(|other: char| other == '/' || other.is_whitespace())
    };
    match media_type.split_once('/') {
        Some((kind, subtype)) if is_part(kind) && is_part(subtype) => Ok(()),
        _ => Err(Refusal::bad_request(format!("The media type [{media_type}] is not valid"))),
    }
}
