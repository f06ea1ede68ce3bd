//! The answers of the bridge to requests that it refuses.

use reqwest::header::{ALLOW, CONNECTION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Harness, KEY};

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

fn post(harness: &Harness, body: impl Into<reqwest::Body>) -> RequestBuilder {
    harness
        .request(Method::POST, "/lynn/support")
        .header("x-api-key", KEY)
        .header(CONTENT_TYPE, "application/json")
        .body(body)
}

/// The problem document of an answer with this status.
async fn problem(request: RequestBuilder, status: u16) -> Value {
    let answer = send(request).await;
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["status"], status);
    for key in ["type", "title", "detail"] {
        assert!(problem[key].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
    problem
}

/// A valid message with these fields changed; null removes a field.
fn message(changes: Value) -> String {
    let mut event = json!({
        "type": "message", "id": "m-1", "time": "2026-11-22T10:00:00.000Z",
        "contact": { "id": "ana" }, "session": { "id": "s" }, "text": "Hello",
    });
    for (key, value) in changes.as_object().unwrap() {
        event[key] = value.clone();
    }
    event.to_string()
}

#[tokio::test]
async fn everything_wrong_with_a_body_is_named() {
    let harness = Harness::start().await;
    let long = "x".repeat(129);
    let cases: Vec<(Value, &[&str])> = vec![
        (json!({ "type": null }), &["type"]),
        (json!({ "type": "presence" }), &["type"]),
        (json!({ "type": 7 }), &["type"]),
        (json!({ "id": null }), &["id"]),
        (json!({ "id": "" }), &["id"]),
        (json!({ "id": [7] }), &["id"]),
        (json!({ "id": long }), &["id"]),
        (json!({ "contact": null }), &["contact.id"]),
        (json!({ "contact": "ana" }), &["contact"]),
        (json!({ "contact": { "id": "ana", "idType": "fax" } }), &["contact.idType"]),
        (json!({ "contact": { "id": "ana", "email": {} } }), &["contact.email"]),
        (json!({ "session": "s" }), &["session"]),
        (json!({ "text": null }), &["text"]),
        (json!({ "text": [7] }), &["text"]),
        (json!({ "attachments": { "url": "https://f.example.com" } }), &["attachments"]),
        (json!({ "attachments": [ {} ] }), &["attachments[0].url"]),
        (json!({ "attachments": [ { "mime": "a/b" } ] }), &["attachments[0].url"]),
        (json!({ "attachments": [ { "url": "file:///etc/passwd" } ] }), &["attachments[0].url"]),
        (json!({ "reply": { "kind": "quickReply", "text": "Yes" } }), &["reply.to"]),
        (json!({ "reply": { "to": "x", "kind": "nod", "text": "Yes" } }), &["reply.kind"]),
        (json!({ "reply": { "to": "x", "kind": "button" } }), &["reply.text"]),
        (json!({ "attributes": [1] }), &["attributes"]),
        (json!({ "history": [ { "author": "agent", "text": "x" } ] }), &["history[0].author"]),
        (json!({ "type": "receipt", "status": "lost" }), &["messageId", "status"]),
        (json!({ "type": "receipt", "messageId": "x" }), &["status"]),
        (json!({ "id": null, "time": 7, "text": {} }), &["id", "text"]),
    ];
    for (changes, fields) in cases {
        let problem = problem(post(&harness, message(changes.clone())), 400).await;
        let errors = problem["errors"].as_array().expect("errors");
        let named: Vec<&str> =
            errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert!(fields.iter().all(|field| named.contains(field)), "{changes}: {problem}");
        assert!(
            errors
                .iter()
                .all(|error| error["message"].as_str().is_some_and(|text| !text.is_empty()))
        );
    }
    for body in ["", "{", "null", "[]", "7", "\"text\"", "{\"type\":\"message\"} x"] {
        let problem = problem(post(&harness, body), 400).await;
        assert!(problem["errors"].is_array(), "{body}: {problem}");
    }
    let not_utf8 = [b"{\"type\":\"message\",\"id\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
    problem(post(&harness, not_utf8), 400).await;
    assert_eq!(harness.genesys.accepted_count(), 0);
    harness.end();
}

#[tokio::test]
async fn unknown_keys_and_empty_variables_are_left_alone() {
    let harness = Harness::start().await;
    let empty = |id: &str, attachments: Value, reply: Value, id_type: &str| {
        message(json!({
            "id": id, "time": "yesterday", "session": { "id": "", "channel": "" }, "colour": "red",
            "attachments": attachments, "reply": reply,
            "contact": { "id": "ana", "idType": id_type, "nickname": "", "email": "" },
        }))
    };
    let blank = json!({ "to": "", "kind": "quickReply", "text": "", "payload": null });
    for (place, body) in [
        empty("m-1", json!([]), json!(null), ""),
        empty("m-2", json!([{ "url": "" }, null]), blank, "undefined"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(send(post(&harness, body)).await.status(), 202);
        let accepted = harness.accepted("ana", place + 1).await;
        assert_eq!(accepted[place]["text"], "Hello");
    }
    harness.end();
}

#[tokio::test]
async fn the_wrong_place_method_size_and_kind_are_refused() {
    let harness = Harness::start().await;
    let request = |method: Method, path: &str| {
        harness
            .request(method, path)
            .header("x-api-key", KEY)
            .header(CONTENT_TYPE, "application/json")
    };
    for path in [
        "/lynn/sales",
        "/lynn/sales/conversations/ana",
        "/genesys/sales",
        "/lynn/a%20b",
        "/lynn/%ff",
    ] {
        let method = if path.contains("conversations") { Method::GET } else { Method::POST };
        problem(request(method, path).body("{}"), 404).await;
    }
    for path in ["/", "/lynn", "/lynn/support/x", "/genesys/support/x/y", "/nowhere", "/genesys"] {
        problem(request(Method::POST, path).body("{}"), 404).await;
    }
    for (method, path) in [
        (Method::GET, "/lynn/support"),
        (Method::PUT, "/lynn/support"),
        (Method::DELETE, "/genesys/support"),
        (Method::POST, "/lynn/support/conversations/ana"),
        (Method::POST, "/health"),
    ] {
        let answer = send(request(method, path).body("{}")).await;
        assert_eq!(answer.status(), 405, "{path}");
        assert!(answer.headers().contains_key(ALLOW));
    }
    let large = "x".repeat(256 * 1024);
    let large = message(json!({ "text": large }));
    problem(post(&harness, large).header(CONNECTION, "close"), 413).await;
    let fits = message(json!({ "text": "word ".repeat(2000) }));
    assert_eq!(send(post(&harness, fits)).await.status(), 202);
    let as_text = harness
        .request(Method::POST, "/lynn/support")
        .header("x-api-key", KEY)
        .header(CONTENT_TYPE, "text/plain")
        .body("Hello");
    problem(as_text, 415).await;
    harness.accepted("ana", 5).await;
    harness.end();
}

#[tokio::test]
async fn a_body_that_is_too_large_does_not_break_the_next_request() {
    let harness = Harness::start().await;
    for number in 0..100 {
        let large = "x".repeat(300 * 1024);
        problem(post(&harness, large), 413).await;
        // On the same connection, unless the refusal announced that it closes.
        let next = message(json!({ "id": format!("m-{number}") }));
        assert_eq!(send(post(&harness, next)).await.status(), 202);
    }
    harness.accepted("ana", 100).await;
    harness.end();
}

#[tokio::test]
async fn json_may_be_named_in_several_ways() {
    let harness = Harness::start().await;
    for (number, name) in [
        Some("application/json; charset=utf-8"),
        Some("Application/JSON"),
        Some("application/cloudevents+json"),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        let mut request = harness
            .request(Method::POST, "/lynn/support")
            .header("x-api-key", KEY)
            .body(message(json!({ "id": format!("m-{number}") })));
        if let Some(name) = name {
            request = request.header(CONTENT_TYPE, name);
        }
        assert_eq!(send(request).await.status(), 202, "{name:?}");
    }
    harness.accepted("ana", 4).await;
    harness.end();
}

#[tokio::test]
async fn health_is_told_to_anybody_and_calls_nobody() {
    let harness = Harness::start().await;
    let answer = send(harness.request(Method::GET, "/health")).await;
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["status"], "ok");
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    assert!(body["commit"].as_str().is_some_and(|commit| !commit.is_empty()), "{body}");
    assert!(harness.genesys.requests().is_empty() && harness.lynn.attempts().is_empty());
    harness.end();
}

#[tokio::test]
async fn whatever_is_read_can_be_asked_for_without_its_body() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.accepted("ana", 1).await;
    let mut paths = vec!["/health", "/lynn/support/conversations/ana"];
    if !harness.is_deployed() {
        paths.extend(["/ready", "/openapi.yaml"]);
    }
    for path in paths {
        let ask = |method| send(harness.request(method, path).header("x-api-key", KEY));
        let (get, head) = (ask(Method::GET).await, ask(Method::HEAD).await);
        assert_eq!((get.status(), head.status()), (StatusCode::OK, StatusCode::OK), "{path}");
        assert_eq!(get.headers()[CONTENT_TYPE], head.headers()[CONTENT_TYPE], "{path}");
        assert!(!get.bytes().await.expect("a body").is_empty(), "{path}");
        assert!(head.bytes().await.expect("no body").is_empty(), "{path}");
        let refused = ask(Method::POST).await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(refused.headers()[ALLOW], "GET, HEAD", "{path}");
    }
    harness.end();
}

#[tokio::test]
async fn the_contract_is_given_out_as_it_is() {
    let harness = Harness::start().await;
    if harness.is_deployed() {
        return;
    }
    let answer = send(harness.request(Method::GET, "/openapi.yaml")).await;
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/yaml");
    assert_eq!(answer.text().await.expect("text"), include_str!("../../openapi.yaml"));
    harness.end();
}
