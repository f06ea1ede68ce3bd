//! `/api/v2/conversations/messaging/settings`: whether typing is shown, for each direction.

use http::Method;
use serde_json::json;

use super::prelude::*;

const SWITCH: Rule = Rule::Word(&["Enabled", "Disabled"]);

pub(super) const ROW: Kind = Kind {
    body: "setting",
    rights: rights!("messaging:setting"),
    edited_by: &[Method::PATCH],
    form: &[
        needed_in_whole("name", Rule::Text),
        optional(
            "event",
            Rule::Object(&[
                optional("typing", Rule::Object(&[optional("on", Rule::Object(DIRECTIONS))])),
                optional("presence", Rule::Any),
            ]),
        ),
        optional("content", Rule::Any),
    ],
    has_unique_names: true,
    default: Some(("settingId", &[needed("settingId", Rule::Text)])),
    used_by: &[(ObjectKind::OpenIntegration, "/messagingSetting/id")],
    blank: || {
        let off = json!({ "inbound": "Disabled", "outbound": "Disabled" });
        json!({ "event": { "typing": { "on": off } } })
    },
    check_deletion: |context, _| {
        let id = context.id(0);
        match context.organization.default_of(ObjectKind::MessagingSetting) == Some(id) {
            true => Err(Refusal::not_ready(format!("The setting {id} is the default one"))),
            false => Ok(()),
        }
    },
    more: &[Operation::own(
        Method::DELETE,
        "/conversations/messaging/settings/default",
        needs!("messaging:setting:delete"),
        |context| {
            context.organization.defaults.remove(&ObjectKind::MessagingSetting);
            Ok(Answer::empty(204))
        },
    )],
    ..Kind::new(
        ObjectKind::MessagingSetting,
        "messaging setting",
        "/conversations/messaging/settings",
    )
};

const DIRECTIONS: &[Field] = &[optional("inbound", SWITCH), optional("outbound", SWITCH)];
