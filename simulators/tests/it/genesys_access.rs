//! Login, tokens, rate limit, and other refusals before an endpoint is reached.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{GenesysOptions, GenesysSimulator};

use crate::support::{Genesys, client, message, quiet, read};

async fn token_call(
    simulator: &GenesysSimulator,
    id: &str,
    secret: &str,
    form: &'static str,
) -> (u16, Value) {
    let request = client()
        .post(format!("{}/oauth/token", simulator.base_url()))
        .basic_auth(id, Some(secret))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    read(request).await
}

#[tokio::test]
async fn a_login_needs_a_known_client_and_its_secret() {
    let options = GenesysOptions {
        client_id: "c".to_owned(),
        client_secret: "s".to_owned(),
        more_clients: vec![("c2".to_owned(), "s2".to_owned())],
        ..quiet()
    };
    let simulator = GenesysSimulator::start(options).await.expect("a simulator");
    let form = "grant_type=client_credentials";
    let (status, body) = token_call(&simulator, "c", "s", form).await;
    assert_eq!(
        (status, &body["token_type"], &body["expires_in"]),
        (200, &json!("bearer"), &json!(86_400))
    );
    assert_eq!(token_call(&simulator, "c2", "s2", form).await.0, 200);
    let (status, body) = token_call(&simulator, "who", "s", form).await;
    assert_eq!((status, &body["description"]), (400, &json!("client not found: invalid_client")));
    let (status, body) = token_call(&simulator, "c", "wrong", form).await;
    assert_eq!(
        (status, &body["description"]),
        (401, &json!("authentication failed: invalid_client"))
    );
    assert_eq!(token_call(&simulator, "c", "s", "grant_type=password").await.0, 400);
    let in_the_form = client()
        .post(format!("{}/oauth/token", simulator.base_url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials&client_id=c&client_secret=s");
    assert_eq!(read(in_the_form).await.0, 200);
    assert_eq!(simulator.logins(), 3);
    assert_eq!(simulator.violations().len(), 1);
}

#[tokio::test]
async fn a_call_needs_a_live_token() {
    let genesys = Genesys::start().await;
    let me = format!("{}/api/v2/tokens/me", genesys.simulator.base_url());
    let (status, body) = read(genesys.client.get(&me)).await;
    assert_eq!((status, &body["code"]), (401, &json!("authentication.required")));
    let (status, body) = read(genesys.client.get(&me).bearer_auth("nonsense")).await;
    assert_eq!((status, &body["code"]), (401, &json!("bad.credentials")));
    let (status, body) = read(genesys.client.get(&me).bearer_auth(&genesys.token)).await;
    assert_eq!((status, &body["OAuthClient"]["id"]), (200, &json!("simulated-client")));
    genesys.simulator.revoke_tokens();
    let (status, body) = genesys.post("message", &message("x", "m-1", 1)).await;
    assert_eq!((status, &body["code"]), (401, &json!("bad.credentials")));
}

#[tokio::test]
async fn a_token_expires() {
    let genesys =
        Genesys::start_with(GenesysOptions { token_lifetime: Duration::ZERO, ..quiet() }).await;
    assert_eq!(genesys.post("message", &message("x", "m-1", 1)).await.0, 401);
}

#[tokio::test]
async fn the_error_body_is_complete_and_carries_the_correlation_id() {
    let genesys = Genesys::start().await;
    let answer = genesys.request("message", &json!({})).send().await.expect("an answer");
    let correlation_id = answer.headers()["inin-correlation-id"].to_str().expect("text").to_owned();
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["contextId"], json!(correlation_id));
    for key in
        ["message", "code", "status", "messageWithParams", "messageParams", "details", "errors"]
    {
        assert!(body.get(key).is_some(), "{key}");
    }
}

#[tokio::test]
async fn the_way_to_an_endpoint_is_checked() {
    let genesys = Genesys::start().await;
    let base = genesys.simulator.base_url();
    let integration = genesys.simulator.options().integration_id.clone();
    let at =
        |path: String| genesys.client.post(format!("{base}{path}")).bearer_auth(&genesys.token);
    let good = format!("/api/v2/conversations/messages/{integration}/inbound/open/message");
    let elsewhere = "/api/v2/conversations/messages/other/inbound/open/message".to_owned();
    let body = message("x", "m-1", 1);
    assert_eq!(read(at(elsewhere).json(&body)).await.0, 404);
    assert_eq!(read(at("/api/v2/nothing".to_owned()).json(&body)).await.0, 404);
    assert_eq!(read(at(good.clone()).body(body.to_string())).await.0, 415);
    assert_eq!(
        read(at(good.clone()).header("content-type", "application/json").body("{")).await.0,
        400
    );
    let large = json!({ "text": "x".repeat(512_000) });
    let (status, body) = read(at(good.clone()).json(&large)).await;
    assert_eq!(
        (status, body["message"].as_str()),
        (413, Some("The request is over the size limit. Maximum bytes: 512000"))
    );
    assert_eq!(
        read(genesys.client.put(format!("{base}{good}")).bearer_auth(&genesys.token)).await.0,
        405
    );
    assert_eq!(genesys.simulator.violations().len(), 6);
    assert_eq!(genesys.simulator.requests().len(), 7);
}

#[tokio::test]
async fn the_rate_limit_counts_per_token_and_tells_on_each_answer() {
    let options = GenesysOptions { rate_limit_per_minute: 2, ..quiet() };
    let genesys = Genesys::start_with(options).await;
    for count in ["1", "2"] {
        let answer = genesys.request("message", &json!({})).send().await.expect("an answer");
        assert_eq!(answer.status(), 400);
        assert_eq!(answer.headers()["inin-ratelimit-count"], count);
        assert_eq!(answer.headers()["inin-ratelimit-allowed"], "2");
        assert!(answer.headers().contains_key("inin-ratelimit-reset"));
    }
    let answer =
        genesys.request("message", &message("x", "m-1", 1)).send().await.expect("an answer");
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("inin-ratelimit-count"));
    let wait: u64 =
        answer.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["code"], "too.many.requests");
    assert_eq!(body["limit"]["value"], 2);
    assert!(genesys.simulator.accepted_messages("x").is_empty());

    let other = Genesys { token: genesys.login().await, ..genesys };
    other.say("x", "m-1", 1).await;
}

#[tokio::test]
async fn the_rate_window_passes() {
    let window = Duration::from_millis(100);
    let options = GenesysOptions { rate_limit_per_minute: 1, rate_window: window, ..quiet() };
    let genesys = Genesys::start_with(options).await;
    tokio::time::sleep(window).await;
    genesys.say("x", "m-1", 1).await;
    tokio::time::sleep(window).await;
    genesys.say("x", "m-2", 2).await;
}
