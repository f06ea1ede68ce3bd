//! The values that must never be in a log: secrets, tokens, texts, names, phone numbers, links.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Effect, Endpoint, LynnAuthentication, LynnFault};

use crate::harness::{Harness, KEY, SIGNING_SECRET, Setup, fault, status, taken};

const CLIENT_SECRET: &str = "planted-client-secret";
const WEBHOOK_SECRET: &str = "planted-webhook-secret";
const INBOUND_SECRET: &str = "whsec_cGxhbnRlZC1pbmJvdW5kLXNlY3JldA==";
const ACCESS_SECRET: &str = "planted-access-secret";
const PHONE: &str = "5215587654321";

/// All personal data in the test contain this word.
const WORD: &str = "planted";

async fn harness(level: &str) -> Harness {
    let token = LynnAuthentication::Token {
        access_token: "planted-access-token".into(),
        access_token_secret: ACCESS_SECRET.into(),
        tenant: "tenant-1".into(),
    };
    let setup = Setup::new()
        .environment("RUST_LOG", level)
        .genesys(|options| {
            options.client_secret = CLIENT_SECRET.into();
            options.webhook_secret = WEBHOOK_SECRET.into();
            options.automatic_receipts = true;
        })
        .lynn(|options| options.auth = token)
        .config(|integration| {
            let lynn = &mut integration["lynn"];
            let endpoint =
                lynn["webhookUrl"].as_str().unwrap().trim_end_matches("/webhook").to_owned();
            lynn["auth"] = json!({
                "type": "lynnToken", "endpoint": endpoint, "accessToken": "planted-access-token",
                "accessTokenSecret": ACCESS_SECRET, "tenant": "tenant-1",
            });
            let signature = json!({ "type": "signature", "secret": INBOUND_SECRET });
            lynn["inboundAuth"].as_array_mut().unwrap().push(signature);
            integration["genesys"]["receipts"] = json!("accepted");
        });
    setup.start().await
}

fn message(id: &str) -> Value {
    json!({
        "type": "message", "id": id,
        "contact": { "id": PHONE, "idType": "phone", "nickname": "planted nick", "firstName": "Planted first",
                     "lastName": "planted last", "email": "planted@example.com",
                     "imageUrl": "https://example.com/planted.png", "lynnContactId": "planted-lynn-id" },
        "session": { "id": "s-1", "channel": "whatsapp" },
        "text": "planted text",
        "attachments": [ { "url": "https://example.com/planted?signature=planted", "filename": "planted.pdf",
                           "caption": "planted caption" } ],
        "attributes": { "topic": "planted attribute" },
        "history": [ { "author": "bot", "text": "planted history" } ],
    })
}

