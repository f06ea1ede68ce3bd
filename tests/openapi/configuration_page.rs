//! `docs/configuration.md`: the program accepts its example, and its reference is what `bridge
//! config schema` prints.

use std::process::Command;

use serde_json::Value;

use crate::pages::assert_generated;

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md"));

fn bridge(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_bridge")).args(arguments).output().expect("the program")
}

/// The allowed values of a schema, in words.
fn kind(schema: &Value) -> String {
    if let Some(ways) = schema["anyOf"].as_array() {
        let ways = ways.iter().filter(|way| way["type"] != "null" && way["$ref"].is_null());
        return ways.map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> =
            words.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect();
        return words.join(", ");
    }
    if schema["oneOf"].is_array() {
        return "object with a `type`".to_owned();
    }
    if schema["type"].is_array() {
        return "JSON".to_owned();
    }
    match schema["type"].as_str().expect("a type") {
        "array" => format!("list of: {}", kind(&schema["items"])),
        "boolean" => "`true`, `false`".to_owned(),
        "integer" => match schema["maximum"].as_u64().expect("a maximum") {
            most if most == u64::from(u32::MAX) => {
                format!("whole number from {}", schema["minimum"])
            }
            most => format!("whole number, {} to {most}", schema["minimum"]),
        },
        "string" => text(schema),
        other => other.to_owned(),
    }
}

/// The allowed texts of a schema, in words.
fn text(schema: &Value) -> String {
    let what = if schema["writeOnly"] == true { "secret" } else { "text" };
    match (&schema["format"], schema["minLength"].as_u64()) {
        (Value::String(format), _) if format == "uri" => "URL".to_owned(),
        (_, Some(least)) if least > 1 => format!("{what} of at least {least} characters"),
        _ => what.to_owned(),
    }
}

/// Adds a row for each key of an object, and for the keys inside its values.
fn rows(path: &str, object: &Value, rows: &mut String) {
    let required = |key: &str| {
        object["required"].as_array().is_some_and(|keys| keys.iter().any(|name| name == key))
    };
    for (key, schema) in object["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{key}");
        if let Some(about) = schema["description"].as_str() {
            let default = match &schema["default"] {
                _ if required(key) => "required".to_owned(),
                default => format!("`{default}`"),
            };
            rows.push_str(&format!("| `{path}` | {} | {default} | {about} |\n", kind(schema)));
        }
        inside(&path, schema, rows);
    }
}

/// Adds the rows of the keys inside a value.
fn inside(path: &str, schema: &Value, text: &mut String) {
    rows(&format!("{path}."), schema, text);
    if schema["items"].is_object() {
        inside(&format!("{path}[]"), &schema["items"], text);
    }
    if schema["additionalProperties"].is_object() {
        inside(&format!("{path}.{{type}}"), &schema["additionalProperties"], text);
    }
    for way in schema["anyOf"].as_array().into_iter().flatten() {
        inside(path, way, text);
    }
    for way in schema["oneOf"].as_array().into_iter().flatten() {
        let name = way["properties"]["type"]["const"].as_str().expect("a type");
        text.push_str(&format!("| `{path}.type` = `\"{name}\"` | | | |\n"));
        rows(&format!("{path}."), way, text);
    }
}

#[test]
fn the_example_of_the_page_holds() {
    let shown = PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let shown: Vec<&str> = shown.filter(|text| text.contains("\"integrations\"")).collect();
    assert_eq!(shown.len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bridge.json");
    std::fs::write(&file, shown[0]).unwrap();
    let output = bridge(&["config", "check", file.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_keys_of_the_page_are_generated() {
    let schema: Value = serde_json::from_slice(&bridge(&["config", "schema"]).stdout).unwrap();
    let mut table = String::new();
    rows("", &schema, &mut table);
    let table = table.replace("`integrations[].", "`").replace("| `` |", "");
    let head = "\nA key of an integration is written without `integrations[].` before it.\n\n\
        | key | holds | default | meaning |\n|---|---|---|---|\n";
    assert_generated("docs/configuration.md", "configuration keys", &format!("{head}{table}\n"));
}
