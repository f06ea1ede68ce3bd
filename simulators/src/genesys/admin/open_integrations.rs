//! `/api/v2/conversations/messaging/integrations/open`: a channel to a third party. Its creation
//! takes time. Only after that the integration has a recipient, whose id is not the integration's
//! id.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::fields::Fields;
use super::super::refusal::{Checked, Refusal};
use super::desk::{Desk, ECHOED, merge};
use super::inspection::ObjectKind;
use super::operation::{ID, Operation};
use super::organization::{Organization, text, text_at};
use super::permissions::Needs;
use super::progress::Progress;
use crate::http::Answer;

const KIND: ObjectKind = ObjectKind::OpenIntegration;
const URL: &str = "outboundNotificationWebhookUrl";
pub(super) const SECRET: &str = "outboundNotificationWebhookSignatureSecretToken";
const KEYS: &[&str] =
    &["name", URL, SECRET, "webhookHeaders", "supportedContent", "messagingSetting"];
const ANSWERED: &[&str] = &["createError", "identityResolution"];
/// The longest refused length of a secret.
const TOO_SHORT: usize = 15;
const VIEW: Needs = Needs::All(&["messaging:integration:view"]);
const EDIT: Needs = Needs::All(&["messaging:integration:edit"]);
const ALL: &[&str] = &["conversations", "messaging", "integrations", "open"];
const ONE: &[&str] = &["conversations", "messaging", "integrations", "open", ID];
const IDENTITY: &[&str] =
    &["conversations", "messaging", "identityresolution", "integrations", "open", ID];
const IDENTITY_VIEW: Needs =
    Needs::All(&["messaging:integration:view", "messaging:identityResolutionOpen:view"]);
const IDENTITY_EDIT: Needs =
    Needs::All(&["messaging:integration:edit", "messaging:identityResolutionOpen:edit"]);

/// Names may repeat.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::new(Method::GET, ALL, VIEW, list),
    Operation::new(Method::GET, ONE, VIEW, show),
    Operation::new(Method::POST, ALL, Needs::All(&["messaging:integration:add"]), create),
    Operation::new(Method::PATCH, ONE, EDIT, change),
    Operation::new(Method::DELETE, ONE, Needs::All(&["messaging:integration:delete"]), delete),
    Operation::new(Method::GET, IDENTITY, IDENTITY_VIEW, show_identity),
    Operation::new(Method::PUT, IDENTITY, IDENTITY_EDIT, set_identity),
];

fn list(desk: &mut Desk<'_>) -> Checked<Answer> {
    for (query, pointer) in [
        ("supportedContent.id", "/supportedContent/id"),
        ("messagingSetting.id", "/messagingSetting/id"),
    ] {
        if let Some(wanted) = desk.query(query) {
            let objects = desk.organization.listed(KIND);
            let found = objects.iter().filter(|object| text_at(object, pointer) == wanted);
            let found = found.map(|object| shown(desk, object)).collect();
            return super::paging::page(desk, found);
        }
    }
    desk.list(KIND, &[], |_, object| shown(desk, object))
}

fn show(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.named(KIND)?;
    desk.organization.read_progress(desk.id(0));
    Ok(Answer::json(200, shown(desk, desk.named(KIND)?)))
}

/// The integration as a reader sees it. The objects that it refers to are shown in full if `expand`
/// asks for them.
fn shown(desk: &Desk<'_>, integration: &Value) -> Value {
    let mut integration = desk.visible(integration.clone());
    let expand = desk.query("expand").unwrap_or_default();
    for (key, kind) in [
        ("supportedContent", ObjectKind::SupportedContent),
        ("messagingSetting", ObjectKind::MessagingSetting),
    ] {
        let known = desk.organization.find(kind, text_at(&integration, &format!("/{key}/id")));
        if let Some(known) = known.filter(|_| expand.split(',').any(|word| word == key)) {
            integration[key] = known.clone();
        }
    }
    if expand.split(',').any(|word| word == "identityresolution") {
        let id = text(&integration, "id").to_owned();
        integration["identityResolution"] = desk.organization.identity_of(&id);
    }
    integration
}

fn create(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    let fields = check(desk, &body)?;
    fields.required(URL)?;
    fields.required(SECRET)?;
    let mut integration = json!({ "status": "active", "createStatus": "Initiated" });
    integration["createdBy"] = json!({ "id": desk.caller.client });
    merge(&mut integration, &body, KEYS);
    refer(&mut integration);
    let integration = desk.organization.add(KIND, &integration);
    let error = desk.organization.creation_errors.pop_front();
    let progress = Progress::begin(desk.options.asynchronous_work, error);
    desk.organization.in_progress.insert(text(&integration, "id").to_owned(), progress);
    Ok(Answer::json(200, shown(desk, &integration)))
}

fn change(desk: &mut Desk<'_>) -> Checked<Answer> {
    let body = desk.body()?;
    desk.named(KIND)?;
    check(desk, &body)?;
    let client = desk.caller.client.clone();
    let integration = desk.named_mut(KIND)?;
    merge(integration, &body, KEYS);
    refer(integration);
    integration["modifiedBy"] = json!({ "id": client });
    let integration = integration.clone();
    Ok(Answer::json(200, shown(desk, &integration)))
}

