//! Makes the collection from the document.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::document::{Document, Example, Operation};

/// The format, as Postman names it:
/// <https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html>.
pub const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
/// The key of `bridge local`, so that the collection can be tried at once.
const LOCAL_KEY: &str = "local-key";
const DESCRIPTION: &str = "The requests of Lynn to the bridge, generated from openapi.yaml. Set the \
    variables `bridgeUrl`, `integration` and `apiKey`; their values here are those of `bridge local`.";

/// The collection of all operations that Lynn calls.
pub fn of(document: &Document) -> Value {
    let operations = document.operations().into_iter().filter(|it| is_for_lynn(*it));
    let operations: Vec<Operation<'_>> = operations.collect();
    let items: Vec<Value> = operations.iter().map(|it| item(document, *it)).collect();
    json!({
        "info": {
            "name": "Lynn – Genesys Cloud bridge",
            "description": DESCRIPTION,
            "schema": SCHEMA,
        },
        "item": items,
        "variable": variables(document, &operations),
    })
}

/// Whether a flow calls the operation. `x-postman` of the operation decides otherwise.
fn is_for_lynn(operation: Operation<'_>) -> bool {
    let by_path = operation.path.starts_with("/lynn/") || operation.path == "/health";
    operation.object["x-postman"].as_bool().unwrap_or(by_path)
}

/// The variables of the collection: where and who, and each parameter of a path by its example.
fn variables(document: &Document, operations: &[Operation<'_>]) -> Vec<Value> {
    let mut values: Map<String, Value> = Map::new();
    values.insert("bridgeUrl".to_owned(), document.server().into());
    values.insert("apiKey".to_owned(), LOCAL_KEY.into());
    for operation in operations {
        for parameter in parameters(document, *operation, "path") {
            values.entry(text(&parameter["name"])).or_insert(text(&parameter["example"]).into());
        }
    }
    values.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

fn parameters<'a>(
    document: &'a Document,
    operation: Operation<'_>,
    place: &str,
) -> impl Iterator<Item = &'a Value> {
    document.parameters_of(operation).into_iter().filter(move |it| it["in"] == place)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A folder with a request for each example, or the only request of an operation without a body.
fn item(document: &Document, operation: Operation<'_>) -> Value {
    let name = format!("{} {}", operation.method.to_uppercase(), operation.path);
    let examples = document.examples(&operation.object["requestBody"]);
    if examples.is_empty() {
        let answer = &operation.object["x-answer"];
        return json!({
            "name": name,
            "request": request(document, operation, None),
            "response": [ response(document, operation, answer, true) ],
        });
    }
    let items: Vec<Value> = examples
        .iter()
        .map(|example| {
            let answer = &example.object["x-answer"];
            json!({
                "name": example.name,
                "request": request(document, operation, Some(example)),
                "response": [ response(document, operation, answer, false) ],
            })
        })
        .collect();
    json!({ "name": name, "description": about(operation), "item": items })
}

/// The document's description of an operation.
fn about(operation: Operation<'_>) -> String {
    let texts =
        ["summary", "description"].into_iter().filter_map(|it| operation.object[it].as_str());
    texts.map(str::trim).collect::<Vec<_>>().join("\n\n")
}

fn request(document: &Document, operation: Operation<'_>, example: Option<&Example<'_>>) -> Value {
    let mut headers: Vec<Value> = parameters(document, operation, "header")
        .map(|it| json!({ "key": it["name"], "value": text(&it["example"]) }))
        .collect();
    let description = match example {
        Some(example) => text(&example.object["summary"]),
        None => about(operation),
    };
    let mut request = Map::new();
    request.insert("auth".to_owned(), authentication(operation));
    request.insert("method".to_owned(), operation.method.to_uppercase().into());
    if let Some(example) = example {
        headers.push(json!({ "key": "content-type", "value": example.media_type }));
    }
    request.insert("header".to_owned(), headers.into());
    if let Some(example) = example {
        let raw = match example.value() {
            Value::String(raw) => raw.clone(),
            value => serde_json::to_string_pretty(value).expect("JSON"),
        };
        request.insert("body".to_owned(), json!({ "mode": "raw", "raw": raw }));
    }
    request.insert("url".to_owned(), url(document, operation));
    request.insert("description".to_owned(), description.into());
    request.into()
}

/// Every request names its own authentication, since Lynn imports single requests.
fn authentication(operation: Operation<'_>) -> Value {
    let schemes = operation.object["security"].as_array().into_iter().flatten();
    let is_needed = schemes.into_iter().any(|scheme| scheme.get("apiKey").is_some());
    if !is_needed {
        return json!({ "type": "noauth" });
    }
    let attribute =
        |key: &str, value: &str| json!({ "key": key, "value": value, "type": "string" });
    json!({ "type": "apikey", "apikey": [
        attribute("key", "x-api-key"), attribute("value", "{{apiKey}}"), attribute("in", "header"),
    ] })
}

fn url(document: &Document, operation: Operation<'_>) -> Value {
    let path = operation.path.replace('{', "{{").replace('}', "}}");
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut url = json!({
        "raw": format!("{{{{bridgeUrl}}}}{path}"),
        "host": [ "{{bridgeUrl}}" ],
        "path": segments,
    });
    let mut query = Vec::new();
    let mut needed = Vec::new();
    for parameter in parameters(document, operation, "query") {
        let (name, value) = (text(&parameter["name"]), text(&parameter["example"]));
        let mut entry = json!({ "key": name, "value": value });
        if parameter["required"] == true {
            needed.push(format!("{name}={value}"));
        } else {
            entry["disabled"] = true.into();
        }
        query.push(entry);
    }
    if !needed.is_empty() {
        url["raw"] = format!("{{{{bridgeUrl}}}}{path}?{}", needed.join("&")).into();
    }
    if !query.is_empty() {
        url["query"] = query.into();
    }
    url
}

/// The documented answer. Without `x-answer` it is the first one that is a success. The body of an
/// answer that depends on the request is shown only if the document names it.
fn response(
    document: &Document,
    operation: Operation<'_>,
    answer: &Value,
    is_always_alike: bool,
) -> Value {
    let responses = operation.object["responses"].as_object().expect("responses");
    let first = || responses.keys().find(|status| status.starts_with('2')).map(String::as_str);
    let code = answer["status"].as_str().or_else(first).expect("a success");
    let status: StatusCode = code.parse().expect("a status");
    let examples = match &document.resolve(&responses[code])["content"] {
        Value::Null => Vec::new(),
        _ => document.examples(&responses[code]),
    };
    let is_shown = |example: &&Example<'_>| match answer["example"].as_str() {
        Some(name) => example.name == name,
        None => is_always_alike,
    };
    let mut response = json!({
        "name": document.resolve(&responses[code])["description"],
        "status": status.canonical_reason(),
        "code": status.as_u16(),
    });
    if let Some(example) = examples.iter().find(is_shown) {
        response["header"] = json!([ { "key": "content-type", "value": example.media_type } ]);
        response["body"] = serde_json::to_string_pretty(example.value()).expect("JSON").into();
    }
    response
}
