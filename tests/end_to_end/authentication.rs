//! The credentials with which Lynn may post to the bridge, and the rotation of its keys.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use simulators::LynnAuthentication;
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, KEY, Setup, each};
use crate::signing::{hub_signature, standard_signature, unix_seconds};

const SECRET: &str = "whsec_Zmlyc3Qtc2VjcmV0LW9mLWx5bm4=";
const OLD_SECRET: &str = "whsec_c2Vjb25kLXNlY3JldC1vZi1seW5u";
const PATH: &str = "/lynn/support";
const STATUS_PATH: &str = "/lynn/support/conversations/ana";

/// Two keys and two signing secrets are valid at once.
async fn harness() -> Harness {
    let setup = Setup::new().config(|integration| {
        integration["lynn"]["inboundAuth"] = json!([
            { "type": "apiKey", "key": KEY },
            { "type": "signature", "secret": SECRET },
            { "type": "apiKey", "key": "another key" },
            { "type": "signature", "secret": OLD_SECRET },
        ]);
    });
    setup.start().await
}

fn event(id: &str) -> Vec<u8> {
    let event =
        json!({ "type": "message", "id": id, "contact": { "id": "ana" }, "text": "¿Sí? / \\" });
    event.to_string().into_bytes()
}

fn post(harness: &Harness, body: &[u8]) -> RequestBuilder {
    harness.request(Method::POST, PATH).header(CONTENT_TYPE, "application/json").body(body.to_vec())
}

fn signed(
    request: RequestBuilder,
    secret: &str,
    id: &str,
    time: i64,
    body: &[u8],
) -> RequestBuilder {
    request
        .header("webhook-id", id)
        .header("webhook-timestamp", time)
        .header("webhook-signature", standard_signature(secret, id, time, body))
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn every_configured_key_and_secret_is_taken() {
    let harness = harness().await;
    for (number, key) in [KEY, "another key"].into_iter().enumerate() {
        let request = post(&harness, &event(&format!("key-{number}"))).header("x-api-key", key);
        assert_eq!(send(request).await.status(), 202);
    }
    for (number, secret) in [SECRET, OLD_SECRET].into_iter().enumerate() {
        for shift in [0, -290, 290] {
            let body = event(&format!("signed-{number}-{shift}"));
            let time = unix_seconds() + shift;
            let request = signed(post(&harness, &body), secret, "msg_1", time, &body);
            assert_eq!(send(request).await.status(), 202);
        }
    }
    // One good signature among others is enough, and a good signature outweighs a wrong key.
    let (body, time) = (event("several"), unix_seconds());
    let good = standard_signature(SECRET, "msg_2", time, &body);
    let request = post(&harness, &body)
        .header("x-api-key", "wrong")
        .header("webhook-id", "msg_2")
        .header("webhook-timestamp", time)
        .header("webhook-signature", format!("v1a,AAAA v1,AAAA {good}"));
    assert_eq!(send(request).await.status(), 202);
    harness.accepted("ana", 9).await;
    harness.end();
}

#[tokio::test]
async fn the_status_of_a_conversation_is_told_to_who_proves_himself() {
    let harness = harness().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
    harness.until_listed().await;
    let ask = || harness.request(Method::GET, STATUS_PATH);
    assert_eq!(send(ask()).await.status(), 401);
    assert_eq!(send(ask().header("x-api-key", "wrong")).await.status(), 401);
    assert_eq!(send(ask().header("x-api-key", KEY)).await.status(), 200);
    let time = unix_seconds();
    let answer = send(signed(ask(), SECRET, "msg_1", time, b"")).await;
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["status"], "open");
    let answer = send(signed(ask(), SECRET, "msg_1", time, b"{}")).await;
    assert_eq!(answer.status(), 401);
    harness.end();
}

