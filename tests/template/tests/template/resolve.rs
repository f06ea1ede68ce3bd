//! Resolves a template for given parameters, as CloudFormation does.
//!
//! A value that exists only after a deployment stays a name: `!GetAtt Table.Arn` becomes the text
//! `${Table.Arn}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The values of parameters, and the conditions.
pub struct Scope<'a> {
    parameters: BTreeMap<&'a str, Value>,
    conditions: &'a Value,
}

impl<'a> Scope<'a> {
    /// The defaults of a template, with the given parameters in their place.
    pub fn new(template: &'a Value, given: &[(&'a str, &str)]) -> Self {
        let mut parameters = BTreeMap::new();
        for (name, parameter) in template["Parameters"].as_object().unwrap() {
            parameters.insert(name.as_str(), value_of(parameter, parameter["Default"].clone()));
        }
        for (name, value) in given {
            let value = value_of(&template["Parameters"][*name], Value::from(*value));
            let known = parameters.insert(name, value).is_some();
            assert!(known, "no parameter {name}");
        }
        Self { parameters, conditions: &template["Conditions"] }
    }

    /// The resolved value; `None` for `AWS::NoValue`, which removes its field.
    pub fn resolve(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Object(map) => match function(map) {
                Some((name, argument)) => self.call(name, argument),
                None => Some(Value::Object(self.entries(map))),
            },
            Value::Array(list) => Some(list.iter().filter_map(|item| self.resolve(item)).collect()),
            _ => Some(value.clone()),
        }
    }

    /// Whether a named condition holds.
    pub fn holds(&self, condition: &str) -> bool {
        let condition = &self.conditions[condition];
        assert!(!condition.is_null(), "an unknown condition is asked for");
        self.is_true(condition)
    }

    fn entries(&self, map: &Map<String, Value>) -> Map<String, Value> {
        map.iter().filter_map(|(key, value)| Some((key.clone(), self.resolve(value)?))).collect()
    }

    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        match name {
            "Ref" => self.reference(argument.as_str().unwrap()),
            "Fn::GetAtt" => Some(format!("${{{}}}", argument.as_str().unwrap()).into()),
            "Fn::If" => {
                let chosen = if self.holds(argument[0].as_str().unwrap()) { 1 } else { 2 };
                self.resolve(&argument[chosen])
            }
            "Fn::Sub" => Some(self.substitute(argument).into()),
            "Fn::Join" => {
                let parts = self.resolve(&argument[1]).unwrap();
                let parts: Vec<_> =
                    parts.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
                Some(parts.join(argument[0].as_str().unwrap()).into())
            }
            "Fn::Split" => {
                let text = self.resolve(&argument[1]).unwrap();
                let by = argument[0].as_str().unwrap();
                Some(text.as_str().unwrap().split(by).collect())
            }
            "Fn::Select" => {
                let place = usize::try_from(argument[0].as_u64().unwrap()).unwrap();
                Some(self.resolve(&argument[1]).unwrap()[place].clone())
            }
            _ => panic!("the tests do not know {name}"),
        }
    }

    fn reference(&self, name: &str) -> Option<Value> {
        if name == "AWS::NoValue" {
            return None;
        }
        Some(self.parameters.get(name).cloned().unwrap_or_else(|| format!("${{{name}}}").into()))
    }

    fn substitute(&self, argument: &Value) -> String {
        let text = argument.as_str().or_else(|| argument[0].as_str()).unwrap();
        let mut names = self.parameters.clone();
        let own = argument.get(1).and_then(Value::as_object);
        for (name, value) in own.into_iter().flatten() {
            names.insert(name, self.resolve(value).unwrap());
        }
        names.iter().fold(text.to_owned(), |text, (name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.replace(&format!("${{{name}}}"), &value)
        })
    }

    /// Whether a condition holds.
    pub fn is_true(&self, condition: &Value) -> bool {
        let (name, argument) = condition.as_object().unwrap().iter().next().unwrap();
        match name.as_str() {
            "Fn::Not" => !self.is_true(&argument[0]),
            "Fn::And" => argument.as_array().unwrap().iter().all(|it| self.is_true(it)),
            "Fn::Or" => argument.as_array().unwrap().iter().any(|it| self.is_true(it)),
            "Condition" => self.holds(argument.as_str().unwrap()),
            "Fn::Equals" => self.resolve(&argument[0]) == self.resolve(&argument[1]),
            _ => panic!("the tests do not know the condition {name}"),
        }
    }
}

/// The value of a parameter given as text: a list is separated by commas.
fn value_of(parameter: &Value, value: Value) -> Value {
    match value.as_str() {
        Some(list) if parameter["Type"] == "CommaDelimitedList" => {
            list.split(',').map(str::trim).collect()
        }
        _ => value,
    }
}

/// The function that a map with one entry calls.
fn function(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}
