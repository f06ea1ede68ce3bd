//! Sends every request example, and expects the answer that it names.

use serde_json::Value;

use crate::document::{Document, Operation};
use crate::exchange::{Exchange, Proof, client};
use crate::harness::{Harness, Unusual};

/// The answer that a request example names, if it names one of the examples.
fn named<'a>(
    document: &'a Document,
    operation: Operation<'a>,
    answer: &Value,
) -> Option<&'a Value> {
    let status = answer["status"]
        .as_str()
        .unwrap_or_else(|| panic!("{}: an example without x-answer", operation.path));
    let response = &operation.object["responses"][status];
    assert!(response.is_object(), "{}: no response {status}", operation.path);
    let name = answer["example"].as_str()?;
    let examples = document.examples(response);
    let found = examples.iter().find(|example| example.name == name);
    Some(&found.unwrap_or_else(|| panic!("{}: no answer {name}", operation.path)).object["value"])
}

#[tokio::test]
async fn every_request_gets_the_answer_that_it_names() {
    let document = Document::read();
    let harness = Harness::start(Unusual::default()).await;
    let client = client();
    for operation in document.operations() {
        for example in document.requests(operation) {
            let expected = named(&document, operation, &example.object["x-answer"]);
            for proof in [Proof::Key, Proof::Signature] {
                let what = format!("{} {} by {proof:?}", operation.path, example.name);
                let exchange =
                    Exchange { proof, ..Exchange::new(operation, Some(example.value())) };
                let answer = exchange.send(&client, &harness.address).await;
                assert_eq!(
                    example.object["x-answer"]["status"],
                    answer.status.to_string(),
                    "{what}: {answer:?}"
                );
                answer.assert_documented(&document, operation, &what);
                if answer.status == 202 && example.value()["id"].is_string() {
                    assert_eq!(answer.json()["id"], example.value()["id"], "{what}");
                }
                if let Some(expected) = expected {
                    assert_eq!(&answer.json(), expected, "{what}");
                }
            }
        }
    }
}
