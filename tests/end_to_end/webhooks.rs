//! The bridge accepts every authentic webhook of Genesys Cloud, and no other.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{Harness, Setup, each, taken};
use crate::signing::{hub_signature, hub_signature_in_hex};

const SECRET: &str = "simulated-webhook-secret";
const OLD_SECRET: &str = "the-secret-before-that";

fn post(harness: &Harness, body: &[u8]) -> RequestBuilder {
    harness
        .request(Method::POST, "/genesys/support")
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_vec())
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.expect("an answer").status().as_u16()
}

/// A message from Genesys, with its JSON as awkward as possible.
fn awkward(id: &str) -> Vec<u8> {
    let text = r#"{ "id":"ID","type":"Text","direction":"Outbound","originatingEntity":"Human",
        "channel":{"id":"8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b11","to":{"id":"ana","idType":"Opaque"},
        "from":{"id":"8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b11"},"time":"2026-03-04T05:06:09.427Z"},
        "text":"\u00bfS\u00ed? \ud83d\ude00 a\/b \"q\" \\ \u0026", "number":1.0e2, "twice":1, "twice":2 }"#;
    text.replace("ID", id).into_bytes()
}

#[tokio::test]
async fn the_signature_is_checked_over_the_bytes_as_they_came() {
    let setup = Setup::new().config(|integration| {
        integration["genesys"]["webhookSecrets"] = json!([SECRET, OLD_SECRET]);
    });
    let harness = setup.start().await;
    for (id, secret) in [("g-1", SECRET), ("g-2", OLD_SECRET)] {
        let body = awkward(id);
        let request =
            post(&harness, &body).header("X-Hub-Signature-256", hub_signature(secret, &body));
        assert_eq!(status(request).await, 200);
    }
    let events = harness.heard("ana", 2).await;
    for event in &events {
        assert_eq!(event["text"], "¿Sí? 😀 a/b \"q\" \\ &");
        assert_eq!(event["time"], "2026-03-04T05:06:09.427Z");
        assert_eq!(event["conversationId"], Value::Null);
    }
    harness.end();
}

#[tokio::test]
async fn what_is_not_signed_by_genesys_is_refused() {
    let harness = Harness::start().await;
    harness.until_listed().await;
    let body = awkward("g-1");
    let good = hub_signature(SECRET, &body);
    let reserialised: Value = serde_json::from_slice(&body).unwrap();
    let signatures = [
        hub_signature_in_hex(SECRET, &body),
        good.trim_end_matches('=').to_owned(),
        good.trim_start_matches("sha256=").to_owned(),
        hub_signature(OLD_SECRET, &body),
        hub_signature(SECRET, reserialised.to_string().as_bytes()),
        good.to_lowercase(),
        good.replace("sha256=", "sha1="),
        "sha256=".to_owned(),
        String::new(),
    ];
    let mut requests = vec![post(&harness, &body)];
    for signature in signatures {
        requests.push(post(&harness, &body).header("x-hub-signature-256", signature));
    }
    for request in requests {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    }
    assert_eq!(harness.lynn.event_count(), 0);
    harness.end();
}

#[tokio::test]
async fn authentic_garbage_is_taken_and_stops_nothing() {
    let harness = Harness::start().await;
    let deep = "[".repeat(10_000);
    let bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "{",
        "not JSON",
        "[]",
        "[{}]",
        "null",
        "7",
        "{}",
        "{\"id\":7}",
        "{\"type\":\"Text\"}",
        "{\"type\":\"Presence\",\"id\":\"p-1\"}",
        "{\"type\":[],\"channel\":\"x\",\"content\":{}}",
        "{\"id\":\"x\",\"type\":\"Text\",\"channel\":{\"to\":{\"id\":null}}}",
        &deep,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([vec![0xff, 0xfe, 0x00], b"{\"id\":\"\xff\",\"type\":\"Text\"}".to_vec()])
    .collect();
    for body in bodies {
        let delivery = harness.genesys.deliver_raw(body.clone()).await;
        assert!(delivery.delivered, "{:?}", String::from_utf8_lossy(&body));
        assert_eq!(delivery.attempts.len(), 1);
    }
    harness.agent("ana", "Hello").await;
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["text"], "Hello");
    harness.end();
}

#[tokio::test]
async fn a_message_of_an_unknown_type_is_answered_as_unsupported() {
    let setup = Setup::new().genesys(|options| options.time_scale = 0.02);
    let harness = setup.start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    // Genesys must know the message, so it sends one that does not arrive; the one that arrives has
    // another type.
    harness.genesys.set_webhook_url("http://127.0.0.1:1/".to_owned());
    let lost = harness.genesys.agent_says("ana", "Hello").await;
    assert!(!lost.delivered);
    harness.genesys.set_webhook_url(format!(
        "{}{}",
        harness.address,
        harness.path("/genesys/support")
    ));
    let mut body: Value = serde_json::from_slice(&lost.body).unwrap();
    body["type"] = json!("Hologram");
    taken(harness.genesys.deliver_raw(body.to_string().into_bytes()).await);
    let receipts = harness.receipts(1).await;
    assert_eq!(receipts[0]["id"], *lost.id);
    assert_eq!(receipts[0]["status"], "Failed");
    assert_eq!(receipts[0]["reasons"][0]["code"], "UnsupportedMessage");
    harness.agent("ana", "In other words").await;
    let events = harness.heard("ana", 1).await;
    assert_eq!(events[0]["text"], "In other words");
    assert_eq!(events[0]["sequence"], 1);
    harness.end();
}

#[tokio::test]
async fn the_customers_own_words_reflected_do_not_go_back() {
    let harness = Harness::start().await;
    let delivery = harness.genesys.agent_says("ana", "Hello").await;
    harness.heard("ana", 1).await;
    let mut body: Value = serde_json::from_slice(&delivery.body).unwrap();
    body["id"] = json!("echo");
    body["direction"] = json!("Inbound");
    taken(harness.genesys.deliver_raw(body.to_string().into_bytes()).await);
    harness.agent("ana", "Anything else?").await;
    assert_eq!(each(&harness.heard("ana", 2).await, "/sequence"), [1, 2]);
    harness.end();
}

#[tokio::test]
async fn a_large_webhook_is_taken_and_a_huge_one_is_not() {
    let harness = Harness::start().await;
    let text = "word ".repeat(180_000);
    let large = String::from_utf8(awkward("g-1")).unwrap().replace("a\\/b", &text);
    assert!(large.len() < 1024 * 1024);
    let signature = hub_signature(SECRET, large.as_bytes());
    let request = post(&harness, large.as_bytes()).header("x-hub-signature-256", signature);
    assert_eq!(status(request).await, 200);
    harness.heard("ana", 1).await;
    let huge = vec![b' '; 1024 * 1024 + 1];
    let request = post(&harness, &huge).header("x-hub-signature-256", hub_signature(SECRET, &huge));
    assert_eq!(status(request).await, 413);
    harness.end();
}
