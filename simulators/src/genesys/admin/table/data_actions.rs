//! `/api/v2/integrations/actions`: the calls that a workflow can make. They are published when they
//! are created.

use http::Method;
use serde_json::{Value, json};

use super::integrations::WEB_SERVICES;
use super::prelude::*;

const METHODS: &[&str] = &["GET", "PUT", "POST", "PATCH", "DELETE"];
const SCHEMA: Rule = Rule::Open(&[]);

pub(super) const ROW: Kind = Kind {
    body: "action",
    rights: rights!("integrations:action"),
    edited_by: &[Method::PATCH],
    filters: &["name", "category"],
    form: &[
        needed_in_whole("name", Rule::Text),
        needed_in_whole("category", Rule::Text),
        needed_in_whole("integrationId", Rule::Text).stored_at_first(),
        optional("secure", Rule::Flag).stored_at_first(),
        needed_in_whole("contract", Rule::Object(CONTRACT)).stored_at_first(),
        needed_in_whole("config", Rule::Object(CONFIG)),
    ],
    has_versions: true,
    blank: || json!({ "secure": false }),
    complete,
    shown,
    check_deletion: |context, action| {
        let (category, name) = (text(action, "category"), text(action, "name"));
        let mut calls = context.organization.workflow_calls.values();
        match calls.any(|call| call.category == category && call.action == name) {
            true => Err(Refusal::in_use(format!("A workflow calls the action {name}"))),
            false => Ok(()),
        }
    },
    ..Kind::new(ObjectKind::DataAction, "data action", "/integrations/actions")
};

const CONTRACT: &[Field] = &[
    needed("input", Rule::Object(&[needed("inputSchema", SCHEMA)])),
    needed("output", Rule::Object(&[needed("successSchema", SCHEMA)])),
];
const CONFIG: &[Field] = &[
    needed(
        "request",
        Rule::Open(&[
            needed("requestUrlTemplate", Rule::Text),
            needed("requestType", Rule::Word(METHODS)),
            optional("headers", Rule::StringMap),
        ]),
    ),
    optional("response", Rule::Any),
];

/// Shows the contract and the configuration to a reader of one action whose query asks for them.
fn shown(context: &CallContext<'_>, action: &Value) -> Value {
    let is_asked = |key: &str, value: &str| {
        context.call.method != Method::GET
            || (!context.ids.is_empty() && context.query(key).as_deref() == Some(value))
    };
    let mut shown = action.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|key, _| match key.as_str() {
            "contract" => is_asked("expand", "contract"),
            "config" => is_asked("includeConfig", "true"),
            _ => true,
        });
    }
    shown
}

fn complete(context: &CallContext<'_>, fields: Fields<'_>, action: &mut Value) -> Checked<()> {
    // The platform calls only https. A test may have its receiver on this machine.
    let url = text_at(action, "/config/request/requestUrlTemplate");
    let is_here = context.options.loopback_webhooks && url.starts_with("http://127.0.0.1:");
    if fields.get("config").is_some() && !url.starts_with("https://") && !is_here {
        return Err(Refusal::bad_request("'requestUrlTemplate' should begin with https://"));
    }
    if context.call.method == Method::POST {
        let id = text(action, "integrationId");
        let known = context.organization.find(ObjectKind::Integration, id);
        if known.is_none_or(|known| text_at(known, "/integrationType/id") != WEB_SERVICES) {
            return Err(Refusal::bad_request(format!(
                "There is no integration {id} of type {WEB_SERVICES}"
            )));
        }
        context.organization.check_active("integration", id)?;
    }
    Ok(())
}
