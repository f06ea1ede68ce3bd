//! The doctor asks the bridge itself, with requests that have no effect.

use reqwest::Method;
use serde_json::{Value, json};

use super::Installation;
use crate::command::run;
use crate::harness::{Harness, Setup};
use crate::signing::hub_signature;

#[tokio::test]
async fn a_bridge_with_other_secrets_than_the_file_is_found_out() {
    let installation = Installation::new(Setup::new()).await;
    let directory = tempfile::tempdir().expect("a directory");
    let text = std::fs::read_to_string(installation.harness.config_path()).expect("a file");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    config["integrations"][0]["lynn"]["inboundAuth"] = json!([
        { "type": "apiKey", "key": "another" },
        { "type": "signature", "secret": "whsec_c2lnbnMtd2hhdC10aGUtYnJpZGdlLXBvc3Rz" } ]);
    config["integrations"][0]["genesys"]["webhookSecrets"] = json!(["another-secret-1234"]);
    let path = directory.path().join("bridge.json");
    std::fs::write(&path, config.to_string()).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let arguments = ["doctor", "--config", path, "--bridge-url", &installation.harness.address];
    // Without an administrator the doctor signs the probe with the file's own secret.
    let ended = run(&arguments, &[]).await;
    let wanted = |line: &&str| line.starts_with("FAIL") && !line.contains("configuration-private");
    let lines: Vec<&str> = ended.output.lines().filter(wanted).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.contains("database")).collect();
    insta::assert_snapshot!(installation.named(&lines.join("\n")));
    assert!(!ended.output.contains("another"), "{ended:?}");
}

#[tokio::test]
async fn a_probe_has_no_effect_however_often_and_proves_the_signature() {
    let harness = Harness::start().await;
    let secret = harness.genesys.options().webhook_secret.clone();
    let body = r#"{"type":"BridgeProbe","id":"p-1","time":"2026-11-22T10:00:00.000Z"}"#;
    let post = async |secret: &str, body: &'static str| {
        let request = harness.request(Method::POST, "/genesys/support");
        let request = request.header("x-hub-signature-256", hub_signature(secret, body.as_bytes()));
        request.body(body).send().await.expect("an answer")
    };
    for _ in 0..2 {
        let answer = post(&secret, body).await;
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!((&answer["probe"], &answer["integration"]), (&json!("p-1"), &json!("support")));
    }
    assert_eq!(post("another-secret-1234", body).await.status(), 401);
    // A webhook that only resembles a probe is an ordinary webhook: accepted, and kept as
    // unreadable.
    let almost =
        r#"{"type":"BridgeProbe","id":"p-2","time":"2026-11-22T10:00:00.000Z","channel":{}}"#;
    let answer = post(&secret, almost).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.expect("a body").is_empty());
    harness.logged(&[("event.name", "accepted")]).await;
    let accepted = harness.lines().into_iter().filter(|line| line["event.name"] == "accepted");
    assert_eq!(accepted.count(), 1);
    assert_eq!(harness.lynn.event_count(), 0);
}
