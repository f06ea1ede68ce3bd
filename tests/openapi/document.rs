//! Reads `openapi.yaml`, finds its parts, and validates values against its schemas.

use jsonschema::Draft;
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.yaml");
/// Requests that are refused, by operation and name. They are no examples for readers of the
/// document.
const WRONG: &str = include_str!("wrong.json");
const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// The document, and the requests that are refused.
pub struct Document(Value, Value);

/// One method of one path, or one webhook.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    pub path: &'a str,
    pub method: &'a str,
    pub object: &'a Value,
}

/// An example with its schema.
#[derive(Clone, Copy)]
pub struct Example<'a> {
    pub name: &'a str,
    pub object: &'a Value,
    pub schema: &'a Value,
    pub media_type: &'a str,
}

impl Example<'_> {
    pub fn value(&self) -> &Value {
        &self.object["value"]
    }
}

impl Document {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(FILE).unwrap();
        Self(serde_saphyr::from_str(&text).unwrap(), serde_json::from_str(WRONG).unwrap())
    }

    /// Adds a path, for a test of what a later version of the document may hold.
    pub fn add_path(&mut self, path: &str, item: Value) {
        self.0["paths"][path] = item;
    }

    /// The target of a `$ref`; any other value unchanged.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        self.0
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    pub fn component(&self, kind: &str) -> &serde_json::Map<String, Value> {
        self.0["components"][kind].as_object().unwrap()
    }

    /// The operations that the bridge answers.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        self.under("paths")
    }

    /// The events that the bridge posts.
    pub fn webhooks(&self) -> Vec<Operation<'_>> {
        self.under("webhooks")
    }

    pub fn operation(&self, id: &str) -> Operation<'_> {
        let all = self.operations().into_iter().chain(self.webhooks());
        all.into_iter().find(|operation| operation.object["operationId"] == id).unwrap()
    }

    fn under(&self, key: &str) -> Vec<Operation<'_>> {
        let paths = self.0[key].as_object().unwrap();
        let methods = |(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let object = Value::get(item, method)?;
                Some(Operation { path: String::as_str(path), method, object })
            })
        };
        paths.iter().flat_map(methods).collect()
    }

    /// The examples of every media type of a request body or a response.
    pub fn examples<'a>(&'a self, holder: &'a Value) -> Vec<Example<'a>> {
        let media_types = self.resolve(holder)["content"].as_object().into_iter().flatten();
        media_types
            .flat_map(|(media_type, media)| {
                let examples = media["examples"]
                    .as_object()
                    .unwrap_or_else(|| panic!("without examples: {media}"));
                assert!(!examples.is_empty(), "without examples: {media}");
                let example = |(name, object)| Example {
                    name: String::as_str(name),
                    object,
                    schema: &media["schema"],
                    media_type,
                };
                examples.iter().map(example)
            })
            .collect()
    }

    /// The requests that an operation refuses.
    pub fn wrong<'a>(&'a self, operation: Operation<'a>) -> Vec<Example<'a>> {
        let id = operation.object["operationId"].as_str().unwrap();
        let media_type = "application/json";
        let schema = &operation.object["requestBody"]["content"][media_type]["schema"];
        let wrong = self.1[id].as_object().into_iter().flatten();
        wrong.map(|(name, object)| Example { name, object, schema, media_type }).collect()
    }

    /// The ids of all operations that refuse a request.
    pub fn refusing(&self) -> Vec<&str> {
        self.1.as_object().unwrap().keys().map(String::as_str).collect()
    }

    /// The request examples of an operation, and the requests that it refuses.
    pub fn requests<'a>(&'a self, operation: Operation<'a>) -> Vec<Example<'a>> {
        let mut requests = self.examples(&operation.object["requestBody"]);
        requests.extend(self.wrong(operation));
        requests
    }

    /// The request example of this name.
    pub fn request(&self, operation: Operation<'_>, name: &str) -> &Value {
        let operation = self.operation(operation.object["operationId"].as_str().unwrap());
        let examples = self.examples(&operation.object["requestBody"]);
        let found = examples.iter().find(|example| example.name == name);
        &found.unwrap_or_else(|| panic!("no request example {name}")).object["value"]
    }

    /// The parameters and headers, each with its schema and its example.
    pub fn parameters(&self) -> Vec<&Value> {
        let components =
            ["parameters", "headers"].into_iter().flat_map(|kind| self.component(kind).values());
        let of_paths = self.0["paths"]
            .as_object()
            .unwrap()
            .values()
            .filter_map(|item| item["parameters"].as_array());
        let of_paths = of_paths.flatten().map(|parameter| self.resolve(parameter));
        components.chain(of_paths).collect()
    }

    /// The parameters of an operation, those of its path included.
    pub fn parameters_of(&self, operation: Operation<'_>) -> Vec<&Value> {
        let item = &self.0["paths"][operation.path];
        let all = [&item["parameters"], &item[operation.method]["parameters"]];
        let all = all.into_iter().filter_map(Value::as_array).flatten();
        all.map(|parameter| self.resolve(parameter)).collect()
    }

    /// The URL of the first server.
    pub fn server(&self) -> &str {
        self.0["servers"][0]["url"].as_str().unwrap()
    }

    /// The errors of a value against a schema of this document.
    pub fn problems(&self, schema: &Value, value: &Value) -> Vec<String> {
        let whole = json!({ "allOf": [schema], "components": self.0["components"] });
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&whole)
            .unwrap();
        let problem =
            |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        validator.iter_errors(value).map(problem).collect()
    }

    pub fn fits(&self, schema: &Value, value: &Value) -> bool {
        self.problems(schema, value).is_empty()
    }

    pub fn assert_fits(&self, what: &str, schema: &Value, value: &Value) {
        let problems = self.problems(schema, value);
        assert!(problems.is_empty(), "{what}: {problems:#?}\n{value:#}");
    }
}
