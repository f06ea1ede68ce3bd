//! The document by itself: every example fits, every schema has one.

use serde_json::Value;

use crate::document::{Document, Operation};
use crate::walk::{Walk, everything};

/// Whether a request example is one that the bridge refuses.
pub fn is_refused(example: &Value) -> bool {
    example["x-answer"]["status"].as_str().is_some_and(|status| status.starts_with('4'))
}

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
            if is_refused(example.object) {
                assert!(
                    !document.fits(example.schema, example.value()),
                    "{what} is refused, yet it fits"
                );
            } else {
                document.assert_fits(&what, example.schema, example.value());
            }
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
        for example in
            requests.into_iter().chain(answers).filter(|example| !is_refused(example.object))
        {
            walk.through(example.schema, &example.object["value"]);
        }
    }
    let missing: Vec<String> = everything(&document).difference(&walk.used).cloned().collect();
    assert!(missing.is_empty(), "without an example: {missing:#?}");
}
