//! The data action of the workflows: it posts an event to the bridge.
//!
//! Source: the models Credential and PostActionInput of the vendor's clients.

use serde_json::Map;

use super::*;
use crate::organization::EVENTS_KEY;

/// The input with the topic. The workflow knows the topic; the event does not contain it.
pub const TOPIC: &str = "topicName";
/// The other inputs, named as in the event, each with its JSON type.
pub(crate) const FIELDS: [(&str, &str); 8] = [
    ("conversationId", "string"),
    ("eventTime", "integer"),
    ("participantId", "string"),
    ("disconnectType", "string"),
    ("addressFrom", "string"),
    ("addressTo", "string"),
    ("acdOutcome", "string"),
    ("answeredUserId", "string"),
];
/// The inputs that an event must have to be useful.
const NEEDED: [&str; 2] = [TOPIC, "conversationId"];
/// The JSON pointer to the inputs of an action.
const INPUTS: &str = "/contract/input/inputSchema/properties";

/// The inputs that an action accepts; all of them if it does not show them. An action made by an
/// older version accepts fewer, and the contract of a published action does not change.
pub fn taken(action: Option<&Object>) -> Vec<&'static str> {
    let shown = action.and_then(|action| action.0.pointer(INPUTS)?.as_object());
    let shown = shown.filter(|shown| !shown.is_empty());
    let all = [TOPIC].into_iter().chain(FIELDS.into_iter().map(|(field, _)| field));
    all.filter(|field| shown.is_none_or(|shown| shown.contains_key(*field))).collect()
}

pub struct EventsAction;

#[async_trait]
impl Rules for EventsAction {
    fn mark(&self, _: &Wanted) -> Mark {
        Mark::Nothing
    }

    fn is_held(&self, action: &Object, run: &SetupRun<'_>) -> bool {
        let holder = run.observed.found(Resource::EventsIntegration).ours();
        holder.is_some_and(|holder| action.text("/integrationId") == holder.id())
    }

    /// An action elsewhere with the same name and category is in the way, because flows refer to
    /// actions by both.
    fn is_candidate(&self, action: &Object, run: &SetupRun<'_>) -> bool {
        let label = &run.wanted.label;
        let is_near = self.is_held(action, run) || action.text("/category") == label;
        action.is_named(label) && is_near
    }

    fn absent(&self, run: &SetupRun<'_>) -> Decision {
        Decision::Create(format!("posts to {}", run.wanted.events_url()))
    }

    fn differs(&self, found: &Object, run: &SetupRun<'_>) -> Decision {
        let taken = taken(Some(found));
        if NEEDED.iter().any(|needed| !taken.contains(needed)) {
            // Genesys Cloud does not change the contract of a published action.
            return Decision::Blocked(format!(
                "{} takes other inputs than setup gave it: delete it, and run this again",
                found.name()
            ));
        }
        if !includes(&found.0, &changeable(run.wanted)) {
            return Decision::Change(format!("posts to {}", run.wanted.events_url()));
        }
        let all = self::taken(None).into_iter();
        let missing: Vec<&str> = all.filter(|field| !taken.contains(field)).collect();
        match missing.as_slice() {
            [] => Decision::exists(),
            missing => Decision::Exists(format!(
                "created by an older version, without {}: run --remove and then set up again to add them",
                missing.join(", ")
            )),
        }
    }

    /// `POST /integrations/actions`.
    fn body(&self, run: &SetupRun<'_>) -> Value {
        whole(run.wanted, run.observed.id(Resource::EventsIntegration))
    }

    fn changes(&self, known: &Object, run: &SetupRun<'_>) -> (Method, Value) {
        (Method::PATCH, with_version(changeable(run.wanted), known))
    }

    /// The answer may omit the contract, which has not changed.
    async fn finish(&self, run: &mut SetupRun<'_>, mut action: Object) -> anyhow::Result<Object> {
        let known = run.observed.object(Resource::EventsAction);
        if let Some(contract) = known.and_then(|known| known.0.get("contract")) {
            action.0["contract"] = contract.clone();
        }
        Ok(action)
    }
}

/// The fields that `PATCH /integrations/actions/{id}` can change.
fn changeable(wanted: &Wanted) -> Value {
    json!({
        "name": wanted.label,
        "category": wanted.label,
        "config": {
            "request": {
                "requestUrlTemplate": wanted.events_url(),
                "requestType": "POST",
                "headers": {
                    "content-type": "application/json",
                    "x-api-key": format!("${{credentials.{EVENTS_KEY}}}"),
                },
                // All inputs as JSON: any content is quoted correctly, and missing inputs are left
                // out.
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

/// The body of an action that the integration holds.
pub fn whole(wanted: &Wanted, integration: &str) -> Value {
    let mut body = changeable(wanted);
    body["integrationId"] = json!(integration);
    body["secure"] = json!(false);
    body["contract"] = contract();
    body
}

/// The inputs and outputs of the action.
fn contract() -> Value {
    let fields = [(TOPIC, "string")].into_iter().chain(FIELDS);
    let properties: Map<String, Value> =
        fields.map(|(field, kind)| (field.to_owned(), json!({ "type": kind }))).collect();
    let schema = "http://json-schema.org/draft-04/schema#";
    json!({
        "input": { "inputSchema": {
            "$schema": schema,
            "title": "Event",
            "type": "object",
            "required": NEEDED,
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
    })
}

/// The URL that an action posts to.
pub fn address(action: &Object) -> &str {
    action.text("/config/request/requestUrlTemplate")
}
