//! The objects of setup, as resources of Genesys' own Terraform provider with import blocks.
//!
//! Rule: no secret is written; the two that the provider needs are sensitive variables.
//!
//! Source of the resources and their arguments: `docs/resources/*.md` of
//! <https://github.com/MyPureCloud/terraform-provider-genesyscloud>, as of version 1.70 and later.
//! The provider has no resource for a recipient (`/routing/message/recipients`) and none for the
//! threading timeline. UNVERIFIED: that the identity resolution is imported by the id of its
//! integration.

mod block;

use serde_json::{Value, json};

use self::block::{Body, inner, literal, refer, set};
use crate::organization::{EVENT_BRIDGE, EVENTS_KEY, WEBHOOK_URL};
use crate::table::{events_integration, identity};
use crate::{EventBridge, Ownership, Resource, SetupRun};

/// The files of an export, each with its path in the folder.
pub struct Terraform {
    pub files: Vec<(String, String)>,
    /// The objects of setup for which the provider has no resource.
    pub left_out: Vec<&'static str>,
}

const SECRET: &str = "webhook_secret";
const KEY: &str = "events_api_key";
const HEAD: &str = "# Written by `bridge setup --export-terraform`. Nothing here is secret.
#
# The provider logs in by GENESYSCLOUD_OAUTHCLIENT_ID, GENESYSCLOUD_OAUTHCLIENT_SECRET and
# GENESYSCLOUD_REGION. `terraform plan` must show imports only: read every other line before you
# apply. From then on change these objects here, not by `bridge setup`.

terraform {
  required_version = \">= 1.5\"
  required_providers {
    genesyscloud = {
      source = \"mypurecloud/genesyscloud\"
    }
  }
}
";

impl Resource {
    /// The type of the provider's resource; `None` if it has none.
    fn terraform(self) -> Option<&'static str> {
        Some(match self {
            Self::SupportedContent => "genesyscloud_conversations_messaging_supportedcontent",
            Self::MessagingSetting => "genesyscloud_conversations_messaging_settings",
            Self::ExternalSource => "genesyscloud_externalcontacts_external_source",
            Self::Queue | Self::BranchQueue(_) => "genesyscloud_routing_queue",
            Self::Flow | Self::Workflow(_) => "genesyscloud_flow",
            Self::Integration => "genesyscloud_conversations_messaging_integrations_open",
            Self::Identity => {
                "genesyscloud_conversations_messaging_integrations_open_identity_resolution"
            }
            Self::Role => "genesyscloud_auth_role",
            Self::Client => "genesyscloud_oauth_client",
            Self::EventSource | Self::EventsIntegration => "genesyscloud_integration",
            Self::EventsCredential => "genesyscloud_integration_credential",
            Self::EventsAction => "genesyscloud_integration_action",
            Self::Trigger(_) => "genesyscloud_processautomation_trigger",
            Self::Routing | Self::Grant | Self::Timeline => return None,
        })
    }

    /// The name of the resource in Terraform: `eventsAction` as `events_action`.
    fn label(self) -> String {
        let mut label = String::new();
        for letter in String::from(self).chars() {
            if letter.is_ascii_uppercase() {
                label.push('_');
            }
            let is_fit = letter.is_ascii_alphanumeric();
            label.push(if is_fit { letter.to_ascii_lowercase() } else { '_' });
        }
        label
    }
}

