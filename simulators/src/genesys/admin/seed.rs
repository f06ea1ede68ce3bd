//! The initial objects of an organisation.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::options::GenesysOptions;
use super::flow_source::FlowSource;
use super::inspection::ObjectKind;
use super::message_flow::MessageFlow;
use super::organization::{Organization, text, text_at};
use super::table::{MESSAGE_FLOW, blank_queue};

/// The permissions of the clients of the provisioned organisation: all that a running bridge needs.
const AT_WORK: [&str; 6] = [
    "conversation:message:receive",
    "conversation:message:create",
    "conversation:message:view",
    "conversation:communication:disconnect",
    "analytics:queueObservation:view",
    "routing:queue:view",
];

impl Organization {
    /// Creates the home division and the administrator, and in a provisioned organisation the
    /// objects that a running bridge needs.
    pub(in crate::genesys) fn new(options: &GenesysOptions) -> Self {
        let mut organization = Self {
            id: Uuid::new_v4().to_string(),
            home_division: Uuid::new_v4().to_string(),
            habits: options.habits.clone(),
            timeline: [("open".to_owned(), options.threading_minutes)].into(),
            ..Self::default()
        };
        let home = organization.home_division.clone();
        let division = json!({ "name": "Home", "description": "", "homeDivision": true });
        organization.add_as(ObjectKind::Division, &home, &division);
        let admin = organization.seed_role("Administrator", &options.admin_permissions);
        organization.seed_client(&options.admin_client_id, &options.admin_client_secret, &admin);
        if options.provisioned {
            organization.provision(options);
        }
        organization
    }

    fn provision(&mut self, options: &GenesysOptions) {
        let role = self.seed_role("Simulated bridge", &AT_WORK);
        self.seed_client(&options.client_id, &options.client_secret, &role);
        for (id, secret) in &options.more_clients {
            self.seed_client(id, secret, &role);
        }
        self.seed_integration(options);
    }

    /// Creates the integration with its supported content and its setting, which shows typing if
    /// the options say so.
    fn seed_integration(&mut self, options: &GenesysOptions) {
        let switch = if options.typing_enabled { "Enabled" } else { "Disabled" };
        let setting = self.add(
            ObjectKind::MessagingSetting,
            &json!({
                "name": options.integration_name,
                "event": { "typing": { "on": { "inbound": switch, "outbound": switch } } },
            }),
        );
        let any = json!([{ "type": "*/*" }]);
        let content = self.add(
            ObjectKind::SupportedContent,
            &json!({
                "name": options.integration_name,
                "mediaTypes": { "allow": { "inbound": any, "outbound": any } },
            }),
        );
        let headers: Map<String, Value> = options
            .webhook_headers
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let integration = json!({
            "name": options.integration_name,
            "status": "active",
            "outboundNotificationWebhookUrl": options.webhook_url,
            "outboundNotificationWebhookSignatureSecretToken": options.webhook_secret,
            "webhookHeaders": headers,
            "supportedContent": { "id": content["id"], "selfUri": content["selfUri"] },
            "messagingSetting": { "id": setting["id"], "selfUri": setting["selfUri"] },
        });
        self.add_as(ObjectKind::OpenIntegration, &options.integration_id, &integration);
        self.complete_integration(&options.integration_id);
        self.seed_routing(options);
    }

    /// Creates a queue with an agent, and a flow that transfers to the queue.
    fn seed_routing(&mut self, options: &GenesysOptions) {
        let mut queue = blank_queue();
        queue["name"] = json!(options.integration_name);
        queue["division"] = json!({ "id": self.home_division, "name": "Home" });
        queue["memberCount"] = json!(1);
        let queue = self.add(ObjectKind::Queue, &queue);
        let agent = Uuid::new_v4().to_string();
        self.queue_members.insert(text(&queue, "id").to_owned(), vec![agent]);
        let source = FlowSource {
            kind: MESSAGE_FLOW,
            name: options.integration_name.clone(),
            description: String::new(),
            messages: MessageFlow::to_queue(&options.integration_name),
            call: None,
        };
        // The queue exists, so this succeeds. Without a flow the simulator would still work.
        let Ok(flow) = self.publish(&source) else { return };
        let recipient = self
            .find(ObjectKind::OpenIntegration, &options.integration_id)
            .map(|known| text_at(known, "/recipient/id").to_owned())
            .unwrap_or_default();
        if let Some(recipient) = self.find_mut(ObjectKind::Recipient, &recipient) {
            recipient["flow"] = json!({
                "id": flow,
                "name": options.integration_name,
                "selfUri": format!("/api/v2/flows/{flow}"),
            });
        }
    }

    /// Creates a role with these permissions, each `domain:entity:action`.
    fn seed_role(&mut self, name: &str, permissions: &[impl AsRef<str>]) -> String {
        let policies: Vec<Value> = permissions
            .iter()
            .map(|permission| {
                let mut parts = permission.as_ref().splitn(3, ':');
                let mut next = || parts.next().unwrap_or("*");
                json!({ "domain": next(), "entityName": next(), "actionSet": [next()] })
            })
            .collect();
        let id = Uuid::new_v4().to_string();
        let body = json!({ "name": name, "description": "", "permissionPolicies": policies });
        self.add_as(ObjectKind::Role, &id, &body);
        id
    }

    fn seed_client(&mut self, id: &str, secret: &str, role: &str) {
        let body = json!({
            "name": "Simulated client",
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "state": "active",
        });
        self.add_as(ObjectKind::OAuthClient, id, &body);
        self.secrets.insert(id.to_owned(), secret.to_owned());
        let home = self.home_division.clone();
        self.grant(id, &home, role, None);
    }
}
