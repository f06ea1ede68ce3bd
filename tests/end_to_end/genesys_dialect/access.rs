//! Who may use Genesys' own routes, and how the bridge refuses.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    Answered, CLIENT, CLIENT_SECRET, Engine, INTEGRATION, dialect, log_in, login, named, said, send,
};
use crate::harness::{Harness, KEY, SOON, Setup};

const OTHER_INTEGRATION: &str = "11111111-2222-3333-4444-555555555555";

/// A second integration, with its own client and one in common with the first.
fn sales(clients: Vec<Value>) -> Setup {
    named(Setup::named("sales"))
        .genesys(|options| {
            options.integration_id = OTHER_INTEGRATION.into();
            options.client_id = "client-of-sales".into();
        })
        .config(move |integration| {
            integration["lynn"]["inboundAuth"] = json!([{ "type": "apiKey", "key": KEY }]);
            integration["lynn"]["inboundAuth"].as_array_mut().unwrap().extend(clients);
        })
}

fn client(id: &str, secret: &str) -> Value {
    json!({ "type": "oauthClient", "clientId": id, "clientSecret": secret })
}

fn assert_refused(answer: &Answered, status: u16, code: &str) {
    assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)), "{answer:?}");
    assert_eq!(answer.body["status"], status);
    assert!(answer.body["message"].is_string(), "{answer:?}");
}

#[tokio::test]
async fn a_token_is_given_for_the_secret_in_either_place() {
    let harness = dialect().start().await;
    let token = async |form: &str| {
        let request = harness.request(Method::POST, "/oauth/token");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        send(request.body(form.to_owned())).await
    };
    log_in(&harness, CLIENT, CLIENT_SECRET).await;
    let id = harness.client_id(CLIENT);
    let form =
        format!("grant_type=client_credentials&client_id={id}&client_secret={CLIENT_SECRET}");
    let deadline = Instant::now() + SOON;
    let mut answer = token(&form).await;
    // Another instance of a deployed function may know a new client a little later.
    while harness.is_deployed() && answer.status == 400 && Instant::now() < deadline {
        sleep(Duration::from_millis(500)).await;
        answer = token(&form).await;
    }
    assert_eq!(answer.status, 200, "{answer:?}");
    let keys: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["access_token", "token_type", "expires_in"]);
    let given = answer.body["access_token"].as_str().unwrap();
    assert!(!given.contains(CLIENT_SECRET));

    let unknown = send(login(&harness, "nobody", CLIENT_SECRET)).await;
    assert_eq!((unknown.status, &unknown.body["error"]), (400, &json!("invalid_client")));
    assert!(unknown.body["description"].is_string());
    let wrong = send(login(&harness, CLIENT, "wrong")).await;
    assert_eq!((wrong.status, &wrong.body["error"]), (401, &json!("invalid_client")));
    assert!(wrong.body["description"].is_string());
    for form in ["", "grant_type=password", "client_id=engine"] {
        let answer = token(form).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("unsupported_grant_type")));
    }
    let nobody = token("grant_type=client_credentials").await;
    assert_eq!((nobody.status, &nobody.body["error"]), (400, &json!("invalid_client")));
    let read = send(harness.request(Method::GET, "/oauth/token")).await;
    assert_refused(&read, 405, "method.not.allowed");
    harness.logged(&[("event.name", "rejected"), ("endpoint", "oauth"), ("reason", "key")]).await;
    harness.end();
}