#[tokio::test]
async fn a_refusal_never_says_which_part_was_wrong() {
    let harness = harness().await;
    let (body, now) = (event("m-1"), unix_seconds());
    let good = standard_signature(SECRET, "msg_1", now, &body);
    let headers = |id: &str, time: &str, signature: &str| {
        post(&harness, &body)
            .header("webhook-id", id)
            .header("webhook-timestamp", time)
            .header("webhook-signature", signature)
    };
    let now_text = now.to_string();
    let stale = now - 3600;
    let stale_signature = standard_signature(SECRET, "msg_1", stale, &body);
    let other_secret = standard_signature("whsec_bm90IHRoZSBzZWNyZXQ=", "msg_1", now, &body);
    let requests = [
        post(&harness, &body).header("x-api-key", ""),
        post(&harness, &body).header("x-api-key", "wrong"),
        post(&harness, &body).header("x-api-key", format!("{KEY}x")),
        post(&harness, &body).header("authorization", format!("Bearer {KEY}x")),
        post(&harness, &body).header("authorization", format!("Basic {KEY}")),
        headers("msg_2", &now_text, &good),
        headers("msg_1", &stale.to_string(), &stale_signature),
        headers("msg_1", "yesterday", &good),
        headers("msg_1", &now_text, &other_secret),
        headers("msg_1", &now_text, good.trim_start_matches("v1,")),
        headers("msg_1", &now_text, &good.replace("v1,", "v2,")),
        headers("msg_1", &now_text, ""),
        post(&harness, &body).header("webhook-signature", &good),
        // The bridge does not look at an invalid body either.
        post(&harness, b"{").header("x-api-key", "wrong"),
        post(&harness, b"{").header("x-api-key", "wrong").header(CONTENT_TYPE, "text/plain"),
    ];
    let mut bodies = Vec::new();
    for request in requests {
        let answer = send(request).await;
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        bodies.push(answer.text().await.expect("a body"));
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let problem: Value = serde_json::from_str(&bodies[0]).expect("JSON");
    assert_eq!(problem["status"], 401);
    harness.end();
}

#[tokio::test]
async fn what_changes_in_the_file_is_taken_without_a_restart() {
    let setup = Setup::new()
        .lynn(|options| options.auth = LynnAuthentication::Bearer("new-token-of-lynn".into()))
        .config(|integration| {
            integration["lynn"]["auth"] = json!({ "type": "bearer", "token": "old-token-of-lynn" });
            integration["genesys"]["webhookSecrets"] = json!(["the-secret-of-yesterday"]);
        });
    let harness = setup.start().await;
    let post_with = |key: &'static str, id: &str| {
        let request = post(&harness, &event(id)).header("x-api-key", key);
        async move { send(request).await.status().as_u16() }
    };
    assert_eq!(post_with(KEY, "before").await, 202);
    assert_eq!(post_with("new key", "too early").await, 401);
    // With the old token Lynn refuses a receipt; a refused receipt causes no further event.
    let first = harness.accepted("ana", 1).await.remove(0);
    let path = "/genesys/support";
    let receipt = |status: &str| {
        let id = harness.genesys.genesys_message_id("ana", "before").unwrap();
        json!({ "id": id, "type": "Receipt", "status": status, "channel": { "to": first["channel"]["from"] } }).to_string()
    };
    let webhook = |secret: &str, status: &str| {
        let body = receipt(status);
        let signature = hub_signature(secret, body.as_bytes());
        let request =
            harness.request(Method::POST, path).header("x-hub-signature-256", signature).body(body);
        async move { send(request).await.status().as_u16() }
    };
    assert_eq!(webhook("the-secret-of-yesterday", "Delivered").await, 200);
    harness.logged(&[("event.name", "failed"), ("direction", "outbound")]).await;
    // A file that is invalid for a moment changes nothing. A stack never gets an invalid one.
    if !harness.is_deployed() {
        harness.edit_config(|config| config["integrations"] = json!("broken"));
    }
    assert_eq!(post_with(KEY, "during").await, 202);
    harness.edit_config(|config| {
        config["integrations"] = json!([ {
            "name": harness.name(),
            "genesys": config_of_genesys(&harness),
            "lynn": { "webhookUrl": harness.lynn.webhook_url(), "signingSecret": crate::harness::SIGNING_SECRET,
                      "auth": { "type": "bearer", "token": "new-token-of-lynn" },
                      "inboundAuth": [ { "type": "apiKey", "key": "new key" }, { "type": "apiKey", "key": KEY } ] },
        } ]);
    });
    // After a refusal the bridge reads the file again, at most every 10 s.
    let deadline = Instant::now() + Duration::from_secs(20);
    while post_with("new key", "after").await != 202 {
        assert!(Instant::now() < deadline, "{}", harness.process.log());
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(post_with(KEY, "old key").await, 202);
    let accepted = harness.accepted("ana", 4).await;
    assert_eq!(each(&accepted, "/channel/messageId"), ["before", "during", "after", "old key"]);
    // A secret is read again at most once in 10 s, by each function and for each document of the
    // configuration. The document that the sender uses may have been read before the change.
    sleep(Duration::from_secs(10)).await;
    assert_eq!(webhook(&harness.genesys.options().webhook_secret, "Read").await, 200);
    assert_eq!(harness.heard("ana", 1).await[0]["status"], "read");
    assert_eq!(harness.genesys.violations(), Vec::<String>::new());
}

fn config_of_genesys(harness: &Harness) -> Value {
    let options = harness.genesys.options();
    json!({
        "domain": "mypurecloud.com",
        "integrationId": options.integration_id,
        "apiBaseUrl": harness.genesys.base_url(),
        "loginBaseUrl": harness.genesys.base_url(),
        "oauthClients": [ { "clientId": options.client_id, "clientSecret": options.client_secret } ],
        "webhookSecrets": [ options.webhook_secret, "the-secret-of-yesterday" ],
    })
}

async fn refusal(request: RequestBuilder) -> String {
    let answer = send(request).await;
    assert_eq!(answer.status(), 401);
    let problem: Value = answer.json().await.expect("JSON");
    problem["detail"].as_str().expect("words").to_owned()
}

#[tokio::test]
async fn who_is_refused_is_told_what_is_expected_and_never_what_was_wrong() {
    const NONE: &str = "The request has none of these headers.";
    const GIVEN: &str = "The proof of the caller is wrong.";
    let both = harness().await;
    both.until_listed().await;
    let body = event("m-1");
    let expected = "expects x-api-key; or webhook-id, webhook-timestamp, webhook-signature; or authorization: Bearer.";
    let detail = refusal(post(&both, &body)).await;
    assert!(detail.contains(expected) && detail.ends_with(NONE), "{detail}");
    let now = unix_seconds();
    let wrong = [
        post(&both, &body).header("x-api-key", "wrong"),
        signed(post(&both, &body), SECRET, "m-1", now - 1000, &body),
        signed(post(&both, &body), "whsec_bm9ib2R5LXNlY3JldC0wMDAw", "m-1", now, &body),
        post(&both, &body).header("webhook-signature", "v1,bm9wZQ=="),
    ];
    let mut said: Vec<String> = Vec::new();
    for request in wrong {
        said.push(refusal(request).await);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains(expected) && said[0].ends_with(GIVEN), "{said:?}");
    for (endpoint, reason) in
        [("lynn", "missing"), ("lynn", "key"), ("lynn", "timestamp"), ("lynn", "signature")]
    {
        let line = both
            .logged(&[("event.name", "rejected"), ("endpoint", endpoint), ("reason", reason)])
            .await;
        assert_eq!(line["integration"], both.name());
        let network = line["network"].as_str().expect("a network");
        assert!(network.ends_with(".0/24") || network.is_empty(), "{line}");
    }
    both.end();
    let key = Harness::start().await;
    key.until_listed().await;
    let detail = refusal(post(&key, &body)).await;
    assert!(detail.contains("x-api-key") && !detail.contains("webhook-"), "{detail}");
    for (path, header, endpoint) in [
        ("/genesys/support", "x-hub-signature-256", "genesys"),
        ("/genesys/support/events", "x-api-key", "events"),
    ] {
        let ask = || key.request(Method::POST, path).body("{}");
        let detail = refusal(ask()).await;
        assert!(detail.contains(&format!("expects {header}. {NONE}")), "{detail}");
        let detail = refusal(ask().header(header, "wrong")).await;
        assert!(detail.contains(&format!("expects {header}. {GIVEN}")), "{detail}");
        key.logged(&[("event.name", "rejected"), ("endpoint", endpoint), ("reason", "missing")])
            .await;
    }
    key.end();
}
