//! The objects with which workflows post events to a bridge, as an administrator creates them.

use serde_json::json;

use super::ObjectKind::{DataAction, Integration, Trigger};
use crate::genesys::GenesysSimulator;

/// The topics that a bridge needs.
pub const EVENT_TOPICS: [&str; 5] =
    ["customer.end", "user.start", "user.end", "acd.start", "acd.end"];
const ACTION: &str = "To the bridge";

impl GenesysSimulator {
    /// Creates the objects by which all topics go to this address. They cause no posts: the option
    /// `deliver_events` does.
    pub fn add_workflows(&self, url: &str) {
        let integration = self.add_object(
            Integration,
            &json!({ "name": ACTION, "integrationType": { "id": "custom-rest-actions" },
                     "intendedState": "ENABLED", "reportedState": { "code": "ACTIVE" },
                     "config": { "current": { "version": 1 } } }),
        );
        let schema = json!({ "required": ["conversationId"],
                             "properties": { "topicName": {}, "conversationId": {} } });
        let request = json!({ "requestType": "POST", "requestUrlTemplate": url });
        self.add_object(
            DataAction,
            &json!({ "name": ACTION, "category": ACTION, "integrationId": integration,
                     "contract": { "input": { "inputSchema": schema } },
                     "config": { "request": request } }),
        );
        for topic in EVENT_TOPICS {
            // The text below is a valid flow.
            let workflow = self.publish_flow(&workflow_that_posts(topic, true)).unwrap_or_default();
            self.add_object(
                Trigger,
                &json!({ "name": topic,
                         "topicName": format!("v2.detail.events.conversation.{{id}}.{topic}"),
                         "enabled": true, "target": { "type": "Workflow", "id": workflow } }),
            );
        }
    }
}

/// The workflow of a topic, with or without its call.
pub fn workflow_that_posts(topic: &str, calls: bool) -> String {
    let call = format!(
        r#"[ {{ callData: {{ category: {{ {ACTION}: {{ dataAction: {{ {ACTION}: {{ inputs: {{
              topicName: {{ lit: {topic} }}, conversationId: {{ exp: Flow.conversationId }} }} }} }} }} }} }} }} ]"#
    );
    format!(
        r#"workflow:
  name: "post {topic}"
  startUpRef: "/workflow/states/state[start]"
  defaultLanguage: en-us
  variables: [ {{ stringVariable: {{ name: Flow.conversationId, isInput: true }} }} ]
  states: [ {{ state: {{ refId: start, actions: {} }} }} ]
"#,
        if calls { &call } else { "[]" }
    )
}
