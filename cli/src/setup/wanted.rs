//! What a set-up is to be, and the bodies of the calls that make it so.

use serde_json::{Value, json};
use shared::ids::IntegrationName;

use super::flow;
use crate::organization::{EVENT_BRIDGE, Topic, WEBHOOK_SECRET, WEBHOOK_URL};

/// Media types that are allowed unless told otherwise.
pub const USUAL_MEDIA: [&str; 4] = ["image/*", "audio/*", "video/*", "application/pdf"];
/// The life of the runtime's tokens, in seconds: the platform's own default.
const TOKEN_SECONDS: u32 = 86_400;

/// What a set-up is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The integration's name in the bridge's configuration.
    pub name: IntegrationName,
    /// The name of everything that is made, but the queue.
    pub label: String,
    /// Where Genesys Cloud posts.
    pub webhook_url: String,
    /// The queue's name.
    pub queue: String,
    /// Whether it may be made.
    pub create_queue: bool,
    /// Whether a flow of the name that somebody else made is used as it is.
    pub use_flow: bool,
    /// The minutes in which a conversation that ended can be continued; none leaves the organisation as it is.
    pub window_minutes: Option<u64>,
    /// The media types allowed, both ways.
    pub media_types: Vec<String>,
    /// Whether the bridge ends conversations at Genesys Cloud.
    pub disconnects: bool,
    /// The way to EventBridge, if that is wanted.
    pub events: Option<EventBridge>,
    /// Whether workflows are to post events.
    pub posted_events: bool,
    /// Whether it is all to be taken away.
    pub is_removal: bool,
}

/// Where EventBridge gets the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBridge {
    /// The account, twelve digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// The end of the source's name.
    pub suffix: String,
}

impl Wanted {
    /// What tells our objects from others' of the same name, where an object has a description.
    pub fn mark(&self) -> String {
        mark(&self.name)
    }

    /// `POST /conversations/messaging/supportedcontent`.
    pub fn supported_content(&self) -> Value {
        let types: Vec<Value> =
            self.media_types.iter().map(|media| json!({ "type": media })).collect();
        json!({ "name": self.label,
                "mediaTypes": { "allow": { "inbound": types, "outbound": types } } })
    }

    /// `POST /conversations/messaging/settings`.
    pub fn messaging_setting(&self) -> Value {
        let on = json!({ "inbound": "Enabled", "outbound": "Enabled" });
        json!({ "name": self.label, "event": { "typing": { "on": on } } })
    }

    /// `POST /routing/queues`.
    pub fn new_queue(&self, division: &str) -> Value {
        json!({ "name": self.queue, "description": self.mark(), "division": { "id": division } })
    }

    /// The flow that hands over to the queue, which is named as it names itself.
    pub fn flow(&self, division: &str, queue: &str) -> flow::Source {
        let queue = if queue.is_empty() { &self.queue } else { queue };
        flow::to_queue(&self.label, &self.mark(), division, queue)
    }

    /// `POST` and `PATCH /conversations/messaging/integrations/open`; the secret only where it is to be set.
    pub fn integration(&self, content: &str, setting: &str, secret: Option<&str>) -> Value {
        let mut body = json!({
            "name": self.label,
            WEBHOOK_URL: self.webhook_url,
            "supportedContent": { "id": content },
            "messagingSetting": { "id": setting },
        });
        if let Some(secret) = secret {
            body[WEBHOOK_SECRET] = json!(secret);
        }
        body
    }

    /// `POST` and `PUT /authorization/roles`: exactly what the bridge calls.
    pub fn role(&self) -> Value {
        let policy = |entity: &str, actions: &[&str]| json!({ "domain": "conversation", "entityName": entity, "actionSet": actions });
        let mut policies = vec![policy("message", &["receive", "create", "view"])];
        if self.disconnects {
            policies.push(policy("communication", &["disconnect"]));
        }
        json!({ "name": self.label, "description": self.mark(), "permissionPolicies": policies })
    }

    /// `POST` and `PUT /oauth/clients`.
    pub fn client(&self, role: &str, division: &str) -> Value {
        json!({
            "name": self.label,
            "description": self.mark(),
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "accessTokenValiditySeconds": TOKEN_SECONDS,
            "roleDivisions": [ { "roleId": role, "divisionId": division } ],
            "state": "active",
        })
    }

    /// `POST /integrations`.
    pub fn event_source(&self) -> Value {
        json!({ "name": self.label, "integrationType": { "id": EVENT_BRIDGE } })
    }

    /// `PUT /integrations/{id}/config/current`, which replaces the version that was read.
    pub fn event_configuration(&self, events: &EventBridge, version: &Value) -> Value {
        json!({
            "name": self.label,
            "version": version,
            "properties": events.properties(),
            "advanced": {},
            "notes": self.mark(),
            "credentials": {},
        })
    }
}

impl EventBridge {
    /// What the integration is to be told.
    pub fn properties(&self) -> Value {
        json!({
            "eventSourceSuffix": self.suffix,
            "awsAccountId": self.account,
            "awsAccountRegion": self.region,
            "eventFilter": Topic::ALL.map(Topic::name),
        })
    }
}

/// What tells our objects from others' of the same name.
pub fn mark(name: &IntegrationName) -> String {
    format!("Made by bridge setup for the integration {name}.")
}
