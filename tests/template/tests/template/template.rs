//! The template as it is deployed with given parameters: functions worked out, globals spread, conditions applied.

use serde_json::{Map, Value};

use crate::known::{EVENT_SOURCE, MEDIA_RELAY};
use crate::resolve::Scope;
use crate::yaml;

/// The repository.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// What SAM calls a function.
pub const FUNCTION: &str = "AWS::Serverless::Function";

/// A template.
pub struct Template(Value);

impl Template {
    /// With everything in it: an event source is given, files are relayed, and every other parameter has its default.
    pub fn read() -> Self {
        Self::whole(&[])
    }

    /// The same, with some parameters given.
    pub fn whole(parameters: &[(&'static str, &str)]) -> Self {
        Self::with(&[&[EVENT_SOURCE, MEDIA_RELAY], parameters].concat())
    }

    /// With these parameters given, and every other at its default.
    pub fn with(parameters: &[(&str, &str)]) -> Self {
        let source = Self::source();
        let scope = Scope::new(&source, parameters);
        let mut document = source.clone();
        document["Resources"] = resources(&source, &scope).into();
        document["Outputs"] = existing(&source["Outputs"], &scope).into();
        Self(document)
    }

    /// As it is written.
    pub fn source() -> Value {
        yaml::read(&std::fs::read_to_string(format!("{ROOT}/template.yaml")).unwrap())
    }

    /// Changes one place of a resource, to see whether a check notices; an empty path is the resource.
    pub fn change(mut self, resource: &str, path: &str, change: impl FnOnce(&mut Value)) -> Self {
        let pointer = format!("/Resources/{resource}{path}");
        change(self.0.pointer_mut(&pointer).unwrap_or_else(|| panic!("nothing at {pointer}")));
        self
    }

    /// Adds a resource, to see whether a check notices.
    pub fn add(mut self, name: &str, resource: Value) -> Self {
        self.0["Resources"][name] = resource;
        self
    }

    /// A resource; null when there is none.
    pub fn resource(&self, name: &str) -> &Value {
        &self.0["Resources"][name]
    }

    /// What a resource is made of.
    pub fn properties(&self, name: &str) -> &Value {
        &self.resource(name)["Properties"]
    }

    /// What a function is made of, by its name without the word.
    pub fn function(&self, name: &str) -> &Value {
        self.properties(&format!("{name}Function"))
    }

    /// The resources of a type, or of a service when it ends in `::`.
    pub fn of_type(&self, wanted: &str) -> Vec<(&str, &Value)> {
        let all = self.0["Resources"].as_object().unwrap().iter();
        let fits = |resource: &Value| {
            let of = resource["Type"].as_str().unwrap();
            of == wanted || (wanted.ends_with("::") && of.starts_with(wanted))
        };
        all.filter(|(_, resource)| fits(resource)).map(|(name, it)| (name.as_str(), it)).collect()
    }

    /// All of it, as text.
    pub fn text(&self) -> String {
        format!("{}{}", self.0["Resources"], self.0["Outputs"])
    }

    /// The outputs' values.
    pub fn outputs(&self) -> Vec<(&str, &Value)> {
        let outputs = self.0["Outputs"].as_object().unwrap();
        outputs.iter().map(|(name, output)| (name.as_str(), &output["Value"])).collect()
    }
}

/// The name inside `${Name}` or `${Name.Attribute}`.
pub fn referred(value: &Value) -> Option<&str> {
    let inner = value.as_str()?.strip_prefix("${")?.strip_suffix('}')?;
    inner.split('.').next()
}

/// The texts of a list, or the one text that stands for a list of one.
pub fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => value.as_str().into_iter().collect(),
    }
}

fn resources(source: &Value, scope: &Scope<'_>) -> Map<String, Value> {
    let globals = scope.resolve(&source["Globals"]["Function"]).unwrap();
    let mut resources = existing(&source["Resources"], scope);
    for (_, resource) in resources.iter_mut().filter(|(_, it)| it["Type"] == FUNCTION) {
        resource["Properties"] = merged(&globals, &resource["Properties"]);
    }
    resources
}

/// Those resources or outputs that have no condition, or one that holds.
fn existing(all: &Value, scope: &Scope<'_>) -> Map<String, Value> {
    let wanted = |it: &Value| it["Condition"].as_str().is_none_or(|name| scope.holds(name));
    let all = all.as_object().unwrap().iter().filter(|(_, it)| wanted(it));
    all.map(|(name, it)| (name.clone(), scope.resolve(it).unwrap())).collect()
}

/// As SAM merges globals: maps key by key, lists one behind the other, anything else by the function's own.
fn merged(global: &Value, own: &Value) -> Value {
    match (global, own) {
        (Value::Object(global), Value::Object(own)) => {
            let mut map = global.clone();
            for (key, value) in own {
                let value =
                    map.get(key).map_or_else(|| value.clone(), |other| merged(other, value));
                map.insert(key.clone(), value);
            }
            map.into()
        }
        (Value::Array(global), Value::Array(own)) => global.iter().chain(own).cloned().collect(),
        _ => own.clone(),
    }
}
