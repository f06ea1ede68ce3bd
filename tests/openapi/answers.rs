//! Every answer example equals the answer to the request that it describes.

use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::document::{Document, Example, Operation};
use crate::exchange::{Answer, Exchange, Proof, client};
use crate::harness::{Harness, SOON, Unusual};

/// The length of a text that does not fit on the full disk, but stays below the smallest limit of a
/// body.
const LARGE_TEXT: usize = 230_000;

/// The keys that `x-request` may contain.
const KNOWN: [&str; 12] = [
    "after",
    "auth",
    "body",
    "bodyBytes",
    "configurationIsBroken",
    "contact",
    "contentType",
    "diskIsFull",
    "integration",
    "method",
    "onlyOnAws",
    "query",
];

/// The request that an answer example describes.
fn exchange<'a>(document: &Document, operation: Operation<'a>, how: &Value) -> Exchange<'a> {
    let first = document
        .examples(&operation.object["requestBody"])
        .first()
        .map(|example| example.value().clone());
    let large = how["diskIsFull"] == true;
    let body = first.map(|mut body| {
        if large {
            // The bridge does not store the text of a workflow's event, so another field must be
            // large.
            let place = if body["topicName"].is_string() { "addressFrom" } else { "text" };
            body[place] = "x".repeat(LARGE_TEXT).into();
        }
        body
    });
    let mut exchange = Exchange::new(operation, body.as_ref());
    let replace = |key: &str, place: &mut String| {
        if let Some(text) = how[key].as_str() {
            text.clone_into(place);
        }
    };
    for key in how.as_object().into_iter().flat_map(|how| how.keys()) {
        assert!(KNOWN.contains(&key.as_str()), "x-request: {key}");
    }
    replace("method", &mut exchange.method);
    replace("integration", &mut exchange.integration);
    replace("contact", &mut exchange.contact);
    replace("query", &mut exchange.query);
    replace("contentType", &mut exchange.content_type);
    if let Some(body) = how["body"].as_str() {
        exchange.body = body.as_bytes().to_vec();
    }
    if let Some(size) = how["bodyBytes"].as_u64() {
        exchange.body = vec![b' '; usize::try_from(size).unwrap()];
    }
    match how["auth"].as_str() {
        Some("none") => exchange.proof = Proof::None,
        Some("wrong") => exchange.proof = Proof::Wrong,
        Some(other) => panic!("auth: {other}"),
        None => {}
    }
    exchange
}

/// The expected and the actual answer, without the fields that differ between runs.
fn comparable(example: &Example<'_>, answer: &Answer) -> (Value, Value) {
    let (mut expected, mut got) = (example.value().clone(), answer.json());
    for place in example.object["x-varies"].as_array().into_iter().flatten() {
        for value in [&mut expected, &mut got] {
            // An answer of another kind, before the expected one, may lack the field.
            if let Some(varies) = value.pointer_mut(place.as_str().unwrap()) {
                *varies = Value::Null;
            }
        }
    }
    (expected, got)
}

struct Run<'a> {
    document: &'a Document,
    client: Client,
    harness: Harness,
}

impl Run<'_> {
    /// Sends an example of another operation first, if the answer depends on it.
    async fn prepare(&self, how: &Value) {
        if let Some(name) = how["after"].as_str() {
            let post = self.document.operation("postEvent");
            let body = self.document.request(post, name);
            let answer =
                Exchange::new(post, Some(body)).send(&self.client, &self.harness.address).await;
            assert_eq!(answer.status, 202);
        }
    }

    /// Repeats the request until the answer is the expected one, since accepted events are
    /// delivered a little later.
    async fn check(&self, operation: Operation<'_>, status: &str, example: &Example<'_>) {
        let how = &example.object["x-request"];
        let what = format!("{} {status} {}", operation.path, example.name);
        self.prepare(how).await;
        let exchange = exchange(self.document, operation, how);
        let deadline = Instant::now() + SOON;
        loop {
            let answer = exchange.send(&self.client, &self.harness.address).await;
            answer.assert_documented(self.document, operation, &what);
            let (expected, got) = comparable(example, &answer);
            if answer.status.to_string() == status && expected == got {
                return;
            }
            let waits = how["after"].is_string() && Instant::now() < deadline;
            assert!(waits, "{what}: {} {got:#}\ninstead of {expected:#}", answer.status);
            sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn every_answer_is_what_its_request_gets() {
    let document = Document::read();
    let usual = Run {
        document: &document,
        client: client(),
        harness: Harness::start(Unusual::default()).await,
    };
    for operation in document.operations() {
        let named: Vec<Value> = document
            .requests(operation)
            .iter()
            .map(|example| example.object["x-answer"]["example"].clone())
            .collect();
        for (status, response) in operation.object["responses"].as_object().unwrap() {
            for example in document.examples(response) {
                let how = &example.object["x-request"];
                if !how.is_object() {
                    assert!(
                        named.contains(&example.name.into()),
                        "{} {status} {}: no request",
                        operation.path,
                        example.name
                    );
                    continue;
                }
                // This test runs the bridge on one machine, which has no secret service that could
                // fail.
                if how["onlyOnAws"] == true {
                    continue;
                }
                let full_disk = how["diskIsFull"] == true;
                let broken = how["configurationIsBroken"] == true;
                if full_disk || broken {
                    let harness = Harness::start(Unusual { full_disk, ..Unusual::default() }).await;
                    if broken {
                        harness.break_configuration();
                    }
                    let run = Run { document: &document, client: client(), harness };
                    run.check(operation, status, &example).await;
                } else {
                    usual.check(operation, status, &example).await;
                }
            }
        }
    }
}
