//! A flow in the YAML of Architect: its type, its name, and what it does.

use serde_json::Value;

use super::message_flow::MessageFlow;
use super::workflow_call::WorkflowCall;

/// The root key of each type of flow, and the API's name of the type.
const ROOTS: [(&str, &str); 2] =
    [("inboundShortMessage", "inboundshortmessage"), ("workflow", "workflow")];

/// The fields of a flow that the simulator uses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FlowSource {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) description: String,
    /// The steps of a flow for messages; none for a workflow.
    pub(super) messages: MessageFlow,
    /// The call of a workflow; `None` when it makes no call.
    pub(super) call: Option<WorkflowCall>,
}

impl FlowSource {
    /// Reads a flow.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the flow.
    pub(super) fn read(source: &str) -> Result<Self, String> {
        let root: Value = serde_saphyr::from_str(source)
            .map_err(|_| "The source of the flow is not valid YAML.".to_owned())?;
        let (word, kind) = ROOTS
            .into_iter()
            .find(|(word, _)| root.get(word).is_some())
            .ok_or("The flow is of no known type.")?;
        let flow = root.get(word).unwrap_or(&Value::Null);
        let name = required(flow, "name")?;
        let description = flow.get("description").and_then(Value::as_str).unwrap_or_default();
        let start = required(flow, "startUpRef")?;
        required(flow, "defaultLanguage")?;
        let messages = MessageFlow::read(flow, find_start(flow, word, start)?)?;
        let (name, description) = (name.to_owned(), description.to_owned());
        let call = WorkflowCall::read(flow)?;
        Ok(Self { kind, name, description, messages, call })
    }
}

fn required<'a>(flow: &'a Value, key: &str) -> Result<&'a str, String> {
    let text = flow.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| format!("The flow has no '{key}'."))
}

/// `/<root>/states/state[<refId>]`, or the same with tasks, must name an existing item.
fn find_start<'a>(flow: &'a Value, root: &str, start: &str) -> Result<&'a Value, String> {
    let leads = || {
        let (list, rest) = start.strip_prefix(&format!("/{root}/"))?.split_once('/')?;
        let item = list.strip_suffix('s')?;
        let wanted = rest.strip_prefix(item)?.strip_prefix('[')?.strip_suffix(']')?;
        let mut items = flow.get(list)?.as_array()?.iter().filter_map(|known| known.get(item));
        items.find(|known| known.get("refId").and_then(Value::as_str) == Some(wanted))
    };
    leads().ok_or_else(|| format!("'startUpRef' leads nowhere: {start}"))
}

#[cfg(test)]
mod tests {
    use super::{FlowSource, MessageFlow};

    const GOOD: &str = r#"
inboundShortMessage:
  name: "lynn: to agents"
  description: Hands over.
  division: Home
  startUpRef: "/inboundShortMessage/states/state[start_10]"
  defaultLanguage: en-us
  states:
    - state:
        name: Start
        refId: start_10
        actions:
          - transferToAcd:
              name: To agents
              targetQueue:
                lit: { name: "Lynn" }
"#;

    #[test]
    fn a_flow_names_its_queue() {
        let flow = FlowSource::read(GOOD).expect("a flow");
        let expected = FlowSource {
            kind: "inboundshortmessage",
            name: "lynn: to agents".to_owned(),
            description: "Hands over.".to_owned(),
            messages: MessageFlow::to_queue("Lynn"),
            call: None,
        };
        assert_eq!(flow, expected);
    }

    const WORKFLOW: &str = r#"
workflow:
  name: events
  startUpRef: "/workflow/states/state[start_10]"
  defaultLanguage: en-us
  variables:
    - stringVariable: { name: Flow.conversationId, isInput: true }
    - integerVariable: { name: Flow.eventTime, isInput: true }
  states:
    - state:
        refId: start_10
        actions:
          - callData:
              category:
                To the bridge:
                  dataAction:
                    Post:
                      inputs:
                        topicName: { lit: customer.end }
                        conversationId: { exp: Flow.conversationId }
                        eventTime: { exp: Flow.eventTime }
"#;

    #[test]
    fn a_workflow_hands_on_what_has_its_type() {
        let flow = FlowSource::read(WORKFLOW).expect("a workflow");
        let call = flow.call.expect("a call");
        assert_eq!((call.category.as_str(), call.action.as_str()), ("To the bridge", "Post"));
        let event = serde_json::json!({ "conversationId": "c-1", "eventTime": "late", "other": 1 });
        let expected = serde_json::json!({ "topicName": "customer.end", "conversationId": "c-1" });
        assert_eq!(call.fill(&event), expected);
        let unknown = WORKFLOW.replace("exp: Flow.eventTime", "exp: Flow.other");
        let error = FlowSource::read(&unknown).expect_err("no such variable");
        assert!(error.contains("Flow.other"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (from, to, word) in [
            ("  name: \"lynn: to agents\"", "  name: lynn: to agents", "YAML"),
            ("  name: \"lynn: to agents\"\n", "", "'name'"),
            ("state[start_10]", "state[start_11]", "startUpRef"),
            ("/inboundShortMessage/states", "/workflow/states", "startUpRef"),
            ("  defaultLanguage: en-us\n", "", "defaultLanguage"),
            ("inboundShortMessage:\n", "inboundCall:\n", "no known type"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = FlowSource::read(&GOOD.replace(from, to)).expect_err("not a flow");
            assert!(error.contains(word), "{error}");
        }
    }
}
