//! Generates the JSON Schema of a configuration file from the table.

use serde_json::{Map, Value, json};

use super::{Default, Form, Key, Kind, table};

/// A domain of at least two labels, as the check accepts it.
const DOMAIN: &str =
    r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$";

/// The schema, in version 2020-12.
pub fn schema() -> Value {
    let mut schema = object(table::FILE);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("Configuration of the Lynn to Genesys Cloud bridge");
    schema["$defs"] = json!({ "elsewhere": {
        "description": "A text that is not in the file: the value of an environment variable, or the content of a file. The path counts from the configuration's folder; one line feed at its end is dropped.",
        "oneOf": [
            { "type": "object", "properties": { "env": { "type": "string" } }, "required": ["env"], "additionalProperties": false },
            { "type": "object", "properties": { "file": { "type": "string" } }, "required": ["file"], "additionalProperties": false }
        ] } });
    schema
}

fn object(keys: &[Key]) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let required: Vec<&str> = keys
        .iter()
        .filter(|key| matches!(key.default, Default::Required))
        .map(|key| key.name)
        .collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = kind(&key.kind);
    if matches!(key.default, Default::Null | Default::NullOr(_)) {
        schema = json!({ "anyOf": [schema, { "type": "null" }] });
    }
    let default = match key.default {
        Default::Required => None,
        Default::Null => Some(Value::Null),
        // The texts in the table are valid JSON; a test parses all of them.
        Default::Json(text) | Default::NullOr(text) => serde_json::from_str(text).ok(),
    };
    schema["description"] = json!(key.about);
    if let Some(default) = default {
        schema["default"] = default;
    }
    schema
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Object(keys) => object(keys),
        Kind::Tagged(kinds) => {
            let one = |(name, keys): &(&str, &'static [Key])| {
                let mut schema = object(keys);
                schema["properties"]["type"] = json!({ "const": name });
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                let required: Vec<Value> = [json!("type")].into_iter().chain(required).collect();
                schema["required"] = json!(required);
                schema
            };
            json!({ "oneOf": kinds.iter().map(one).collect::<Vec<_>>() })
        }
        Kind::List(of, _) => json!({ "type": "array", "items": self::kind(of), "minItems": 1 }),
        Kind::AnyList(of) => json!({ "type": "array", "items": self::kind(of) }),
        Kind::Entries(names, of) => json!({
            "type": "object", "propertyNames": { "enum": names }, "additionalProperties": self::kind(of) }),
        Kind::Headers => json!({
            "type": "object", "additionalProperties": text(form_of(Form::Template)) }),
        Kind::Template => {
            json!({ "type": ["object", "array", "string", "number", "boolean", "null"] })
        }
        Kind::Text(form) => text(form_of(*form)),
        Kind::NumberOrText => {
            let mut schema = text(json!({ "type": "string", "minLength": 1 }));
            if let Some(ways) = schema["anyOf"].as_array_mut() {
                ways.insert(0, json!({ "type": "number" }));
            }
            schema
        }
        Kind::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Choice(words) => text(json!({ "enum": words })),
    }
}

/// A text, or a reference to an environment variable or a file.
fn text(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "$ref": "#/$defs/elsewhere" }] })
}

fn form_of(form: Form) -> Value {
    let mut schema = json!({ "type": "string" });
    match form {
        Form::Name => schema["pattern"] = json!("^[A-Za-z0-9_-]{1,64}$"),
        Form::Domain => schema["pattern"] = json!(DOMAIN),
        Form::Url | Form::BaseUrl => schema["format"] = json!("uri"),
        Form::Username | Form::Template | Form::Secret(0) => {}
        Form::Secret(least) => schema["minLength"] = json!(least),
        _ => schema["minLength"] = json!(1),
    }
    // Editors hide values with `writeOnly`.
    if form.is_secret() {
        schema["writeOnly"] = json!(true);
    }
    schema
}
