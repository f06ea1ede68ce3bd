//! The document by itself: every example fits its schema, and every schema has an example.

use serde_json::Value;

use crate::document::{Document, Operation};
use crate::walk::{Walk, everything};

fn responses<'a>(document: &'a Document, operation: Operation<'a>) -> Vec<&'a Value> {
    operation.object["responses"]
        .as_object()
        .unwrap()
        .values()
        .map(|response| document.resolve(response))
        .collect()
}

#[test]
fn every_example_fits_its_schema() {
    let document = Document::read();
    for operation in document.operations().into_iter().chain(document.webhooks()) {
        for example in document.examples(&operation.object["requestBody"]) {
            let what = format!("{} {}", operation.path, example.name);
            document.assert_fits(&what, example.schema, example.value());
        }
        for example in responses(&document, operation)
            .into_iter()
            .flat_map(|response| document.examples(response))
        {
            let what = format!("{} {}", operation.path, example.name);
            document.assert_fits(&what, example.schema, example.value());
        }
    }
    for parameter in document.parameters() {
        document.assert_fits("a parameter", &parameter["schema"], &parameter["example"]);
    }
}

#[test]
fn every_schema_and_every_property_has_an_example() {
    let document = Document::read();
    let mut walk = Walk::new(&document);
    for operation in document.operations().into_iter().chain(document.webhooks()) {
        let requests = document.examples(&operation.object["requestBody"]);
        let answers = responses(&document, operation)
            .into_iter()
            .flat_map(|response| document.examples(response));
        for example in requests.into_iter().chain(answers) {
            walk.through(example.schema, &example.object["value"]);
        }
    }
    let missing: Vec<String> = everything(&document).difference(&walk.used).cloned().collect();
    assert!(missing.is_empty(), "without an example: {missing:#?}");
}

#[test]
fn what_is_refused_does_not_fit_and_is_no_example() {
    let document = Document::read();
    let refusing = document.refusing();
    assert!(!refusing.is_empty());
    for id in refusing {
        let operation = document.operation(id);
        for wrong in document.wrong(operation) {
            let status = wrong.object["x-answer"]["status"].as_str().unwrap();
            assert!(status.starts_with('4'), "{id} {}", wrong.name);
            assert!(!document.fits(wrong.schema, wrong.value()), "{id} {}: it fits", wrong.name);
        }
    }
    for operation in document.operations() {
        for example in document.examples(&operation.object["requestBody"]) {
            let status = example.object["x-answer"]["status"].as_str().unwrap_or_default();
            assert!(!status.starts_with('4'), "{}: it belongs into wrong.json", example.name);
        }
    }
}
