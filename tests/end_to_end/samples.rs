//! The sample events of `events/`, and the commands that sign and send, as a user runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use simulators::GenesysSimulator;

use crate::harness::{Harness, KEY, NAME, SOON};
use crate::signing::{hub_signature, standard_signature};

const SECRET: &str = "0123456789abcdef";
const SIGNING: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn samples(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 8);
    files
}

async fn bridge(arguments: Vec<String>) -> Output {
    let run = move || Command::new(env!("CARGO_BIN_EXE_bridge")).args(arguments).output();
    tokio::task::spawn_blocking(run).await.unwrap().unwrap()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The URL of the test's bridge for `send`.
fn target(harness: &Harness, endpoint: &str) -> String {
    let request = harness.request(reqwest::Method::POST, &format!("/{endpoint}/{NAME}")).build();
    request.unwrap().url().to_string()
}

fn webhook_secret(harness: &Harness) -> String {
    let config = std::fs::read_to_string(harness.config_path()).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["integrations"][0]["genesys"]["webhookSecrets"][0].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_sample_is_accepted_and_the_messages_arrive() {
    let harness = Harness::start().await;
    let (lynn, genesys) = (target(&harness, "lynn"), target(&harness, "genesys"));
    let secret = webhook_secret(&harness);
    // The samples are accepted at any age and after any other event.
    harness.agent("ana", "Good morning").await;
    let folder = tempfile::tempdir().unwrap();
    for file in samples("genesys-webhook") {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("\"time\": \"2026-"), "{text}");
        let file = folder.path().join(file.file_name().unwrap());
        std::fs::write(&file, text.replace("\"time\": \"2026-", "\"time\": \"2020-")).unwrap();
        let file = file.display().to_string();
        let sent = bridge(words(&[
            "send", "genesys", "--url", &genesys, "--secret", &secret, "--body", &file,
        ]))
        .await;
        assert!(sent.status.success(), "{file}: {}", String::from_utf8_lossy(&sent.stderr));
    }
    for file in samples("lynn-inbound") {
        let file = file.display().to_string();
        let sent =
            bridge(words(&["send", "lynn", "--url", &lynn, "--key", KEY, "--body", &file])).await;
        assert!(sent.status.success(), "{file}: {}", String::from_utf8_lossy(&sent.stderr));
        assert!(String::from_utf8_lossy(&sent.stdout).starts_with("202 "));
    }
    // Three messages, the first with a transcript and another with two files. The answer to a
    // choice that this Genesys never offered arrives as text.
    let all = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() == 7;
    assert!(
        harness.genesys.wait_until(SOON, all).await,
        "{:?}",
        harness.genesys.accepted_messages("ana")
    );
    assert!(harness.lynn.wait_until(SOON, |lynn| lynn.messages_for("ana").len() == 7).await);
    assert_eq!(harness.lynn.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_text_is_sent_without_a_file_and_a_refusal_is_a_failure() {
    let harness = Harness::start().await;
    let (lynn, genesys) = (target(&harness, "lynn"), target(&harness, "genesys"));
    let sent = bridge(words(&[
        "send",
        "lynn",
        "--url",
        &lynn,
        "--key",
        KEY,
        "--contact",
        "ana",
        "--text",
        "Hello",
    ]))
    .await;
    assert!(sent.status.success());
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], "Hello");
    let secret = webhook_secret(&harness);
    let arguments = words(&[
        "send",
        "genesys",
        "--url",
        &genesys,
        "--secret",
        &secret,
        "--contact",
        "ana",
        "--text",
        "Hi",
    ]);
    assert!(bridge(arguments).await.status.success());
    harness.lynn.wait_until(SOON, |lynn| !lynn.messages_for("ana").is_empty()).await;
    assert_eq!(harness.lynn.messages_for("ana")[0]["text"], "Hi");
    let refused =
        bridge(words(&["send", "lynn", "--url", &lynn, "--key", "another", "--text", "Hello"]))
            .await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).starts_with("401 "));
    harness.end();
}

#[tokio::test]
async fn sign_prints_the_headers_that_the_endpoints_take() {
    let file = samples("genesys-webhook").remove(0);
    let body = std::fs::read(&file).unwrap();
    let file = file.display().to_string();
    let genesys = bridge(words(&["sign", "genesys", "--secret", SECRET, "--body", &file])).await;
    let expected = format!("x-hub-signature-256: {}\n", hub_signature(SECRET, &body));
    assert_eq!(String::from_utf8(genesys.stdout).unwrap(), expected);
    let arguments = [
        "sign",
        "lynn",
        "--secret",
        SIGNING,
        "--id",
        "m-1",
        "--timestamp",
        "1795338840",
        "--body",
        &file,
    ];
    let lynn = String::from_utf8(bridge(words(&arguments)).await.stdout).unwrap();
    let signature = standard_signature(SIGNING, "m-1", 1_795_338_840, &body);
    assert_eq!(
        lynn,
        format!("webhook-id: m-1\nwebhook-timestamp: 1795338840\nwebhook-signature: {signature}\n")
    );
    let wrong =
        bridge(words(&["sign", "lynn", "--secret", "whsec_???", "--id", "m-1", "--body", &file]))
            .await;
    assert!(!wrong.status.success() && !String::from_utf8_lossy(&wrong.stderr).contains("???"));
}

#[tokio::test]
async fn a_call_without_a_key_and_an_answer_without_a_body_are_told() {
    let harness = Harness::start().await;
    let ended = bridge(words(&["send", "lynn", "--url", &target(&harness, "lynn")])).await;
    assert_eq!(ended.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "bridge: give --key or --secret\n");
    let secret = webhook_secret(&harness);
    let sent = ["send", "genesys", "--url", &target(&harness, "genesys"), "--secret", &secret];
    let ended = bridge(words(&sent)).await;
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "200 accepted\n");
    harness.end();
}
