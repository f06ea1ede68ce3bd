//! Findings of `bridge doctor` whose conditions need special machines: wrong clocks, full disks, a
//! bridge that is down.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::Installation;
use crate::command::run;
use crate::harness::{Harness, Setup};

/// The outcome and the reason of a check.
fn found(output: &str, id: &str) -> (String, String) {
    let findings: Value = serde_json::from_str(output).expect("JSON");
    let finding = findings.as_array().expect("a list").iter().find(|finding| finding["id"] == id);
    let text = |key: &str| finding.and_then(|it| it[key].as_str()).expect(id).to_owned();
    (text("outcome"), text("reason"))
}

/// A server that answers every request with 200, with a date in the year 2020.
async fn of_yesteryear() -> String {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ndate: Sun, 22 Nov 2020 10:00:00 GMT\r\n\
        content-length: 2\r\nconnection: close\r\n\r\n{}";
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            // The client may be gone; ignore errors.
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(ANSWER).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_found() {
    let harness = Harness::start().await;
    let (config, address) = (harness.config_path(), of_yesteryear().await);
    let config = config.to_str().expect("UTF-8");
    let ended = run(&["doctor", "--json", "--config", config, "--bridge-url", &address], &[]).await;
    let (outcome, reason) = found(&ended.output, "bridge-clock");
    assert_eq!(outcome, "fail");
    assert!(reason.contains("behind this machine"), "{reason}");
    assert_eq!(ended.code, Some(1));
}

#[tokio::test]
async fn an_address_that_nobody_can_call_is_refused() {
    for wrong in ["bridge.example.com", "http://bridge.example.com", "ftp://bridge.example.com"] {
        let arguments = ["doctor", "--config", "bridge.json", "--bridge-url", wrong];
        let said = run(&arguments, &[]).await.bad(2);
        assert!(said.contains("--bridge-url") && said.contains("https://"), "{said}");
    }
}

#[tokio::test]
async fn of_half_an_administrator_the_other_half_is_asked_for() {
    let harness = Harness::start().await;
    let config = harness.config_path();
    let arguments = ["doctor", "--config", config.to_str().expect("UTF-8")];
    let (id, secret) = ("GENESYS_ADMIN_CLIENT_ID", "GENESYS_ADMIN_CLIENT_SECRET");
    for (given, missing) in [(id, secret), (secret, id)] {
        let ended = run(&arguments, &[(given.to_owned(), "planted".to_owned())]).await;
        let is_it = |line: &&str| line.contains("genesys-administrator");
        let line = ended.output.lines().find(is_it).expect("a line").to_owned();
        assert!(line.ends_with(&format!("Do: set {missing}")), "{line}");
    }
    let variables =
        [(id, harness.genesys.options().admin_client_id.clone()), (secret, "wrong".to_owned())];
    let ended = run(&arguments, &variables.map(|(name, value)| (name.to_owned(), value))).await;
    let is_it = |line: &&str| line.contains("genesys-administrator");
    let line = ended.output.lines().find(is_it).expect("a line").to_owned();
    assert!(line.contains(&format!("Do: {secret} is not the secret")), "{line}");
}

#[tokio::test]
async fn a_disk_with_little_room_is_found() {
    let mut harness = Harness::start().await;
    harness.process.kill();
    if !harness.restart_on_small_disk(false).await {
        return;
    }
    let directory = harness.data_directory();
    let directory = harness.process.seen_by_it(&directory);
    // Only the bridge sees the small disk under its own path, so the doctor's configuration names
    // it differently.
    let text = std::fs::read_to_string(harness.config_path()).expect("a file");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    config["dataDir"] = json!(directory);
    let file = harness.config_path().with_file_name("doctor.json");
    std::fs::write(&file, config.to_string()).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let arguments = ["doctor", "--json", "--config", file, "--bridge-url", &harness.address];
    let ended = run(&arguments, &[]).await;
    let (outcome, reason) = found(&ended.output, "disk-space");
    assert_eq!(outcome, "fail", "{reason}");
    assert!(reason.contains(" MB free at "), "{reason}");
}

#[tokio::test]
async fn a_bridge_that_is_down_takes_no_test_message() {
    let mut installation = Installation::new(Setup::new()).await;
    installation.harness.process.kill();
    let ended = installation.examine(&["--send", "--yes", "--json"]).await;
    let (outcome, reason) = found(&ended.output, "send-accepted");
    assert_eq!(outcome, "fail", "{reason}");
    assert_eq!(ended.code, Some(1));
}
