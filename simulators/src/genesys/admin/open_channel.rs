//! The data of the organisation for the messaging side: whether an integration is in use, the
//! target of its webhook, whether it shows typing.

use serde_json::{Value, json};

use super::inspection::ObjectKind;
use super::organization::{Organization, text, text_at};
use super::table::SECRET;

const KIND: ObjectKind = ObjectKind::OpenIntegration;

/// The target of the notifications of an integration, and their signature secret.
#[derive(Debug)]
pub(in crate::genesys) struct Webhook {
    pub(in crate::genesys) url: String,
    pub(in crate::genesys) secret: String,
    pub(in crate::genesys) headers: Vec<(String, String)>,
}

impl Organization {
    /// Whether messages can go through the integration.
    pub(in crate::genesys) fn is_in_use(&self, integration: &str) -> bool {
        self.find(KIND, integration).is_some_and(|known| text(known, "createStatus") == "Completed")
    }

    /// The default integration: the oldest one. Empty when there is none.
    pub(in crate::genesys) fn first_integration(&self) -> &str {
        self.objects(KIND).first().map_or("", |known| text(known, "id"))
    }

    /// The integration's name, which customers would see as the sender.
    pub(in crate::genesys) fn integration_name(&self, integration: &str) -> &str {
        self.find(KIND, integration).map_or("", |known| text(known, "name"))
    }

    /// `None` when the integration does not exist or has no URL.
    pub(in crate::genesys) fn webhook(&self, integration: &str) -> Option<Webhook> {
        let known = self.find(KIND, integration)?;
        let url = known.get("outboundNotificationWebhookUrl")?.as_str()?.to_owned();
        let headers = known.get("webhookHeaders").and_then(Value::as_object).into_iter().flatten();
        let headers =
            headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into())));
        Some(Webhook { url, secret: text(known, SECRET).to_owned(), headers: headers.collect() })
    }

    /// Sets the target of the notifications of the oldest integration.
    pub(in crate::genesys) fn set_webhook_url(&mut self, url: &str) {
        let id = self.first_integration().to_owned();
        if let Some(integration) = self.find_mut(KIND, &id) {
            integration["outboundNotificationWebhookUrl"] = json!(url);
        }
    }

    /// Whether the integration's setting, or else the default setting, shows typing. `direction` is
    /// `inbound` or `outbound`. Without any setting typing is off.
    pub(in crate::genesys) fn shows_typing(&self, integration: &str, direction: &str) -> bool {
        let named =
            self.find(KIND, integration).map(|known| text_at(known, "/messagingSetting/id"));
        let id =
            named.filter(|id| !id.is_empty()).or(self.default_of(ObjectKind::MessagingSetting));
        id.and_then(|id| self.find(ObjectKind::MessagingSetting, id)).is_some_and(|known| {
            text_at(known, &format!("/event/typing/on/{direction}")) == "Enabled"
        })
    }
}
