//! The call of a workflow: the data action and its inputs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The source of an input's value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Filling {
    Literal(String),
    /// An input of the workflow.
    Variable(String),
}

/// A `callData` of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WorkflowCall {
    pub(super) category: String,
    pub(super) action: String,
    inputs: BTreeMap<String, Filling>,
    /// The workflow's own inputs, with their JSON types.
    variables: BTreeMap<String, String>,
}

impl WorkflowCall {
    /// Reads the first call of a workflow. `None` if it makes no call.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the call.
    pub(super) fn read(flow: &Value) -> Result<Option<Self>, String> {
        let Some(call) = find(flow, "callData") else { return Ok(None) };
        let (category, inside) = only(call.get("category"), "category")?;
        let (action, inside) = only(inside.get("dataAction"), "dataAction")?;
        let variables = variables(flow)?;
        let mut inputs = BTreeMap::new();
        for (name, value) in inside.get("inputs").and_then(Value::as_object).into_iter().flatten() {
            let filling = match (value.get("lit"), value.get("exp")) {
                (Some(Value::String(text)), None) => Filling::Literal(text.clone()),
                (None, Some(Value::String(expression))) => {
                    let variable = expression.strip_prefix("Flow.").unwrap_or_default();
                    if !variables.contains_key(variable) {
                        return Err(format!("The variable '{expression}' could not be found."));
                    }
                    Filling::Variable(variable.to_owned())
                }
                _ => return Err(format!("The input '{name}' has no value.")),
            };
            inputs.insert(name.clone(), filling);
        }
        Ok(Some(Self {
            category: category.to_owned(),
            action: action.to_owned(),
            inputs,
            variables,
        }))
    }

    /// The names of the inputs.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &str> {
        self.inputs.keys().map(String::as_str)
    }

    /// The input values for an event: the top-level primitives that have the type of the workflow's
    /// input of the same name.
    pub(super) fn fill(&self, event: &Value) -> Value {
        let value = |filling: &Filling| match filling {
            Filling::Literal(text) => Some(json!(text)),
            Filling::Variable(name) => {
                let fits = match self.variables.get(name)?.as_str() {
                    "string" => Value::is_string,
                    "integer" => Value::is_i64,
                    _ => Value::is_boolean,
                };
                event.get(name).filter(|value| fits(value)).cloned()
            }
        };
        let filled = self.inputs.iter();
        filled
            .filter_map(|(name, filling)| Some((name.clone(), value(filling)?)))
            .collect::<Map<_, _>>()
            .into()
    }
}

/// Reads `- stringVariable: { name: Flow.x, isInput: true }` and the other types.
fn variables(flow: &Value) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for variable in flow.get("variables").and_then(Value::as_array).into_iter().flatten() {
        let (kind, variable) = only(Some(variable), "variables")?;
        let kind = kind
            .strip_suffix("Variable")
            .filter(|kind| ["string", "integer", "boolean"].contains(kind));
        let name = variable
            .get("name")
            .and_then(Value::as_str)
            .and_then(|name| name.strip_prefix("Flow."));
        let (Some(kind), Some(name)) = (kind, name) else {
            return Err("A variable has no known type or no name.".to_owned());
        };
        if variable.get("isInput") == Some(&json!(true)) {
            found.insert(name.to_owned(), kind.to_owned());
        }
    }
    Ok(found)
}

fn only<'a>(value: Option<&'a Value>, key: &str) -> Result<(&'a str, &'a Value), String> {
    let entry = value.and_then(Value::as_object).filter(|fields| fields.len() == 1);
    let entry = entry.and_then(|fields| fields.iter().next());
    entry
        .map(|(name, inside)| (name.as_str(), inside))
        .ok_or_else(|| format!("'{key}' should name one thing."))
}

fn find<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => {
            fields.get(key).or_else(|| fields.values().find_map(|inner| find(inner, key)))
        }
        Value::Array(items) => items.iter().find_map(|inner| find(inner, key)),
        _ => None,
    }
}
