//! The output for people and for machines, for every kind of finding.

use serde_json::Value;
use serde_json::json;

use super::Installation;
use crate::command::run;
use crate::harness::Setup;

#[tokio::test]
async fn a_right_set_up_is_well_throughout() {
    let installation = Installation::new(Setup::new()).await;
    let ended = installation.examine(&[]).await;
    let output = ended.good();
    let free = output.lines().find(|line| line.contains("disk-space")).expect("a line");
    let free = free.split_whitespace().nth(3).expect("a number");
    insta::assert_snapshot!(installation.named(&output).replace(&format!("{free} MB"), "MANY MB"));
    // The doctor caused no event, and called the vendors only with probes.
    assert_eq!(installation.harness.lynn.event_count(), 0);
    assert_eq!(installation.harness.lynn.probes(), 1);
    assert!(installation.harness.genesys.changes().is_empty());
    assert_eq!(installation.harness.genesys.accepted_count(), 0);
    installation.harness.end();
}

#[tokio::test]
async fn a_machine_reads_every_finding() {
    let installation = Installation::new(Setup::new()).await;
    let findings = installation.examine(&["--json"]).await.json();
    let findings = findings.as_array().expect("a list");
    assert!(findings.iter().all(|finding| finding["outcome"] == "ok"), "{findings:#?}");
    for finding in findings {
        let keys: Vec<&String> = finding.as_object().expect("an object").keys().collect();
        let all = ["id", "integration", "subject", "outcome", "reason", "action", "milliseconds"];
        assert_eq!(keys, all);
    }
    installation.harness.genesys.detach_queues();
    installation.harness.genesys.set_queue_members(0, 0);
    installation.harness.genesys.set_threading(0);
    let ended = installation.examine(&["--json"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let findings: Value = serde_json::from_str(&ended.output).expect("JSON");
    let threading = findings.as_array().expect("a list").iter();
    let threading = threading.filter(|finding| finding["id"] == "genesys-threading");
    let found: Vec<&Value> = threading.collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["outcome"], "fail");
    assert_eq!(found[0]["integration"], "support");
    assert!(found[0]["action"].as_str().is_some_and(|action| action.contains("to 0")));
    assert_eq!(ended.said, "bridge: 1 check failed\n");
}

#[tokio::test]
async fn the_list_names_every_check_that_is_printed() {
    let listed = run(&["doctor", "--list", "--json"], &[]).await.json();
    let ids: Vec<&str> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|check| check["id"].as_str().expect("an id"))
        .collect();
    let installation = Installation::new(Setup::new()).await;
    let findings = installation.examine(&["--json"]).await.json();
    for finding in findings.as_array().expect("a list") {
        let id = finding["id"].as_str().expect("an id");
        assert!(ids.contains(&id), "{id}");
    }
    let lines = run(&["doctor", "--list"], &[]).await.good();
    assert_eq!(lines.lines().count(), ids.len());
}

#[tokio::test]
async fn several_integrations_are_told_apart() {
    let directory = tempfile::tempdir().expect("a directory");
    let installation = Installation::new(Setup::new()).await;
    let text = std::fs::read_to_string(installation.harness.config_path()).expect("a file");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    let mut second = config["integrations"][0].clone();
    second["name"] = json!("sales");
    // A file with the same integration at the same domain would be refused.
    second["genesys"]["domain"] = json!("mypurecloud.ie");
    config["integrations"].as_array_mut().expect("a list").push(second);
    let path = directory.path().join("two.json");
    std::fs::write(&path, config.to_string()).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let bridge = installation.harness.address.as_str();
    let arguments = ["doctor", "--config", path, "--bridge-url", bridge];
    let ended = run(&arguments, &installation.environment()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let shared = ended.output.lines().find(|line| line.contains("shared-integration"));
    assert!(
        shared.is_some_and(|line| line.contains("sales and support have the same")),
        "{ended:?}"
    );
    // The running bridge knows only one of the two integrations.
    let of_sales = |line: &&str| line.starts_with("FAIL  sales");
    let failed: Vec<&str> = ended.output.lines().filter(of_sales).collect();
    assert!(failed.iter().any(|line| line.contains("genesys-webhook-url")), "{ended:?}");
    let only = run(&[&arguments[..], &["--integration", "other"]].concat(), &[]).await.bad(2);
    assert!(only.contains("no such integration"), "{only}");
}

#[tokio::test]
async fn a_configuration_that_does_not_hold_is_a_finding() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("bridge.json");
    let file = path.to_str().expect("UTF-8");
    let examine = async || {
        let ended = run(&["doctor", "--config", file, "--json"], &[]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let findings: Value = serde_json::from_str(&ended.output).expect("JSON");
        assert_eq!(findings.as_array().map(Vec::len), Some(1));
        findings[0].clone()
    };
    let missing = examine().await;
    assert_eq!(missing["id"], "configuration");
    let installation = Installation::new(Setup::new()).await;
    installation.harness.edit_config(|config| {
        config["integrations"][0]["genesys"]["webhookSecrets"] = json!(["too short"]);
    });
    std::fs::copy(installation.harness.config_path(), &path).expect("copied");
    let wrong = examine().await;
    let reason = wrong["reason"].as_str().expect("a text");
    assert!(reason.contains("webhookSecrets[0]: a webhook secret has at least 16"), "{reason}");
    assert!(!reason.contains("too short"), "{reason}");
    let nothing = run(&["doctor"], &[]).await.bad(2);
    assert!(nothing.contains("--config or --stack"), "{nothing}");
}
