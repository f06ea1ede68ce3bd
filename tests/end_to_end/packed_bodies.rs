//! Compressed bodies are decompressed within the limits, from every sender, and never need more
//! memory than these limits.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::CONTENT_ENCODING;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::harness::{EVENTS_KEY, Harness, KEY};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

async fn to_lynn(harness: &Harness, encoding: &str, body: Vec<u8>) -> Response {
    let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
    let request =
        request.header(CONTENT_ENCODING, encoding).header("content-type", "application/json");
    request.body(body).send().await.expect("an answer")
}

/// The signature covers the bytes as they are sent.
async fn to_genesys(harness: &Harness, encoding: &str, body: Vec<u8>) -> Response {
    let secret = &harness.genesys.options().webhook_secret;
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key").chain_update(&body);
    let signature = format!("sha256={}", STANDARD.encode(mac.finalize().into_bytes()));
    let request = harness.request(Method::POST, "/genesys/support");
    let request =
        request.header("x-hub-signature-256", signature).header(CONTENT_ENCODING, encoding);
    request.body(body).send().await.expect("an answer")
}

fn message(id: &str) -> Vec<u8> {
    let event = json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "session": { "id": "s" }, "text": "Hello" });
    event.to_string().into_bytes()
}

fn webhook(harness: &Harness, id: &str) -> Vec<u8> {
    let channel = json!({ "id": harness.genesys.options().integration_id, "messageId": id, "platform": "Open", "type": "Private",
        "to": { "id": "ana", "idType": "Opaque" }, "from": { "id": "agent", "idType": "Opaque" }, "time": "2026-11-22T10:00:00.000Z" });
    let message = json!({ "id": id, "type": "Text", "direction": "Outbound", "text": "Good morning", "originatingEntity": "Human", "channel": channel });
    message.to_string().into_bytes()
}

#[tokio::test]
async fn a_packed_message_of_each_side_arrives() {
    let harness = Harness::start().await;
    assert_eq!(to_lynn(&harness, "gzip", gzip(&message("m-1"))).await.status(), 202);
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], "Hello");
    assert_eq!(to_genesys(&harness, "gzip", gzip(&webhook(&harness, "g-1"))).await.status(), 200);
    assert_eq!(harness.heard("ana", 1).await[0]["text"], "Good morning");
    // The signature covers the bytes as they were sent, not the decompressed ones.
    let event =
        harness.request(Method::POST, "/genesys/support/events").header("x-api-key", EVENTS_KEY);
    let event =
        event.header(CONTENT_ENCODING, "gzip").body(gzip(b"{}")).send().await.expect("an answer");
    assert_eq!(event.status(), 200);
    harness.end();
}

#[tokio::test]
async fn what_cannot_be_unpacked_is_named() {
    let harness = Harness::start().await;
    for encoding in ["br", "deflate", "zstd", "gzip, gzip"] {
        let answer = to_lynn(&harness, encoding, gzip(&message("m-1"))).await;
        assert_eq!(answer.status(), 415);
        assert_eq!(answer.headers()["accept-encoding"], "gzip");
        let problem: Value = answer.json().await.expect("JSON");
        let detail = problem["detail"].as_str().expect("words");
        assert!(detail.contains(&format!("content-encoding: {encoding}")), "{detail}");
    }
    let answer = to_lynn(&harness, "gzip", message("m-1")).await;
    assert_eq!(answer.status(), 400);
    let problem: Value = answer.json().await.expect("JSON");
    assert!(problem["detail"].as_str().expect("words").contains("gzip"), "{problem}");
    // After a refusal Genesys would end the conversation, so the bridge accepts every authentic
    // webhook.
    assert_eq!(to_genesys(&harness, "br", webhook(&harness, "g-1")).await.status(), 200);
    assert_eq!(harness.heard("ana", 1).await[0]["text"], "Good morning");
    harness.end();
}

#[tokio::test]
async fn a_bomb_costs_no_more_than_an_honest_body() {
    const MEBIBYTE: usize = 1024 * 1024;
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    // 200 MB in 200 KB.
    let bomb = gzip(&vec![b' '; 200 * MEBIBYTE]);
    assert!(bomb.len() < 250 * 1024);
    let before = (!harness.is_deployed()).then(|| harness.process.peak_memory());
    assert_eq!(to_lynn(&harness, "gzip", bomb.clone()).await.status(), 413);
    assert_eq!(to_genesys(&harness, "gzip", bomb).await.status(), 413);
    if let Some(before) = before {
        let grown = harness.process.peak_memory() - before;
        assert!(grown < 8 * MEBIBYTE, "the peak grew by {grown} bytes");
    }
    harness.end();
}
