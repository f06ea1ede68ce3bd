//! Tests the output of `bridge local`, and the uses of its addresses and credentials.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tempfile::TempDir;

use super::running::Local;
use crate::command::run;

/// The variables of the line to paste.
fn administrator(local: &Local) -> Vec<(String, String)> {
    let line = local.line("export ").strip_prefix("export ").expect("it can be pasted");
    let pair = |word: &str| word.split_once('=').map(|(name, value)| (name.into(), value.into()));
    line.split(' ').filter_map(pair).collect()
}

#[tokio::test]
async fn the_printed_administrator_logs_in_at_the_printed_address() {
    let local = Local::start(&[]);
    let variables = administrator(&local);
    assert_eq!(variables[0].0, "GENESYS_ADMIN_CLIENT_ID");
    assert_eq!(variables[1].0, "GENESYS_ADMIN_CLIENT_SECRET");
    let login = format!("{}/oauth/token", local.address("Login:"));
    let client = crate::harness::client();
    let answer = client
        .post(login)
        .basic_auth(&variables[0].1, Some(&variables[1].1))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(local.address("simulated API"), local.address("Login:"));
}

#[tokio::test]
async fn the_simulated_vendors_answer_their_own_host_only() {
    let local = Local::start(&[]);
    let client = crate::harness::client();
    for word in ["simulated API", "Lynn, simulated"] {
        let url = format!("{}/api/v2/tokens/me", local.address(word));
        let status = |name: &'static str, value: &'static str| {
            let request = client.get(&url).header(name, value);
            async move { request.send().await.expect("an answer").status().as_u16() }
        };
        assert_eq!(status("host", "evil.example").await, 403, "{word}");
        assert_eq!(status("origin", "http://evil.example").await, 403, "{word}");
        assert_ne!(status("x-nothing", "special").await, 403, "{word}");
    }
}

#[tokio::test]
async fn doctor_send_and_sign_work_with_the_written_configuration() {
    let folder = TempDir::new().expect("a folder");
    let config = folder.path().join("bridge.json");
    let file = config.to_str().expect("UTF-8");
    let local = Local::start(&["--config-out", file]);
    let mode = std::fs::metadata(&config).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(local.line("configuration").ends_with(file), "{:?}", local.program.printed);

    let sent = run(&["send", "lynn", "--config", file, "--contact", "ana"], &[]).await;
    assert!(sent.output.contains("202"), "{sent:?}");
    local.events(None, |event| event.is_line("delivered")).await;
    let sent = run(&["send", "genesys", "--config", file, "--contact", "ana"], &[]).await;
    assert!(sent.output.contains("200"), "{sent:?}");
    let body = folder.path().join("body.json");
    std::fs::write(&body, "{}").expect("it is ours");
    let body = body.to_str().expect("UTF-8");
    let signed = run(&["sign", "genesys", "--config", file, "--body", body], &[]).await;
    let given = ["sign", "genesys", "--secret", "local-webhook-secret", "--body", body];
    assert_eq!(signed.output, run(&given, &[]).await.output);

    let examined = run(&["doctor", "--config", file], &administrator(&local)).await;
    let failed: Vec<&str> =
        examined.output.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(failed.is_empty() && examined.output.contains("OK"), "{examined:?}");
}

/// A second integration of the same organisation and the same bridge.
#[tokio::test]
async fn setup_and_rotate_can_be_tried() {
    let folder = TempDir::new().expect("a folder");
    let config = folder.path().join("bridge.json");
    let file = config.to_str().expect("UTF-8");
    let local = Local::start(&["--config-out", file]);
    let (platform, bridge) = (local.address("simulated API"), &local.bridge);
    let webhook = format!("{bridge}/genesys/second");
    let lynn = format!("{}/webhook", local.address("Lynn, simulated"));
    let mut environment = administrator(&local);
    environment.push(("BRIDGE_SETUP_FASTER".to_owned(), "20".to_owned()));
    let arguments = [
        "setup",
        "--domain",
        "mypurecloud.com",
        "--api-base-url",
        &platform,
        "--login-base-url",
        &platform,
        "--name",
        "second",
        "--config",
        file,
        "--webhook-url",
        &webhook,
        "--queue",
        "Second",
        "--create-queue",
        "--lynn-webhook-url",
        &lynn,
        "--yes",
    ];
    let made = run(&arguments, &environment).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let rotated = run(
        &[
            "setup",
            "rotate",
            "--name",
            "second",
            "--config",
            file,
            "--reread-wait",
            "0",
            "--retry-wait",
            "0",
            "--cache-wait",
            "0",
        ],
        &environment,
    )
    .await;
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    // The running bridge has read the file again.
    let signed = run(
        &["send", "genesys", "--config", file, "--integration", "second", "--contact", "eva"],
        &[],
    )
    .await;
    assert!(signed.output.contains("200"), "{signed:?}");
    local.accepted("customer", json!({ "contact": "ana", "act": "says", "text": "Hi" })).await;
}
