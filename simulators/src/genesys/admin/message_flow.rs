//! An inbound message flow as the simulator runs it: the actions of its first state, which read
//! attributes, decide, transfer and disconnect.
//!
//! Other actions do nothing. Sources of the form: GenesysCloudBlueprints,
//! `switch-voice-to-web-messaging` and `web-messaging-triage-bot-blueprint`.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::flow_expression::Expression;

/// The attributes of a conversation, by name.
pub(in crate::genesys) type Attributes = BTreeMap<String, String>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MessageFlow {
    actions: Vec<Action>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// Reads attributes, each into a variable.
    Read(Vec<(String, String)>),
    Decide {
        condition: Expression,
        yes: Vec<Self>,
        no: Vec<Self>,
    },
    /// Transfers to the queue of this name.
    Transfer(String),
    Disconnect,
}

impl MessageFlow {
    /// A flow that transfers everybody to one queue.
    pub(super) fn to_queue(name: &str) -> Self {
        Self { actions: vec![Action::Transfer(name.to_owned())] }
    }

    /// Reads the actions of the state with which a flow starts.
    ///
    /// # Errors
    ///
    /// Says what Architect would refuse.
    pub(super) fn read(flow: &Value, start: &Value) -> Result<Self, String> {
        let mut variables = Vec::new();
        for variables_of in [flow, start] {
            let list = variables_of.get("variables").and_then(Value::as_array);
            let kinds = list.into_iter().flatten().filter_map(Value::as_object);
            let names = kinds.flat_map(|kind| kind.values()).filter_map(|one| one.get("name"));
            variables.extend(names.filter_map(Value::as_str));
        }
        Ok(Self { actions: read_actions(start, &variables)? })
    }

    /// The names of all queues to which the flow may transfer, each once.
    pub(super) fn queues(&self) -> Vec<&str> {
        let mut queues = Vec::new();
        collect(&self.actions, &mut queues);
        queues
    }

    /// The name of the queue to which the flow transfers a conversation.
    pub(super) fn queue_for(&self, attributes: &Attributes) -> Option<&str> {
        let mut variables = HashMap::new();
        match run(&self.actions, attributes, &mut variables)? {
            Action::Transfer(queue) => Some(queue),
            _ => None,
        }
    }
}

fn read_actions(holder: &Value, variables: &[&str]) -> Result<Vec<Action>, String> {
    let actions = holder.get("actions").and_then(Value::as_array).into_iter().flatten();
    let mut read = Vec::new();
    for (word, body) in actions.filter_map(Value::as_object).flatten() {
        match word.as_str() {
            "getParticipantData" => read.push(read_data(body, variables)?),
            "decision" => read.push(read_decision(body, variables)?),
            "transferToAcd" => {
                let queue = body.pointer("/targetQueue/lit/name").and_then(Value::as_str);
                read.extend(queue.map(|queue| Action::Transfer(queue.to_owned())));
            }
            "disconnect" => read.push(Action::Disconnect),
            _ => {}
        }
    }
    Ok(read)
}

fn read_data(body: &Value, variables: &[&str]) -> Result<Action, String> {
    let attributes = body.get("attributes").and_then(Value::as_array).into_iter().flatten();
    let mut read = Vec::new();
    for attribute in attributes {
        let text = |at: &str| {
            let found = attribute.pointer(at).and_then(Value::as_str);
            let found = found.filter(|text| !text.is_empty());
            found.ok_or_else(|| format!("'getParticipantData' has no '{at}'."))
        };
        let (name, variable) = (text("/attribute/name/lit")?, text("/attribute/variable")?);
        check_variable(variable, variables)?;
        read.push((name.to_owned(), variable.to_owned()));
    }
    Ok(Action::Read(read))
}

fn read_decision(body: &Value, variables: &[&str]) -> Result<Action, String> {
    let text = body.pointer("/condition/exp").and_then(Value::as_str);
    let condition = Expression::read(text.ok_or("A decision has no condition.")?)?;
    for variable in condition.variables() {
        check_variable(variable, variables)?;
    }
    let output = |word: &str| match body.pointer(&format!("/outputs/{word}")) {
        Some(output) => read_actions(output, variables),
        None => Ok(Vec::new()),
    };
    Ok(Action::Decide { condition, yes: output("yes")?, no: output("no")? })
}