/// A short day of the bridge: all kinds of success, and many failures.
async fn everything(harness: &Harness) {
    for effect in [status(503), status(401), Effect::AcceptThenDrop] {
        harness.genesys.script(fault(Endpoint::Message, effect));
    }
    harness.genesys.script(fault(Endpoint::Login, status(401)));
    harness.post(message("m-1")).await;
    harness.accepted(PHONE, 3).await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.post(message("m-2")).await;
    harness.lynn.script(LynnFault::TokensRevoked);
    harness.lynn.script(LynnFault::AcceptThenDrop);
    harness.lynn.script(LynnFault::Status { code: 400, retry_after: None });
    let first = harness.agent(PHONE, "planted answer").await;
    harness.agent(PHONE, "planted refused answer").await;
    let content = json!([ { "contentType": "QuickReply", "quickReply": { "text": "planted", "payload": "planted" } },
                          { "contentType": "planted-kind", "text": "planted" } ]);
    taken(harness.genesys.bot_sends(PHONE, Some("planted question"), content).await);
    let url = "https://example.com/planted";
    taken(
        harness
            .genesys
            .agent_sends_attachment(PHONE, None, "Image", "image/png", "planted.png", url)
            .await,
    );
    taken(harness.genesys.agent_types(PHONE, 1000).await);
    let receipt = json!({ "type": "receipt", "id": "r-1", "contact": { "id": PHONE, "idType": "phone" },
        "messageId": first, "status": "failed", "reason": { "code": "planted-code", "message": "planted reason" } });
    harness.post(receipt).await;
    // Authentic webhooks that cannot be parsed.
    for garbage in [
        "planted garbage",
        "{\"id\":\"g-1\",\"type\":\"Text\",\"channel\":\"planted\"}",
        "[\"planted\"]",
    ] {
        taken(harness.genesys.deliver_raw(garbage.as_bytes().to_vec()).await);
    }
    for (path, key) in [
        ("/lynn/support", "planted wrong key"),
        ("/lynn/planted-name", KEY),
        ("/genesys/support", KEY),
        ("/lynn/support/conversations/5215587654321", "planted wrong key"),
    ] {
        let request =
            harness.request(if path.contains("conv") { Method::GET } else { Method::POST }, path);
        let request =
            request.header("x-api-key", key).header("x-hub-signature-256", "sha256=planted");
        request.body("{\"planted\":1}").send().await.unwrap();
    }
    let invalid = harness
        .request(Method::POST, "/lynn/support")
        .header("x-api-key", KEY)
        .body("{\"type\":\"planted\"}");
    assert_eq!(invalid.send().await.unwrap().status(), 400);
    harness.say(PHONE, "m-3", "planted last word").await;
    let goes_on = |genesys: &simulators::GenesysSimulator| {
        genesys
            .accepted_messages(PHONE)
            .iter()
            .any(|message| message["text"] == "planted last word")
    };
    assert!(harness.genesys.wait_until(crate::harness::SOON, goes_on).await);
    let quiet = |lynn: &simulators::LynnSimulator| {
        lynn.events_for(PHONE).iter().any(|event| event["messageId"] == "m-3")
    };
    assert!(harness.lynn.wait_until(crate::harness::SOON, quiet).await);
}

#[tokio::test]
async fn no_log_line_holds_a_secret_or_a_word_of_anybody() {
    tokio::join!(a_day_at("info"), a_day_at("trace"));
}

async fn a_day_at(level: &str) {
    let mut harness = harness(level).await;
    everything(&harness).await;
    if !harness.is_deployed() {
        harness.process.terminate();
        assert_eq!(harness.process.ended().await.code(), Some(0));
    }
    // Other tests write into the log of a stack, and they do not avoid these words.
    let own = || harness.lines().iter().map(|line| format!("{line}\n")).collect();
    let log: String = if harness.is_deployed() { own() } else { harness.process.log() };
    let mut canaries: Vec<String> =
        [WORD, PHONE, KEY, SIGNING_SECRET, "whsec_", "Bearer", "Basic", "signature="]
            .map(str::to_owned)
            .to_vec();
    for request in [harness.genesys.requests(), harness.lynn.attempts()].concat() {
        let credential = request.header("authorization").unwrap_or_default().to_owned();
        canaries.extend(credential.split_once(' ').map(|(_, token)| token.to_owned()));
        canaries.extend(request.header("webhook-signature").map(str::to_owned));
    }
    for secret in [CLIENT_SECRET, WEBHOOK_SECRET, ACCESS_SECRET] {
        canaries.push(STANDARD.encode(secret));
    }
    canaries.retain(|text| !text.is_empty());
    assert!(canaries.len() > 20);
    for line in log.lines() {
        let lower = line.to_lowercase();
        for text in &canaries {
            assert!(!lower.contains(&text.to_lowercase()), "{level}: {text} in {line}");
        }
        let parsed: Value = serde_json::from_str(line).unwrap_or_default();
        assert!(parsed.is_object(), "not a line of JSON: {line}");
    }
    assert!(log.lines().count() > 20, "{log}");
}
