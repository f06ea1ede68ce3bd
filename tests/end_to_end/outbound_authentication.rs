//! The bridge's authentication at Lynn: every type of `lynn.auth`, and the signature.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::{LynnAuthentication, LynnFault};

use crate::harness::{Harness, SIGNING_SECRET, Setup};
use crate::signing::standard_signature;

/// A harness whose Lynn needs the authentication `asked` and whose bridge is configured with
/// `configured`, with an open conversation of `ana`.
async fn authenticated(asked: LynnAuthentication, configured: Value) -> Harness {
    let setup = Setup::new()
        .lynn(|options| options.auth = asked)
        .config(move |integration| integration["lynn"]["auth"] = configured);
    let harness = setup.start().await;
    harness.say("ana", "m-0", "Hello").await;
    harness.accepted("ana", 1).await;
    harness
}

/// Lynn's own token; the URL of its service is known only when it runs.
async fn with_token(lifetime: Duration) -> Harness {
    let asked = LynnAuthentication::Token {
        access_token: "access".into(),
        access_token_secret: "secret-of-access".into(),
        tenant: "12".into(),
    };
    let setup = Setup::new()
        .lynn(|options| {
            options.auth = asked;
            options.token_lifetime = lifetime;
        })
        .config(|integration| {
            let webhook = integration["lynn"]["webhookUrl"].as_str().unwrap();
            let endpoint = webhook.trim_end_matches("/webhook").to_owned();
            integration["lynn"]["auth"] = json!({
                "type": "lynnToken", "endpoint": endpoint, "accessToken": "access",
                "accessTokenSecret": "secret-of-access", "tenant": 12,
            });
        });
    let harness = setup.start().await;
    harness.say("ana", "m-0", "Hello").await;
    harness.accepted("ana", 1).await;
    harness
}

#[tokio::test]
async fn every_fixed_credential_is_sent() {
    let cases = [
        (LynnAuthentication::None, json!({ "type": "none" })),
        (
            LynnAuthentication::Bearer("token-1".into()),
            json!({ "type": "bearer", "token": "token-1" }),
        ),
        (
            LynnAuthentication::Header { name: "x-gateway".into(), value: "value 1".into() },
            json!({ "type": "header", "name": "X-Gateway", "value": "value 1" }),
        ),
        (
            LynnAuthentication::Basic { username: "usér".into(), password: "pass:word".into() },
            json!({ "type": "basic", "username": "usér", "password": "pass:word" }),
        ),
    ];
    for (asked, configured) in cases {
        let harness = authenticated(asked, configured).await;
        harness.agent("ana", "Hello").await;
        harness.heard("ana", 1).await;
        assert_eq!(harness.lynn.attempts().len(), 1);
        harness.end();
    }
}

#[tokio::test]
async fn every_post_is_signed_over_the_bytes_that_are_sent() {
    let harness = Harness::start().await;
    let id = harness.agent("ana", "¿Sí? 😀 / \\").await;
    harness.heard("ana", 1).await;
    let post = harness.lynn.attempts().remove(0);
    assert_eq!(post.header("webhook-id"), Some(&*id));
    let timestamp: i64 = post.header("webhook-timestamp").unwrap().parse().unwrap();
    assert!(crate::signing::unix_seconds().abs_diff(timestamp) <= 60);
    assert!(post.header("content-type").unwrap().starts_with("application/json"));
    // The simulator has verified the signature. The signature depends on the body: another body
    // gives another one.
    let other = standard_signature(SIGNING_SECRET, &id, timestamp, b"{}");
    let signature = post.header("webhook-signature").unwrap();
    assert!(signature.starts_with("v1,") && signature != other);
    harness.end();
}

#[tokio::test]
async fn without_a_signing_secret_the_id_and_the_time_still_go_with_a_post() {
    let setup = Setup::new()
        .lynn(|options| options.signing_secret = None)
        .config(|integration| integration["lynn"]["signingSecret"] = Value::Null);
    let harness = setup.start().await;
    let id = harness.agent("ana", "Hello").await;
    harness.heard("ana", 1).await;
    let post = harness.lynn.attempts().remove(0);
    assert_eq!(post.header("webhook-id"), Some(&*id));
    assert!(post.header("webhook-timestamp").is_some());
    assert_eq!(post.header("webhook-signature"), None);
    assert_eq!(post.header("authorization"), None);
    harness.end();
}

#[tokio::test]
async fn a_token_of_lynns_own_is_fetched_once_and_again_when_it_is_revoked() {
    let harness = with_token(Duration::from_secs(3600)).await;
    for number in 0..10 {
        harness.agent(&format!("contact-{number}"), "Hello").await;
    }
    for number in 0..10 {
        harness.heard(&format!("contact-{number}"), 1).await;
    }
    assert_eq!(harness.lynn.logins(), 1);
    harness.lynn.script(LynnFault::TokensRevoked);
    harness.agent("ana", "Hello").await;
    harness.heard("ana", 1).await;
    assert_eq!(harness.lynn.logins(), 2);
    harness.lynn.revoke_tokens();
    harness.agent("ana", "Hello?").await;
    harness.heard("ana", 2).await;
    assert_eq!(harness.lynn.logins(), 3);
    assert!(harness.genesys.receipts().is_empty());
    harness.end();
}

#[tokio::test]
async fn a_token_of_lynns_own_that_expires_is_renewed() {
    let harness = with_token(Duration::from_millis(300)).await;
    for number in 1..=3 {
        harness.agent("ana", "Hello").await;
        harness.heard("ana", number).await;
        tokio::time::sleep(Duration::from_millis(350)).await;
    }
    assert_eq!(harness.lynn.logins(), 3);
    harness.end();
}

#[tokio::test]
async fn a_credential_that_lynn_refuses_fails_for_the_agent() {
    let harness = authenticated(
        LynnAuthentication::Bearer("token-1".into()),
        json!({ "type": "bearer", "token": "another" }),
    )
    .await;
    let id = harness.agent("ana", "Hello").await;
    let receipts = harness.receipts(1).await;
    assert_eq!(receipts[0]["id"], *id);
    assert_eq!(receipts[0]["status"], "Failed");
    assert!(!harness.lynn.violations().is_empty());
}
