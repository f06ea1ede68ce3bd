//! `docs/bridge.postman_collection.json`: the requests of Lynn's side, which a flow's *JSON Request
//! From Postman File* takes. The file is generated from `openapi.yaml`, and each of its requests
//! gets the documented answer.

mod collection;
mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::document::Document;
use crate::exchange::client;
use crate::harness::{Harness, INTEGRATION, KEY, SOON, Unusual};
use file::{Collection, Item};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/bridge.postman_collection.json");

#[test]
fn the_collection_is_generated() {
    let collection = collection::of(&Document::read());
    let text = format!("{}\n", serde_json::to_string_pretty(&collection).unwrap());
    if std::env::var_os("UPDATE_PAGES").is_some() {
        return std::fs::write(FILE, text).unwrap();
    }
    let is_current = std::fs::read_to_string(FILE).is_ok_and(|file| file == text);
    assert!(is_current, "{FILE} is older than openapi.yaml: run `UPDATE_PAGES=1 make pages`");
}

#[test]
fn a_new_operation_of_lynn_joins_the_collection() {
    let mut document = Document::read();
    document.add_path(
        "/lynn/{integration}/news",
        json!({
            "parameters": [ { "name": "integration", "in": "path", "example": "support" } ],
            "get": {
                "summary": "Tells the news.",
                "security": [ { "apiKey": [] } ],
                "parameters": [
                    { "name": "since", "in": "query", "required": true, "example": 7 },
                    { "name": "session", "in": "query", "example": "s-1" },
                ],
                "responses": { "401": {}, "200": { "description": "The news." } },
            },
        }),
    );
    document.add_path("/genesys/{integration}/news", json!({ "get": {} }));
    document.add_path("/lynn/{integration}/no", json!({ "get": { "x-postman": false } }));
    let known = collection::of(&Document::read());
    let all = collection::of(&document);
    let new: Vec<&Value> = items(&all).filter(|item| items(&known).all(|it| it != *item)).collect();
    let [news] = new.as_slice() else { panic!("{new:#?}") };
    assert_eq!(news["name"], "GET /lynn/{integration}/news");
    assert_eq!(news["request"]["url"]["raw"], "{{bridgeUrl}}/lynn/{{integration}}/news?since=7");
    assert_eq!(news["request"]["url"]["query"][1]["disabled"], true);
    assert_eq!(news["response"][0]["code"], 200);
}

fn items(collection: &Value) -> impl Iterator<Item = &Value> {
    collection["item"].as_array().unwrap().iter()
}

/// Sends requests of the collection, filled with the values of its variables.
struct Trial<'a> {
    client: &'a Client,
    variables: &'a BTreeMap<String, String>,
}

impl Trial<'_> {
    /// Replaces the variables of the collection; other words in braces are unchanged, as in
    /// Postman.
    fn filled(&self, text: &str) -> String {
        let fill = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{{{name}}}}}"), value)
        };
        self.variables.iter().fold(text.to_owned(), fill)
    }

    async fn status(&self, request: &file::Request) -> u16 {
        let method = Method::from_bytes(request.method.as_bytes()).unwrap();
        let mut sent = self.client.request(method, self.filled(&request.url.joined()));
        let auth = request.auth.header();
        for header in request.header.iter().chain(auth.as_ref()) {
            sent = sent.header(&header.key, self.filled(&header.value));
        }
        if let Some(body) = &request.body {
            assert_eq!(body.mode, "raw");
            sent = sent.body(self.filled(&body.raw));
        }
        sent.send().await.unwrap().status().as_u16()
    }

    /// Sends a request until it gets the documented status: what was accepted is delivered a
    /// little later, and then the conversation is known. A request with a body is sent once.
    async fn check(&self, name: &str, request: &file::Request, documented: u16) {
        let deadline = Instant::now() + SOON;
        loop {
            let status = self.status(request).await;
            if status == documented {
                return;
            }
            let waits = request.body.is_none() && Instant::now() < deadline;
            assert!(waits, "{name}: {status} instead of {documented}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn every_request_of_the_collection_gets_the_documented_answer() {
    let text = std::fs::read_to_string(FILE).unwrap();
    let collection: Collection = serde_json::from_str(&text).unwrap();
    let harness = Harness::start(Unusual::default()).await;
    let mut variables: BTreeMap<String, String> =
        collection.variable.iter().map(|it| (it.key.clone(), it.value.clone())).collect();
    for (name, value) in
        [("bridgeUrl", harness.address.as_str()), ("integration", INTEGRATION), ("apiKey", KEY)]
    {
        assert!(variables.insert(name.to_owned(), value.to_owned()).is_some(), "{name}");
    }
    let client = client();
    let trial = Trial { client: &client, variables: &variables };
    let (mut types, mut fields, mut paths) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (name, request, responses) in collection.item.iter().flat_map(Item::requests) {
        let [response] = responses else { panic!("{name}: {} answers", responses.len()) };
        trial.check(name, request, response.code).await;
        paths.insert(format!("{} {}", request.method, request.url.raw));
        let body = request.body.as_ref().map(|body| serde_json::from_str::<Value>(&body.raw));
        for (key, value) in body.map(Result::unwrap).iter().filter_map(Value::as_object).flatten() {
            fields.insert(key.clone());
            if key == "type" {
                types.insert(value.as_str().unwrap().to_owned());
            }
        }
    }
    for kind in ["message", "typing", "receipt", "session.started", "session.ended"] {
        assert!(types.contains(kind), "{kind}: {types:?}");
    }
    for field in ["attachments", "reply", "history", "attributes"] {
        assert!(fields.contains(field), "{field}: {fields:?}");
    }
    for path in [
        "POST {{bridgeUrl}}/lynn/{{integration}}",
        "GET {{bridgeUrl}}/lynn/{{integration}}/conversations/{{contactId}}",
        "GET {{bridgeUrl}}/health",
    ] {
        assert!(paths.contains(path), "{path}: {paths:?}");
    }
}
