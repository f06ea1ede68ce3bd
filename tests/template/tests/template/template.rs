//! The template as it is deployed with given parameters: functions resolved, globals merged,
//! conditions applied.

use serde_json::{Map, Value};

use crate::known::{EVENT_SOURCE, MEDIA_RELAY, THROTTLE_ALARMS};
use crate::resolve::Scope;
use crate::yaml;

/// The root folder of the repository.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// SAM's resource type of a function.
pub const FUNCTION: &str = "AWS::Serverless::Function";

pub struct Template(Value);

impl Template {
    /// The whole template: with an event source, relayed files and every alarm, and the default for
    /// every other parameter.
    pub fn read() -> Self {
        Self::whole(&[])
    }

    /// The whole template, with some parameters given.
    pub fn whole(parameters: &[(&'static str, &str)]) -> Self {
        Self::with(&[&[EVENT_SOURCE, MEDIA_RELAY, THROTTLE_ALARMS], parameters].concat())
    }

    /// The template with these parameters given, and the default for every other.
    pub fn with(parameters: &[(&str, &str)]) -> Self {
        let source = Self::source();
        let scope = Scope::new(&source, parameters);
        let mut document = source.clone();
        document["Resources"] = resources(&source, &scope).into();
        document["Outputs"] = existing(&source["Outputs"], &scope).into();
        Self(document)
    }

    /// The template as written, before it is resolved.
    pub fn source() -> Value {
        yaml::read(&std::fs::read_to_string(format!("{ROOT}/template.yaml")).unwrap())
    }

    /// Changes one place of a resource, to see whether a check notices; an empty path means the
    /// resource itself.
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

    /// A resource; null if there is none.
    pub fn resource(&self, name: &str) -> &Value {
        &self.0["Resources"][name]
    }

    pub fn properties(&self, name: &str) -> &Value {
        &self.resource(name)["Properties"]
    }

    /// The properties of a function, by its name without the suffix `Function`.
    pub fn function(&self, name: &str) -> &Value {
        self.properties(&format!("{name}Function"))
    }

    /// The resources of a type, or of a service if the argument ends in `::`.
    pub fn of_type(&self, wanted: &str) -> Vec<(&str, &Value)> {
        let all = self.0["Resources"].as_object().unwrap().iter();
        let fits = |resource: &Value| {
            let of = resource["Type"].as_str().unwrap();
            of == wanted || (wanted.ends_with("::") && of.starts_with(wanted))
        };
        all.filter(|(_, resource)| fits(resource)).map(|(name, it)| (name.as_str(), it)).collect()
    }

    /// The resources and outputs as text.
    pub fn text(&self) -> String {
        format!("{}{}", self.0["Resources"], self.0["Outputs"])
    }

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

/// The texts of a list, or the single text in place of a list.
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

/// The resources or outputs without a condition, or with a condition that holds.
fn existing(all: &Value, scope: &Scope<'_>) -> Map<String, Value> {
    let wanted = |it: &Value| it["Condition"].as_str().is_none_or(|name| scope.holds(name));
    let all = all.as_object().unwrap().iter().filter(|(_, it)| wanted(it));
    all.map(|(name, it)| (name.clone(), scope.resolve(it).unwrap())).collect()
}

/// Merges globals as SAM does: maps key by key, lists one after the other, any other value replaced
/// by the function's own.
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
