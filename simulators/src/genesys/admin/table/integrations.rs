//! `/api/v2/integrations`: an integration is created disabled, then configured, then enabled. An
//! `amazon-eventbridge-source` sends the platform's events to a bus of AWS and needs the bus in its
//! configuration. A `custom-rest-actions` holds data actions and needs no configuration.

use http::Method;
use serde_json::{Value, json};

use super::prelude::*;

const KIND: ObjectKind = ObjectKind::Integration;
const EVENT_SOURCE: &str = "amazon-eventbridge-source";
pub(super) const WEB_SERVICES: &str = "custom-rest-actions";
const CONFIG: &str = "/integrations/{}/config/current";

pub(super) const ROW: Kind = Kind {
    rights: Rights { add: None, ..rights!("integrations:integration") },
    edited_by: &[Method::PATCH],
    form: &[
        needed("intendedState", Rule::Word(&["ENABLED", "DISABLED"])),
        ignored("name"),
        ignored("integrationType"),
        ignored("reportedState"),
        ignored("config"),
    ],
    complete: switch,
    used_by: &[(ObjectKind::DataAction, "/integrationId")],
    more: &[
        Operation::own(
            Method::POST,
            "/integrations",
            needs!("integrations:integration:add"),
            create,
        ),
        Operation::own(Method::GET, CONFIG, needs!("integrations:integration:view"), show_config),
        Operation::own(Method::PUT, CONFIG, needs!("integrations:integration:edit"), configure),
    ],
    ..Kind::new(KIND, "integration", "/integrations")
};

const NEW: &[Field] = &[
    optional("name", Rule::String),
    needed("integrationType", Rule::Object(&[needed("id", TYPE)])),
];
const TYPE: Rule = Rule::Word(&[EVENT_SOURCE, WEB_SERVICES]);
const CONFIG_FORM: &[Field] = &[
    needed("name", Rule::Text),
    needed("version", Rule::Any),
    needed("properties", Rule::Open(&[])),
    optional("advanced", Rule::Any),
    optional("notes", Rule::Any),
    optional("credentials", Rule::Any),
];
const PROPERTIES: &[Field] = &[
    needed("eventSourceSuffix", Rule::Text),
    needed("awsAccountRegion", Rule::Text),
    needed("awsAccountId", Rule::Text),
    needed("eventFilter", Rule::Strings),
];
/// The credential has one fixed name, whatever its type.
const CREDENTIALS: &[Field] = &[optional("basicAuth", Rule::Open(&[needed("id", Rule::Text)]))];

fn create(context: &mut CallContext<'_>) -> Checked<Answer> {
    let body = context.body()?;
    let fields = shape::check(context, "integration", &body, NEW, &[])?;
    let kind = text_at(&body, "/integrationType/id");
    let name = fields.optional_text("name")?.unwrap_or(kind);
    let integration = json!({
        "name": name,
        "integrationType": { "id": kind },
        "intendedState": "DISABLED",
        "reportedState": { "code": "INACTIVE" },
        "config": { "current": {
            "name": name, "version": 1, "properties": {}, "advanced": {}, "credentials": {},
        } },
    });
    Ok(Answer::json(200, context.organization.add(KIND, &integration)))
}

/// Switches the integration on or off. It cannot be switched on without its configuration.
fn switch(_: &CallContext<'_>, _: Fields<'_>, integration: &mut Value) -> Checked<()> {
    let is_on = integration["intendedState"] == "ENABLED";
    let properties = &integration["config"]["current"]["properties"];
    let is_configured = PROPERTIES.iter().all(|field| properties.get(field.key).is_some());
    if is_on && is_event_source(integration) && !is_configured {
        return Err(Refusal::bad_request("The integration is not configured"));
    }
    integration["reportedState"] = json!({ "code": if is_on { "ACTIVE" } else { "INACTIVE" } });
    Ok(())
}

fn show_config(context: &mut CallContext<'_>) -> Checked<Answer> {
    let config = context.named(KIND)?.pointer("/config/current");
    Ok(Answer::json(200, config.cloned().unwrap_or_default()))
}

/// Replaces the configuration, if the version is the current one.
fn configure(context: &mut CallContext<'_>) -> Checked<Answer> {
    let body = context.body()?;
    shape::check(context, "config", &body, CONFIG_FORM, ECHOED)?;
    if is_event_source(context.named(KIND)?) {
        check_event_source(context, &body["properties"])?;
    } else if let Some(credentials) = body.get("credentials") {
        check_credentials(context, credentials)?;
    }
    let integration = context.named_mut(KIND)?;
    let (version, known) = (&body["version"], &integration["config"]["current"]["version"]);
    if version != known {
        return Err(Refusal::in_use(format!("The current version is {known}, not {version}")));
    }
    let mut config = body.clone();
    config["version"] = json!(known.as_u64().unwrap_or_default() + 1);
    integration["name"] = config["name"].clone();
    integration["config"]["current"] = config.clone();
    Ok(Answer::json(200, config))
}

fn is_event_source(integration: &Value) -> bool {
    text_at(integration, "/integrationType/id") == EVENT_SOURCE
}

fn check_credentials(context: &CallContext<'_>, credentials: &Value) -> Checked<()> {
    let credentials = shape::check(context, "credentials", credentials, CREDENTIALS, &[])?;
    let Some(credential) = credentials.get("basicAuth") else { return Ok(()) };
    let id = text(credential, "id");
    context.organization.referred(ObjectKind::Credential, id)?;
    context.organization.check_active("credential", id)
}

fn check_event_source(context: &CallContext<'_>, properties: &Value) -> Checked<()> {
    shape::check(context, "properties", properties, PROPERTIES, &[])?;
    let account = text(properties, "awsAccountId");
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::bad_request("'awsAccountId' should be twelve digits"));
    }
    Ok(())
}
