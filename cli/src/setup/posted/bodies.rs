//! The bodies of the calls that make workflows post events.
//!
//! Source: the models CreateIntegrationRequest, IntegrationConfiguration, Credential, PostActionInput and CreateTriggerRequest of the
//! vendor's clients.

use serde_json::{Map, Value, json};

use crate::organization::{Object, Topic};
use crate::setup::wanted::Wanted;

/// The type of an integration that holds data actions.
pub const WEB_SERVICES: &str = "custom-rest-actions";
/// Under which name such an integration refers to its credential, whatever the credential's type.
pub const CREDENTIAL: &str = "basicAuth";
/// The field of the credential that holds the key.
const KEY: &str = "eventsApiKey";
/// The input that says what happened; the workflow knows it, the event does not say it.
pub const TOPIC: &str = "topicName";
/// The other inputs, as the event calls them, with the type that each has in JSON.
pub const FIELDS: [(&str, &str); 8] = [
    ("conversationId", "string"),
    ("eventTime", "integer"),
    ("participantId", "string"),
    ("disconnectType", "string"),
    ("addressFrom", "string"),
    ("addressTo", "string"),
    ("acdOutcome", "string"),
    ("answeredUserId", "string"),
];
/// The inputs that an event is of no use without.
pub const NEEDED: [&str; 2] = [TOPIC, "conversationId"];
/// Where an action names its inputs.
const INPUTS: &str = "/contract/input/inputSchema/properties";

/// Which inputs an action takes; all of them where it does not say. One that an older version made takes fewer, and the contract of a
/// published action does not change.
pub fn taken(action: Option<&Object>) -> Vec<&'static str> {
    let shown = action.and_then(|action| action.0.pointer(INPUTS)?.as_object());
    let shown = shown.filter(|shown| !shown.is_empty());
    let all = [TOPIC].into_iter().chain(FIELDS.into_iter().map(|(field, _)| field));
    all.filter(|field| shown.is_none_or(|shown| shown.contains_key(*field))).collect()
}

/// For how long an event that has started no workflow yet is worth it, in seconds.
const EVENT_TTL_SECONDS: u32 = 60;

impl Wanted {
    /// Where the bridge takes events.
    pub fn events_url(&self) -> String {
        format!("{}/events", self.webhook_url.trim_end_matches('/'))
    }

    /// The name of the workflow and of the trigger of a topic.
    pub fn name_of(&self, topic: Topic) -> String {
        format!("{} {}", self.label, topic.word())
    }

    /// What tells our workflow and trigger of a topic from others'.
    pub fn mark_of(&self, topic: Topic) -> String {
        format!("{} Topic {}.", self.mark(), topic.word())
    }

    /// `POST` and `PUT /integrations/credentials`.
    pub fn events_credential(&self, key: &str) -> Value {
        json!({ "name": self.label, "type": { "name": "userDefined" },
                "credentialFields": { KEY: key } })
    }

    /// `POST /integrations`.
    pub fn events_integration(&self) -> Value {
        json!({ "name": self.label, "integrationType": { "id": WEB_SERVICES } })
    }

    /// `PUT /integrations/{id}/config/current`: what was read, with our credential.
    pub fn events_configuration(&self, current: &Value, credential: &str) -> Value {
        let mut credentials = current["credentials"].as_object().cloned().unwrap_or_default();
        credentials.insert(CREDENTIAL.to_owned(), json!({ "id": credential }));
        let kept = |key: &str| match &current[key] {
            Value::Object(fields) => fields.clone(),
            _ => Map::new(),
        };
        json!({
            "name": self.label,
            "version": current["version"],
            "properties": kept("properties"),
            "advanced": kept("advanced"),
            "notes": self.mark(),
            "credentials": credentials,
        })
    }

    /// What `PATCH /integrations/actions/{id}` can change.
    pub fn events_action_changes(&self) -> Value {
        json!({
            "name": self.label,
            "category": self.label,
            "config": {
                "request": {
                    "requestUrlTemplate": self.events_url(),
                    "requestType": "POST",
                    "headers": {
                        "content-type": "application/json",
                        "x-api-key": format!("${{credentials.{KEY}}}"),
                    },
                    // The inputs as JSON: whatever they hold is quoted right, and what is not there is left out.
                    "requestTemplate": "${input.rawRequest}",
                },
                "response": {
                    "translationMap": {},
                    "translationMapDefaults": {},
                    "successTemplate": "{}",
                },
            },
        })
    }

    /// `POST /integrations/actions`.
    pub fn events_action(&self, integration: &str) -> Value {
        let mut properties = Map::from_iter([(TOPIC.to_owned(), json!({ "type": "string" }))]);
        for (field, kind) in FIELDS {
            properties.insert(field.to_owned(), json!({ "type": kind }));
        }
        let schema = "http://json-schema.org/draft-04/schema#";
        let mut body = self.events_action_changes();
        body["integrationId"] = json!(integration);
        body["secure"] = json!(false);
        body["contract"] = json!({
            "input": { "inputSchema": {
                "$schema": schema,
                "title": "Event",
                "type": "object",
                "required": [TOPIC, "conversationId"],
                "properties": properties,
                "additionalProperties": false,
            } },
            "output": { "successSchema": {
                "$schema": schema,
                "title": "Answer",
                "type": "object",
                "properties": {},
                "additionalProperties": true,
            } },
        });
        body
    }

    /// `POST /processautomation/triggers`, and `PUT` with the version besides.
    pub fn trigger(&self, topic: Topic, workflow: &str) -> Value {
        json!({
            "name": self.name_of(topic),
            "description": self.mark_of(topic),
            "topicName": topic.name(),
            "enabled": true,
            "target": {
                "type": "Workflow",
                "id": workflow,
                "workflowTargetSettings": { "dataFormat": "TopLevelPrimitives" },
            },
            "matchCriteria": [
                { "jsonPath": "messageType", "operator": "Equal", "value": "OPEN" },
            ],
            "eventTTLSeconds": EVENT_TTL_SECONDS,
        })
    }
}