#[tokio::test]
async fn a_refusal_has_the_status_and_the_body_of_genesys() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    let without = harness
        .request(
            Method::POST,
            &format!("/api/v2/conversations/messages/{INTEGRATION}/inbound/open/message"),
        )
        .json(&said("m-1", "Hello"));
    assert_refused(&send(without).await, 401, "bad.credentials");
    let forged = format!("{}x", engine.token);
    let parts: Vec<&str> = engine.token.split('.').collect();
    let later = format!("{}.{}.{}", parts[0], i64::MAX, parts[2]);
    let elsewhere = format!("nowhere.{}.{}", parts[1], parts[2]);
    for token in [&forged, &later, &elsewhere, "", "a.b.c", KEY] {
        let request = harness
            .request(
                Method::POST,
                &format!("/api/v2/conversations/messages/{INTEGRATION}/inbound/open/message"),
            )
            .bearer_auth(token)
            .json(&said("m-1", "Hello"));
        assert_refused(&send(request).await, 401, "bad.credentials");
    }
    // Without a token, the path is not looked at.
    let unknown =
        harness.request(Method::POST, "/api/v2/conversations/messages/x/inbound/open/message");
    assert_refused(&send(unknown).await, 401, "bad.credentials");
    let unknown = engine.request("00000000-0000-0000-0000-000000000000", "message");
    assert_refused(&send(unknown.json(&said("m-1", "Hello"))).await, 404, "not.found");
    let unknown = engine.request(INTEGRATION, "reaction");
    assert_refused(&send(unknown.json(&said("m-1", "Hello"))).await, 404, "not.found");
    // A stack routes what is below `/api`; API Gateway answers for `/api` itself.
    let top = if harness.is_deployed() { "/api/v2" } else { "/api" };
    for path in ["/api/v2/users/me", top, "/oauth/authorize"] {
        let request = harness.request(Method::GET, path).bearer_auth(&engine.token);
        assert_refused(&send(request).await, 404, "not.found");
    }
    let read = harness.request(
        Method::GET,
        &format!("/api/v2/conversations/messages/{INTEGRATION}/inbound/open/message"),
    );
    assert_refused(&send(read).await, 405, "method.not.allowed");

    let large = engine.request(INTEGRATION, "message").json(&said("m-1", &"x".repeat(520_000)));
    assert_refused(&send(large).await, 413, "request.entity.too.large");
    let text = engine.request(INTEGRATION, "message").header("content-type", "text/plain");
    assert_refused(&send(text.body("Hello")).await, 415, "unsupported.media.type");
    harness.logged(&[("event.name", "rejected"), ("endpoint", "oauth"), ("reason", "token")]).await;
    harness
        .logged(&[("event.name", "rejected"), ("endpoint", "oauth"), ("reason", "missing")])
        .await;
    harness.end();
}

#[tokio::test]
async fn a_body_that_genesys_would_refuse_names_the_field() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    let with = |change: fn(&mut Value)| {
        let mut body = said("m-1", "Hello");
        change(&mut body);
        body
    };
    let cases: [(&str, Value, &str); 13] = [
        ("message", json!([]), "body"),
        ("message", json!({ "text": "Hello" }), "channel"),
        ("message", with(|body| body["channel"]["from"] = json!({})), "channel.from.id"),
        (
            "message",
            with(|body| body["channel"]["from"]["idType"] = json!("Fax")),
            "channel.from.idType",
        ),
        ("message", with(|body| body["channel"]["time"] = json!("noon")), "channel.time"),
        ("message", with(|body| body["channel"]["messageId"] = json!(7)), "channel.messageId"),
        ("message", with(|body| body["text"] = json!("")), "body"),
        ("message", with(|body| body["text"] = json!(7)), "text"),
        ("event", with(|_| ()), "events"),
        (
            "event",
            with(|body| body["events"] = json!([{ "eventType": "Presence" }])),
            "events.eventType",
        ),
        ("structured/response", with(|_| ()), "originatingMessageId"),
        ("receipt", with(|body| body["id"] = json!("g-1")), "status"),
        (
            "receipt",
            with(|body| {
                body["id"] = json!("g-1");
                body["status"] = json!("Read");
            }),
            "status",
        ),
    ];
    for (resource, body, field) in cases {
        let answer = send(engine.request(INTEGRATION, resource).json(&body)).await;
        assert_refused(&answer, 400, "bad.request");
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
    }
    for body in ["", "{", "{\"channel\":{}} {}"] {
        let request =
            engine.request(INTEGRATION, "message").header("content-type", "application/json");
        assert_refused(&send(request.body(body)).await, 400, "bad.request");
    }
    assert_refused(
        &send(
            engine
                .request(INTEGRATION, "message?prefetchConversationId=maybe")
                .json(&said("m-1", "Hello")),
        )
        .await,
        400,
        "bad.request",
    );
    assert!(harness.genesys.accepted_messages("ana").is_empty());
    harness.end();
}