/// References are stored as id and address only, whatever the client sent.
fn refer(integration: &mut Value) {
    for (key, kind) in [
        ("supportedContent", ObjectKind::SupportedContent),
        ("messagingSetting", ObjectKind::MessagingSetting),
    ] {
        let id = text_at(integration, &format!("/{key}/id")).to_owned();
        if !id.is_empty() {
            integration[key] = json!({ "id": id, "selfUri": format!("{}/{id}", kind.path()) });
        }
    }
}

/// A flow must first be detached from the recipient. The refusal is this simulator's choice.
fn delete(desk: &mut Desk<'_>) -> Checked<Answer> {
    let recipient = text_at(desk.named(KIND)?, "/recipient/id").to_owned();
    let attached = desk.organization.find(ObjectKind::Recipient, &recipient);
    if attached.is_some_and(|known| known.pointer("/flow/id").is_some()) {
        return Err(Refusal::in_use(format!("A flow is attached to the recipient {recipient}")));
    }
    desk.delete(KIND)?;
    desk.organization.remove(ObjectKind::Recipient, &recipient);
    desk.organization.in_progress.remove(desk.id(0));
    desk.organization.identity_resolution.remove(desk.id(0));
    Ok(Answer::empty(204))
}

fn show_identity(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.named(KIND)?;
    Ok(Answer::json(200, desk.organization.identity_of(desk.id(0))))
}

fn set_identity(desk: &mut Desk<'_>) -> Checked<Answer> {
    desk.named(KIND)?;
    let body = desk.body()?;
    let fields = Fields::of("identityResolution", &body)?
        .only_among(&[&["resolveIdentities", "division", "externalSource"], ECHOED])?;
    fields.required("resolveIdentities")?;
    fields.optional_flag("resolveIdentities")?;
    desk.organization.division_of(fields)?;
    desk.organization.identity_resolution.insert(desk.id(0).to_owned(), body);
    show_identity(desk)
}

/// The name is required even in a change. Other fields are checked only if they are given.
fn check<'b>(desk: &Desk<'_>, body: &'b Value) -> Checked<Fields<'b>> {
    let fields = Fields::of("integration", body)?.only_among(&[KEYS, ECHOED, ANSWERED])?;
    fields.text("name")?;
    if fields.get(URL).is_some() {
        check_url(fields.text(URL)?, desk.options.loopback_webhooks)?;
    }
    if fields.get(SECRET).is_some() && fields.text(SECRET)?.chars().count() <= TOO_SHORT {
        return Err(Refusal::bad_request(format!(
            "'{SECRET}' should be longer than {TOO_SHORT} characters"
        )));
    }
    fields.string_map("webhookHeaders")?;
    for (key, kind) in [
        ("supportedContent", ObjectKind::SupportedContent),
        ("messagingSetting", ObjectKind::MessagingSetting),
    ] {
        if let Some(reference) = fields.optional_object(key)? {
            let id = reference.text("id")?;
            if desk.organization.find(kind, id).is_none() {
                return Err(Refusal::bad_request(format!(
                    "The {} {id} does not exist",
                    kind.word()
                )));
            }
        }
    }
    Ok(fields)
}

/// HTTPS on port 443; if `allows_loopback`, any URL on this machine.
fn check_url(address: &str, allows_loopback: bool) -> Checked<()> {
    let url = url::Url::parse(address)
        .map_err(|_| Refusal::bad_request(format!("'{URL}' should be a URL")))?;
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let is_public = url.scheme() == "https" && url.port_or_known_default() == Some(443) && !is_here;
    if is_public || (allows_loopback && is_here) {
        Ok(())
    } else {
        Err(Refusal::bad_request(format!("'{URL}' should be a public https URL on port 443")))
    }
}

impl Organization {
    fn identity_of(&self, integration: &str) -> Value {
        let unset = || json!({ "resolveIdentities": false });
        self.identity_resolution.get(integration).cloned().unwrap_or_else(unset)
    }

    /// Reads an integration whose creation may be finished by now.
    fn read_progress(&mut self, id: &str) {
        let Some(progress) = self.in_progress.get_mut(id) else { return };
        if !progress.is_done_at_read() {
            return;
        }
        let error = progress.error.take();
        self.in_progress.remove(id);
        match error {
            None => self.complete_integration(id),
            Some(message) => {
                if let Some(integration) = self.find_mut(KIND, id) {
                    integration["createStatus"] = json!("Error");
                    integration["createError"] = json!({
                        "message": message,
                        "code": "internal.server.error",
                        "status": 500,
                        "contextId": Uuid::new_v4().to_string(),
                        "details": [],
                        "errors": [],
                    });
                }
            }
        }
    }

    /// Creates the recipient of an integration, which makes the integration ready for use.
    pub(super) fn complete_integration(&mut self, id: &str) {
        let name = self.find(KIND, id).map_or("", |known| text(known, "name")).to_owned();
        let body = json!({ "name": name, "messengerType": "open" });
        let recipient = self.add(ObjectKind::Recipient, &body);
        if let Some(integration) = self.find_mut(KIND, id) {
            integration["createStatus"] = json!("Completed");
            integration["recipient"] =
                json!({ "id": text(&recipient, "id"), "selfUri": text(&recipient, "selfUri") });
        }
    }
}