fn check_variable(name: &str, known: &[&str]) -> Result<(), String> {
    match known.contains(&name) {
        true => Ok(()),
        false => Err(format!("The variable '{name}' could not be found.")),
    }
}

fn collect<'a>(actions: &'a [Action], queues: &mut Vec<&'a str>) {
    for action in actions {
        match action {
            Action::Transfer(queue) if !queues.contains(&queue.as_str()) => queues.push(queue),
            Action::Decide { yes, no, .. } => {
                collect(yes, queues);
                collect(no, queues);
            }
            _ => {}
        }
    }
}

/// The action that ends the flow; `None` if no action does.
fn run<'a>(
    actions: &'a [Action],
    attributes: &Attributes,
    variables: &mut HashMap<String, String>,
) -> Option<&'a Action> {
    for action in actions {
        match action {
            Action::Read(read) => {
                for (name, variable) in read {
                    match attributes.get(name) {
                        Some(value) => variables.insert(variable.clone(), value.clone()),
                        None => variables.remove(variable),
                    };
                }
            }
            Action::Decide { condition, yes, no } => {
                let output = if condition.is_true(variables) { yes } else { no };
                if let Some(end) = run(output, attributes, variables) {
                    return Some(end);
                }
            }
            Action::Transfer(_) | Action::Disconnect => return Some(action),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = r#"
variables:
  - stringVariable: { name: Flow.topic }
  - stringVariable: { name: Flow.vip }
actions:
  - getParticipantData:
      attributes:
        - attribute: { name: { lit: topic }, variable: Flow.topic }
        - attribute: { name: { lit: vip }, variable: Flow.vip }
  - decision:
      condition: { exp: "If(IsNotSetOrEmpty(Flow.topic), false, Lower(Flow.topic) == \"billing\")" }
      outputs:
        "yes":
          actions:
            - transferToAcd: { targetQueue: { lit: { name: Billing } } }
  - decision:
      condition: { exp: "If(IsNotSetOrEmpty(Flow.vip), false, If(Lower(Flow.vip) == \"false\", false, true))" }
      outputs:
        "yes":
          actions:
            - transferToAcd: { targetQueue: { lit: { name: Priority } } }
  - transferToAcd: { targetQueue: { lit: { name: Agents } } }
  - disconnect: {}
"#;

    fn read(yaml: &str) -> Result<MessageFlow, String> {
        let flow: Value = serde_saphyr::from_str(yaml).expect("YAML");
        MessageFlow::read(&Value::Null, &flow)
    }

    #[test]
    fn the_first_branch_that_fits_decides() {
        let flow = read(FLOW).expect("a flow");
        assert_eq!(flow.queues(), ["Billing", "Priority", "Agents"]);
        for (attributes, queue) in [
            (&[][..], "Agents"),
            (&[("topic", "BILLING")], "Billing"),
            (&[("topic", "sales")], "Agents"),
            (&[("Topic", "billing")], "Agents"),
            (&[("vip", "yes")], "Priority"),
            (&[("vip", "False")], "Agents"),
            (&[("vip", "")], "Agents"),
            (&[("topic", "billing"), ("vip", "true")], "Billing"),
        ] {
            let text = |text: &&str| (*text).to_owned();
            let attributes = attributes.iter().map(|(name, value)| (text(name), text(value)));
            let attributes: Attributes = attributes.collect();
            assert_eq!(flow.queue_for(&attributes), Some(queue), "{attributes:?}");
        }
    }

    #[test]
    fn a_flow_that_architect_would_refuse_is_refused() {
        for (from, to, word) in [
            ("name: Flow.vip }", "name: Flow.other }", "'Flow.vip' could not be found"),
            ("IsNotSetOrEmpty(Flow.vip)", "IsNothing(Flow.vip)", "IsNothing"),
            ("IsNotSetOrEmpty(Flow.vip)", "IsNotSetOrEmpty(Flow.vip == ", "cannot continue"),
            ("{ lit: topic }", "{ lit: '' }", "getParticipantData"),
        ] {
            assert!(FLOW.contains(from), "{from}");
            let error = read(&FLOW.replace(from, to)).expect_err("a wrong flow");
            assert!(error.contains(word), "{error}");
        }
    }
}