#[tokio::test]
async fn a_token_is_of_one_client_and_what_it_may_use() {
    let first = dialect().config(|config| {
        let ways = config["lynn"]["inboundAuth"].as_array_mut().unwrap();
        ways.push(client("shared", "the-secret-that-both-have"));
        ways.push(client("same-id", "the-secret-of-support"));
    });
    let second = sales(vec![
        client("seller", "the-secret-of-the-seller"),
        client("shared", "the-secret-that-both-have"),
        client("same-id", "the-secret-of-sales"),
    ]);
    let harness = Harness::start_all(vec![first, second]).await;
    let post = async |id: &str, secret: &str, integration: &str| {
        let answer = log_in(&harness, id, secret).await;
        let token = answer.body["access_token"].as_str().unwrap().to_owned();
        let engine = Engine { harness: &harness, token };
        let message = said(&format!("{id}-{integration}-{}", secret.len()), "Hello");
        send(engine.request(integration, "message").json(&message)).await
    };
    assert_eq!(post(CLIENT, CLIENT_SECRET, INTEGRATION).await.status, 200);
    assert_eq!(post(CLIENT, CLIENT_SECRET, &INTEGRATION.to_uppercase()).await.status, 200);
    assert_refused(&post(CLIENT, CLIENT_SECRET, OTHER_INTEGRATION).await, 404, "not.found");
    assert_eq!(post("seller", "the-secret-of-the-seller", OTHER_INTEGRATION).await.status, 200);
    assert_refused(
        &post("seller", "the-secret-of-the-seller", INTEGRATION).await,
        404,
        "not.found",
    );
    for integration in [INTEGRATION, OTHER_INTEGRATION] {
        assert_eq!(post("shared", "the-secret-that-both-have", integration).await.status, 200);
    }
    assert_eq!(post("same-id", "the-secret-of-sales", OTHER_INTEGRATION).await.status, 200);
    assert_refused(&post("same-id", "the-secret-of-sales", INTEGRATION).await, 404, "not.found");
    assert_eq!(post("same-id", "the-secret-of-support", INTEGRATION).await.status, 200);
    // The token opens no other route, and the key none of these.
    let token = log_in(&harness, CLIENT, CLIENT_SECRET).await.body["access_token"].clone();
    let other = harness.request(Method::POST, "/lynn/support").bearer_auth(token.as_str().unwrap());
    let event =
        json!({ "type": "message", "id": "m-1", "contact": { "id": "ana" }, "text": "Hello" });
    assert_eq!(send(other.json(&event)).await.status, 401);
    harness.end();
}

#[tokio::test]
async fn a_changed_secret_ends_its_tokens() {
    let harness = dialect().start().await;
    let engine = Engine::of(&harness).await;
    engine.say("m-1", "Hello").await;
    harness.edit_config(|config| {
        let ways = config["integrations"][0]["lynn"]["inboundAuth"].as_array_mut().unwrap();
        *ways.last_mut().unwrap() = client(CLIENT, "the-new-secret-of-the-engine");
    });
    // A refused login makes the bridge read the secrets again, at most once in 10 s.
    let deadline = tokio::time::Instant::now() + crate::harness::SOON;
    while send(login(&harness, CLIENT, "the-new-secret-of-the-engine")).await.status != 200 {
        assert!(tokio::time::Instant::now() < deadline, "{}", harness.process.log());
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    // A stack takes the version before for ten more minutes, and another function may not have read
    // the new one.
    if !harness.is_deployed() {
        let answer = send(engine.request(INTEGRATION, "message").json(&said("m-2", "Hello"))).await;
        assert_refused(&answer, 401, "bad.credentials");
        assert_eq!(send(login(&harness, CLIENT, CLIENT_SECRET)).await.status, 401);
    }
    harness.end();
}

#[tokio::test]
async fn without_a_client_nobody_gets_in() {
    let harness = Harness::start().await;
    assert_eq!(send(login(&harness, CLIENT, CLIENT_SECRET)).await.status, 400);
    harness.end();
}
