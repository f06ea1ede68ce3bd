//! `/api/v2/conversations/messaging/integrations/open`: a channel to a third party. Its creation
//! takes time. Only after that the integration has a recipient, whose id is not the integration's
//! id.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::prelude::*;
use crate::genesys::admin::progress::Progress;

const KIND: ObjectKind = ObjectKind::OpenIntegration;
const URL: &str = "outboundNotificationWebhookUrl";
pub(in crate::genesys::admin) const SECRET: &str =
    "outboundNotificationWebhookSignatureSecretToken";
/// The longest refused length of a secret.
const TOO_SHORT: usize = 15;
const REFERENCES: [(&str, ObjectKind); 2] = [
    ("supportedContent", ObjectKind::SupportedContent),
    ("messagingSetting", ObjectKind::MessagingSetting),
];
const IDENTITY: &str = "/conversations/messaging/identityresolution/integrations/open/{}";

pub(super) const ROW: Kind = Kind {
    rights: rights!("messaging:integration"),
    edited_by: &[Method::PATCH],
    filters: &["supportedContent.id", "messagingSetting.id"],
    form: &[
        needed("name", Rule::Text),
        needed_in_whole(URL, Rule::Text),
        needed_in_whole(SECRET, Rule::Text),
        optional("webhookHeaders", Rule::StringMap),
        optional("supportedContent", Rule::Reference(ObjectKind::SupportedContent)),
        optional("messagingSetting", Rule::Reference(ObjectKind::MessagingSetting)),
        ignored("createError"),
        ignored("identityResolution"),
    ],
    blank: || json!({ "status": "active", "createStatus": "Initiated" }),
    complete,
    written: |context, integration, _| {
        if context.call.method == Method::POST {
            let error = context.organization.creation_errors.pop_front();
            let progress = Progress::begin(context.options.asynchronous_work, error);
            context.organization.in_progress.insert(text(integration, "id").to_owned(), progress);
        }
    },
    read: |context| context.organization.read_progress(context.id(0)),
    shown,
    check_deletion,
    deleted: |context, integration| {
        let id = text(integration, "id");
        let recipient = text_at(integration, "/recipient/id");
        context.organization.remove(ObjectKind::Recipient, recipient);
        context.organization.in_progress.remove(id);
        context.organization.identity_resolution.remove(id);
    },
    more: &[
        Operation::own(
            Method::GET,
            IDENTITY,
            Needs::All(&["messaging:integration:view", "messaging:identityResolutionOpen:view"]),
            show_identity,
        ),
        Operation::own(
            Method::PUT,
            IDENTITY,
            Needs::All(&["messaging:integration:edit", "messaging:identityResolutionOpen:edit"]),
            set_identity,
        ),
    ],
    ..Kind::new(KIND, "integration", "/conversations/messaging/integrations/open")
};

/// The integration as a reader sees it. The objects that it refers to are shown in full if `expand`
/// asks for them.
fn shown(context: &CallContext<'_>, integration: &Value) -> Value {
    let mut integration = integration.clone();
    if let Some(fields) =
        integration.as_object_mut().filter(|_| !context.options.shows_webhook_secret)
    {
        fields.remove(SECRET);
    }
    let expand = context.query("expand").unwrap_or_default();
    let asks = |key: &str| expand.split(',').any(|word| word == key);
    for (key, kind) in REFERENCES.into_iter().filter(|(key, _)| asks(key)) {
        let id = text_at(&integration, &format!("/{key}/id"));
        if let Some(known) = context.organization.find(kind, id) {
            integration[key] = known.clone();
        }
    }
    if asks("identityresolution") {
        let identity = context.organization.identity_of(text(&integration, "id"));
        integration["identityResolution"] = identity;
    }
    integration
}

fn complete(context: &CallContext<'_>, fields: Fields<'_>, integration: &mut Value) -> Checked<()> {
    if fields.get(URL).is_some() {
        check_url(fields.text(URL)?, context.options.loopback_webhooks)?;
    }
    if fields.get(SECRET).is_some() && fields.text(SECRET)?.chars().count() <= TOO_SHORT {
        return Err(Refusal::bad_request(format!(
            "'{SECRET}' should be longer than {TOO_SHORT} characters"
        )));
    }
    let by = if context.call.method == Method::POST { "createdBy" } else { "modifiedBy" };
    integration[by] = json!({ "id": context.caller.client });
    Ok(())
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

/// A flow must first be detached from the recipient. The refusal is this simulator's choice.
fn check_deletion(context: &CallContext<'_>, integration: &Value) -> Checked<()> {
    let recipient = text_at(integration, "/recipient/id");
    let attached = context.organization.find(ObjectKind::Recipient, recipient);
    match attached.and_then(|known| known.pointer("/flow/id")) {
        Some(_) => Err(Refusal::in_use(format!("A flow is attached to the recipient {recipient}"))),
        None => Ok(()),
    }
}

fn show_identity(context: &mut CallContext<'_>) -> Checked<Answer> {
    context.named(KIND)?;
    Ok(Answer::json(200, context.organization.identity_of(context.id(0))))
}

fn set_identity(context: &mut CallContext<'_>) -> Checked<Answer> {
    context.named(KIND)?;
    let body = context.body()?;
    let form = &[
        needed("resolveIdentities", Rule::Flag),
        optional("division", Rule::Any),
        optional("externalSource", Rule::Reference(ObjectKind::ExternalSource)),
    ];
    let fields = shape::check(context, "identityResolution", &body, form, ECHOED)?;
    context.organization.division_of(fields)?;
    context.organization.identity_resolution.insert(context.id(0).to_owned(), body);
    show_identity(context)
}

impl Organization {
    fn identity_of(&self, integration: &str) -> Value {
        // The default of Genesys' Terraform provider.
        let unset = || json!({ "resolveIdentities": true });
        self.identity_resolution.get(integration).cloned().unwrap_or_else(unset)
    }

    /// Reads an integration whose creation may be finished by now.
    fn read_progress(&mut self, id: &str) {
        let Some(mut progress) = self.take_if_done(id) else { return };
        match progress.error.take() {
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
    pub(in crate::genesys::admin) fn complete_integration(&mut self, id: &str) {
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
