//! `/api/v2/conversations/messaging/supportedcontent`: the allowed media types of each direction.

use http::Method;
use serde_json::json;

use super::prelude::*;

pub(super) const ROW: Kind = Kind {
    body: "supportedContent",
    rights: rights!("messaging:supportedContent"),
    edited_by: &[Method::PATCH],
    form: &[
        needed_in_whole("name", Rule::Text),
        optional("mediaTypes", Rule::Object(&[optional("allow", Rule::Object(DIRECTIONS))])),
    ],
    default: Some((
        "id",
        &[needed("id", Rule::Text), ignored("selfUri"), ignored("name"), ignored("mediaTypes")],
    )),
    used_by: &[(ObjectKind::OpenIntegration, "/supportedContent/id")],
    blank: || json!({ "mediaTypes": { "allow": { "inbound": [], "outbound": [] } } }),
    complete: |_, fields, _| {
        let types = fields.get("mediaTypes").and_then(|types| types.get("allow")?.as_object());
        let types = types.into_iter().flat_map(|allow| allow.values());
        let mut types = types.filter_map(|types| types.as_array()).flatten();
        types.try_for_each(|media_type| check_media_type(text(media_type, "type")))
    },
    ..Kind::new(
        ObjectKind::SupportedContent,
        "supported content",
        "/conversations/messaging/supportedcontent",
    )
};

const DIRECTIONS: &[Field] =
    &[optional("inbound", Rule::List(MEDIA_TYPE)), optional("outbound", Rule::List(MEDIA_TYPE))];
const MEDIA_TYPE: &[Field] = &[needed("type", Rule::Text)];

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