impl SetupRun<'_> {
    /// The objects that setup made, as Terraform.
    pub fn terraform(&self) -> Terraform {
        let (mut blocks, mut files, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for resource in Resource::ALL {
            let Some(id) = self.import_id(resource) else {
                if resource == Resource::Routing && !self.observed.recipient.id().is_empty() {
                    left_out.push("the routing of the integration to the flow");
                }
                continue;
            };
            let (Some(kind), Some(arguments)) = (resource.terraform(), self.arguments(resource))
            else {
                continue;
            };
            if let Some((source, _)) = resource.rules().source(self) {
                files.push((file(resource), source.yaml));
            }
            let to = format!("{kind}.{}", resource.label());
            blocks.push(block::written("import", &[refer("to", to), set("id", json!(id))]));
            let head = format!("resource \"{kind}\" \"{}\"", resource.label());
            blocks.push(block::written(&head, &arguments));
        }
        if self.record.timeline_before.is_some() {
            left_out.push("the threading timeline");
        }
        let mut text = HEAD.to_owned();
        for (name, what) in [
            (SECRET, "The secret that signs webhooks: genesys.webhookSecrets of the bridge."),
            (KEY, "The key of posted events: genesys.eventsApiKey of the bridge."),
        ] {
            if blocks.iter().any(|block| block.contains(&format!("var.{name}"))) {
                let body = [
                    set("description", json!(what)),
                    refer("type", "string"),
                    set("sensitive", json!(true)),
                ];
                blocks.insert(0, block::written(&format!("variable \"{name}\""), &body));
            }
        }
        for block in blocks {
            text.push('\n');
            text.push_str(&block);
        }
        files.insert(0, ("genesys.tf".to_owned(), text));
        Terraform { files, left_out }
    }

    /// The id by which a resource that setup made is imported.
    fn import_id(&self, resource: Resource) -> Option<String> {
        if resource == Resource::Identity {
            let is_made = self.wanted.identity_source.is_some()
                && !identity::source_id(&self.observed.identity).is_empty();
            return is_made.then(|| self.observed.id(Resource::Integration).to_owned());
        }
        let found = self.observed.found(resource).ours()?;
        Some(found.id().to_owned())
    }

    /// How another argument names an object: by its resource, or by its id if setup did not make
    /// it.
    fn reference(&self, name: &'static str, resource: Resource) -> Body {
        match (self.observed.found(resource), resource.terraform()) {
            (Ownership::Ours(_), Some(kind)) => {
                refer(name, format!("{kind}.{}.id", resource.label()))
            }
            (found, _) => {
                set(name, json!(found.object().map(|object| object.id()).unwrap_or_default()))
            }
        }
    }

    fn arguments(&self, resource: Resource) -> Option<Vec<Body>> {
        let body = resource.rules().body(self);
        let text = |pointer: &str| body.pointer(pointer).cloned().unwrap_or_default();
        let name = || set("name", json!(resource.name(self.wanted)));
        Some(match resource {
            Resource::SupportedContent => {
                let types = |way: &'static str| -> Vec<Body> {
                    let types = text(&format!("/mediaTypes/allow/{way}"));
                    let types = types.as_array().cloned().unwrap_or_default().into_iter();
                    types
                        .map(|media| inner(way, vec![set("type", media["type"].clone())]))
                        .collect()
                };
                let allow = [types("inbound"), types("outbound")].concat();
                vec![name(), inner("media_types", vec![inner("allow", allow)])]
            }
            Resource::MessagingSetting => {
                let on = ["inbound", "outbound"]
                    .map(|way| set(way, text(&format!("/event/typing/on/{way}"))));
                let typing = inner("typing", vec![inner("on", on.into())]);
                vec![name(), inner("event", vec![typing])]
            }
            Resource::ExternalSource => vec![name(), set("active", text("/active"))],
            Resource::Queue | Resource::BranchQueue(_) => vec![
                name(),
                set("description", text("/description")),
                // Its members and its settings are the contact centre's.
                inner("lifecycle", vec![refer("ignore_changes", "all")]),
            ],
            Resource::Flow | Resource::Workflow(_) => {
                let path = format!("\"${{path.module}}/{}\"", file(resource));
                vec![refer("filepath", path)]
            }
            Resource::Integration => vec![
                name(),
                self.reference("supported_content_id", Resource::SupportedContent),
                self.reference("messaging_setting_id", Resource::MessagingSetting),
                set("outbound_notification_webhook_url", text(&format!("/{WEBHOOK_URL}"))),
                refer(
                    "outbound_notification_webhook_signature_secret_token",
                    format!("var.{SECRET}"),
                ),
            ],
            Resource::Identity => vec![
                self.reference("open_integration_id", Resource::Integration),
                set("resolve_identities", json!(true)),
                set("external_source_id", json!(identity::source_id(&self.observed.identity))),
            ],
            Resource::Role => {
                let policies = text("/permissionPolicies");
                let policies = policies.as_array().cloned().unwrap_or_default().into_iter();
                let policies = policies.map(|policy| {
                    let part = |name, key: &str| set(name, policy[key].clone());
                    let parts = [
                        ("domain", "domain"),
                        ("entity_name", "entityName"),
                        ("action_set", "actionSet"),
                    ];
                    inner("permission_policies", parts.map(|(name, key)| part(name, key)).into())
                });
                [name(), set("description", text("/description"))]
                    .into_iter()
                    .chain(policies)
                    .collect()
            }
            Resource::Client => vec![
                name(),
                set("description", text("/description")),
                set("authorized_grant_type", text("/authorizedGrantType")),
                set("access_token_validity_seconds", text("/accessTokenValiditySeconds")),
                inner(
                    "roles",
                    vec![
                        self.reference("role_id", Resource::Role),
                        set("division_id", text("/roleDivisions/0/divisionId")),
                    ],
                ),
            ],
            Resource::EventSource => {
                let properties = self.wanted.events.as_ref().map(EventBridge::properties)?;
                let properties = format!("jsonencode({})", literal(&properties));
                integration(EVENT_BRIDGE, vec![name(), refer("properties", properties)])
            }
            Resource::EventsCredential => {
                let fields = format!("{{ {EVENTS_KEY} = var.{KEY} }}");
                vec![
                    name(),
                    set("credential_type_name", text("/type/name")),
                    refer("fields", fields),
                ]
            }
            Resource::EventsIntegration => {
                let Body::Set(_, credential) = self.reference("", Resource::EventsCredential)
                else {
                    return None;
                };
                let credentials =
                    format!("{{ {} = {credential} }}", events_integration::CREDENTIAL);
                integration(
                    events_integration::WEB_SERVICES,
                    vec![name(), refer("credentials", credentials)],
                )
            }
            Resource::EventsAction => self.action(&body),
            Resource::Trigger(topic) => {
                let form = text("/target/workflowTargetSettings/dataFormat");
                let target = vec![
                    set("type", text("/target/type")),
                    self.reference("id", Resource::Workflow(topic)),
                    inner("workflow_target_settings", vec![set("data_format", form)]),
                ];
                let criteria = format!("jsonencode({})", literal(&text("/matchCriteria")));
                vec![
                    name(),
                    set("description", text("/description")),
                    set("topic_name", text("/topicName")),
                    set("enabled", text("/enabled")),
                    set("event_ttl_seconds", text("/eventTTLSeconds")),
                    refer("match_criteria", criteria),
                    inner("target", target),
                ]
            }
            Resource::Routing | Resource::Grant | Resource::Timeline => return None,
        })
    }

    fn action(&self, body: &Value) -> Vec<Body> {
        let text = |pointer: &str| body.pointer(pointer).cloned().unwrap_or_default();
        let encoded =
            |name, pointer: &str| refer(name, format!("jsonencode({})", literal(&text(pointer))));
        let request = [
            ("request_url_template", "requestUrlTemplate"),
            ("request_type", "requestType"),
            ("request_template", "requestTemplate"),
            ("headers", "headers"),
        ];
        let request = request.map(|(name, key)| set(name, text(&format!("/config/request/{key}"))));
        vec![
            set("name", text("/name")),
            set("category", text("/category")),
            self.reference("integration_id", Resource::EventsIntegration),
            set("secure", text("/secure")),
            encoded("contract_input", "/contract/input/inputSchema"),
            encoded("contract_output", "/contract/output/successSchema"),
            inner("config_request", request.into()),
            inner(
                "config_response",
                vec![set("success_template", text("/config/response/successTemplate"))],
            ),
        ]
    }
}

fn integration(kind: &str, config: Vec<Body>) -> Vec<Body> {
    vec![
        set("integration_type", json!(kind)),
        set("intended_state", json!("ENABLED")),
        inner("config", config),
    ]
}

/// The file of a flow's source.
fn file(resource: Resource) -> String {
    format!("flows/{}.yaml", resource.label())
}
