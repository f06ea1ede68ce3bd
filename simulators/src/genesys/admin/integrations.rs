//! `/api/v2/integrations`: an integration is created disabled, then configured, then enabled. An
//! `amazon-eventbridge-source` sends the platform's events to a bus of AWS and needs the bus in its
//! configuration. A `custom-rest-actions` holds data actions and needs no configuration.

use http::Method;
use serde_json::{Value, json};

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, as_kept};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::text_at;
use super::permissions::Needs;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::Integration;
const EVENT_SOURCE: &str = "amazon-eventbridge-source";
pub(super) const WEB_SERVICES: &str = "custom-rest-actions";
const STATES: [&str; 2] = ["ENABLED", "DISABLED"];
const CONFIG_KEYS: &[&str] = &["name", "version", "properties", "advanced", "notes", "credentials"];
const PROPERTIES: [&str; 4] =
    ["eventSourceSuffix", "awsAccountId", "awsAccountRegion", "eventFilter"];
const VIEW: Needs = Needs::All(&["integrations:integration:view"]);
const EDIT: Needs = Needs::All(&["integrations:integration:edit"]);
const ALL: &[&str] = &["integrations"];
const ONE: &[&str] = &["integrations", ID];
const CONFIG: &[&str] = &["integrations", ID, "config", "current"];

/// Names may repeat.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["integrations:integration:add"]), create),
    Operation::new(Method::PATCH, ONE, EDIT, change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["integrations:integration:delete"]), delete),
    Operation::new(Method::GET, CONFIG, VIEW, show_config),
    Operation::new(Method::PUT, CONFIG, EDIT, configure),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.list(KIND, &[], as_kept)
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    Ok(Answer::json(200, desk.named(KIND)?.clone()))
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = Fields::of("integration", &body)?.only(&["name", "integrationType"])?;
    let kind = fields.object("integrationType")?.only(&["id"])?;
    let kind = kind.word("id", &[EVENT_SOURCE, WEB_SERVICES])?;
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
    Ok(Answer::json(200, desk.organization.add(KIND, &integration)))
}

/// Switches the integration on or off. It cannot be switched on without its configuration.
fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = Fields::of("integration", &body)?.only_among(&[
        &["intendedState", "name", "integrationType", "reportedState", "config"],
        ECHOED,
    ])?;
    let state = fields.word("intendedState", &STATES)?;
    let integration = desk.named(KIND)?;
    let is_configured = PROPERTIES.iter().all(|property| {
        integration.pointer(&format!("/config/current/properties/{property}")).is_some()
    });
    let is_on = state == "ENABLED";
    if is_on && is_event_source(integration) && !is_configured {
        return Err(Refusal::bad_request("The integration is not configured"));
    }
    let integration = desk.named_mut(KIND)?;
    integration["intendedState"] = json!(state);
    integration["reportedState"] = json!({ "code": if is_on { "ACTIVE" } else { "INACTIVE" } });
    Ok(Answer::json(200, integration.clone()))
}

fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.organization.check_unused(desk.id(0), ObjectKind::DataAction, "/integrationId")?;
    desk.delete(KIND)?;
    Ok(Answer::empty(204))
}

fn show_config(desk: &mut Desk<'_>) -> Checked<Answer> {
    let config = desk.named(KIND)?.pointer("/config/current");
    Ok(Answer::json(200, config.cloned().unwrap_or_default()))
}

/// Replaces the configuration, if the version is the current one.
fn configure(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = Fields::of("config", &body)?.only_among(&[CONFIG_KEYS, ECHOED])?;
    let name = fields.text("name")?;
    let version = fields.required("version")?;
    let properties = fields.object("properties")?;
    if is_event_source(desk.named(KIND)?) {
        check_event_source(properties)?;
    } else {
        check_credentials(desk, fields)?;
    }
    let integration = desk.named_mut(KIND)?;
    let known = integration["config"]["current"]["version"].clone();
    if *version != known {
        return Err(Refusal::in_use(format!("The current version is {known}, not {version}")));
    }
    let mut config = body.clone();
    config["version"] = json!(known.as_u64().unwrap_or_default() + 1);
    integration["name"] = json!(name);
    integration["config"]["current"] = config.clone();
    Ok(Answer::json(200, config))
}

fn is_event_source(integration: &Value) -> bool {
    text_at(integration, "/integrationType/id") == EVENT_SOURCE
}

/// The credential has one fixed name, whatever its type, and must exist.
fn check_credentials(desk: &Desk<'_>, config: Fields<'_>) -> Checked<()> {
    let Some(credentials) = config.optional_object("credentials")? else { return Ok(()) };
    let Some(credential) = credentials.only(&["basicAuth"])?.optional_object("basicAuth")? else {
        return Ok(());
    };
    let id = credential.text("id")?;
    if desk.organization.find(ObjectKind::Credential, id).is_none() {
        return Err(Refusal::bad_request(format!("There is no credential {id}")));
    }
    desk.organization.check_active("credential", id)
}

fn check_event_source(properties: Fields<'_>) -> Checked<()> {
    let properties = properties.only(&PROPERTIES)?;
    properties.text("eventSourceSuffix")?;
    properties.text("awsAccountRegion")?;
    let account = properties.text("awsAccountId")?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::bad_request("'awsAccountId' should be twelve digits"));
    }
    let topics = properties.list("eventFilter")?;
    if topics.is_empty() || !topics.iter().all(Value::is_string) {
        return Err(Refusal::bad_request("'eventFilter' should be an array of topics"));
    }
    Ok(())
}
