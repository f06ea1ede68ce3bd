//! Finds the schemas and properties that a value uses, and its keys that no schema describes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::Document;

/// A schema and its name: the component's name, or the place below a component.
type Named<'a> = (String, &'a Value);

/// The schemas and keys that values have used so far.
pub struct Walk<'a> {
    document: &'a Document,
    /// Components by name, properties as `name.property`.
    pub used: BTreeSet<String>,
    /// Keys that no schema describes.
    pub undescribed: Vec<String>,
}

impl<'a> Walk<'a> {
    pub fn new(document: &'a Document) -> Self {
        Self { document, used: BTreeSet::new(), undescribed: Vec::new() }
    }

    /// Walks through a value that fits the schema.
    pub fn through(&mut self, schema: &'a Value, value: &Value) {
        self.step(vec![(String::new(), schema)], value, "");
    }

    fn step(&mut self, schemas: Vec<Named<'a>>, value: &Value, place: &str) {
        if value.is_null() {
            return;
        }
        let mut applied = Vec::new();
        for (name, schema) in schemas {
            self.apply(name, schema, value, &mut applied);
        }
        self.used.extend(applied.iter().map(|(name, _)| name.clone()));
        match value {
            Value::Object(object) => {
                let described = applied.iter().any(|(_, schema)| schema["properties"].is_object());
                for (key, value) in object.iter().filter(|_| described) {
                    let below = |(name, schema): &Named<'a>| {
                        Some((format!("{name}.{key}"), schema["properties"].get(key)?))
                    };
                    let below: Vec<Named<'a>> = applied.iter().filter_map(below).collect();
                    let place = format!("{place}/{key}");
                    if below.is_empty() {
                        self.undescribed.push(place.clone());
                    }
                    self.used.extend(below.iter().map(|(name, _)| name.clone()));
                    self.step(below, value, &place);
                }
            }
            Value::Array(elements) => {
                let items: Vec<Named<'a>> = applied
                    .iter()
                    .filter_map(|(name, schema)| Some((name.clone(), schema.get("items")?)))
                    .collect();
                for element in elements {
                    self.step(items.clone(), element, place);
                }
            }
            _ => {}
        }
    }

    /// Adds the schema itself and every schema that it applies to the same value.
    fn apply(&self, name: String, schema: &'a Value, value: &Value, applied: &mut Vec<Named<'a>>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let component = reference.rsplit('/').next().unwrap().to_owned();
            return self.apply(component, self.document.resolve(schema), value, applied);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.apply(name.clone(), part, value, applied);
        }
        for key in ["oneOf", "anyOf"] {
            let fitting = schema[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|part| self.document.fits(part, value));
            for part in fitting {
                self.apply(name.clone(), part, value, applied);
            }
        }
        applied.push((name, schema));
    }
}

/// Every component and every property in the document.
pub fn everything(document: &Document) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (name, schema) in document.component("schemas") {
        all.insert(name.clone());
        collect(name, schema, &mut all);
    }
    all
}

fn collect(name: &str, schema: &Value, all: &mut BTreeSet<String>) {
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let name = format!("{name}.{key}");
        collect(&name, property, all);
        all.insert(name);
    }
    let parts =
        ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    for part in parts.chain(schema.get("items")) {
        collect(name, part, all);
    }
}
