//! `bridge status` on a data directory, while the bridge runs and while it is stopped.

use std::io::{BufRead as _, BufReader};

use serde_json::{Value, json};
use simulators::Endpoint;
use tokio::time::{Instant, sleep};

use crate::command::{Ended, run};
use crate::harness::{Harness, SOON, fault, status};

async fn of(harness: &Harness, arguments: &[&str]) -> Ended {
    let config = harness.config_path();
    let mut all = vec!["status", "--config", config.to_str().expect("UTF-8")];
    all.extend(arguments);
    run(&all, &[]).await
}

/// Looks until the report is as expected.
async fn until(harness: &Harness, expected: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + SOON;
    loop {
        let report = of(harness, &["--json"]).await.json();
        if expected(&report) {
            return report;
        }
        if Instant::now() > deadline {
            harness.fail(&format!("{report:#}"));
        }
        sleep(std::time::Duration::from_millis(100)).await;
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_bridge_at_rest_has_nothing_to_report() {
    let harness = Harness::start().await;
    let report = of(&harness, &["--json"]).await.json();
    assert_eq!(keys(&report), ["version", "integrations", "rateBudget", "tokens"]);
    let lane =
        json!({ "waiting": 0, "oldestSeconds": null, "nextAttemptAt": null, "lastFailure": null });
    assert_eq!(
        report["integrations"],
        json!([{ "name": "support", "inbound": lane, "outbound": lane,
                 "deadLetters": { "total": 0, "byCause": [] } }])
    );
    let health = harness.request(reqwest::Method::GET, "/health").send().await.expect("an answer");
    let health: Value = health.json().await.expect("JSON");
    assert_eq!(report["version"], health["version"]);
    assert_eq!((&report["rateBudget"], &report["tokens"]), (&json!([]), &json!([])));
    let screen = of(&harness, &[]).await.good();
    assert!(screen.contains("No dead letters."), "{screen}");
    harness.end();
}

#[tokio::test]
async fn what_waits_says_since_when_until_when_and_why() {
    let mut harness = Harness::start().await;
    harness.say("ana", "m-0", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.genesys.set_down(true);
    harness.say("5215512345678", "m-1", "a private word").await;
    harness.say("5215512345678", "m-2", "Hello").await;
    let tried = |report: &Value| report["integrations"][0]["inbound"]["lastFailure"].is_object();
    let report = until(&harness, tried).await;
    let inbound = &report["integrations"][0]["inbound"];
    assert_eq!(inbound["waiting"], 2);
    assert!(inbound["oldestSeconds"].is_u64(), "{inbound}");
    let cause = inbound["lastFailure"]["cause"].as_str().expect("a cause");
    assert!(cause.starts_with("post a message"), "{cause}");
    let time = |value: &Value| value.as_str().expect("a time").to_owned();
    assert!(time(&inbound["nextAttemptAt"]) > time(&inbound["lastFailure"]["at"]), "{inbound}");
    assert_eq!(report["integrations"][0]["outbound"]["waiting"], 0);
    assert_eq!(report["tokens"][0]["provider"], "genesys");
    assert_eq!(report["tokens"][0]["valid"], true);
    // The client has the same fingerprint in both.
    assert_eq!(report["rateBudget"][0]["client"], report["tokens"][0]["client"]);
    let screen = of(&harness, &[]).await.good();
    assert!(screen.contains("post a message") && screen.contains("valid until"), "{screen}");
    for text in [&screen, &report.to_string()] {
        assert!(!text.contains("private") && !text.contains("5512345678"), "{text}");
    }
    // The same, from a directory whose bridge is stopped.
    harness.process.terminate();
    assert!(harness.process.ended().await.success());
    let data = harness.data_directory();
    let stopped = ["status", "--json", "--data", data.to_str().expect("UTF-8")];
    let stopped = run(&stopped, &[]).await.json();
    assert_eq!(stopped["integrations"][0]["inbound"]["waiting"], 2);
    harness.genesys.set_down(false);
    harness.restart().await;
    until(&harness, |report| report["integrations"][0]["inbound"]["waiting"] == 0).await;
    harness.end();
}

#[tokio::test]
async fn dead_letters_are_counted_by_cause() {
    let harness = Harness::start().await;
    for (contact, code) in [("ana", 400), ("ben", 400), ("eva", 403)] {
        harness.genesys.script(fault(Endpoint::Message, status(code)));
        harness.say(contact, "m-1", "Hello").await;
        harness.heard(contact, 1).await;
    }
    let letters = |report: &Value| report["integrations"][0]["deadLetters"].clone();
    let report = until(&harness, |report| letters(report)["total"] == 3).await;
    let by_cause = letters(&report)["byCause"].clone();
    assert_eq!((&by_cause[0]["count"], &by_cause[1]["count"]), (&json!(2), &json!(1)));
    let cause = by_cause[0]["cause"].as_str().expect("a cause");
    assert!(cause.contains("answered 400 bad.request"), "{cause}");
    // The last one that was given up is the last failure.
    let last = &report["integrations"][0]["inbound"]["lastFailure"]["cause"];
    assert!(last.as_str().expect("a cause").contains("403"), "{report}");
    let screen = of(&harness, &[]).await.good();
    assert!(screen.contains("answered 400 bad.request"), "{screen}");
    harness.end();
}

#[tokio::test]
async fn it_fails_only_where_it_cannot_look() {
    let nowhere = run(&["status", "--data", "/nonexistent"], &[]).await.bad(1);
    assert!(nowhere.contains("/nonexistent"), "{nowhere}");
    let nothing = run(&["status"], &[]).await.bad(2);
    assert!(nothing.contains("--stack, --data and --config"), "{nothing}");
}

#[tokio::test]
async fn a_watch_looks_again_until_it_is_stopped() {
    let harness = Harness::start().await;
    let config = harness.config_path();
    let mut watch = std::process::Command::new(crate::process::PROGRAM)
        .args(["status", "--watch", "--json", "--config", config.to_str().expect("UTF-8")])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let output = watch.stdout.take().expect("its output");
    let ended = tokio::task::spawn_blocking(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        for _ in 0..2 {
            let report: Value = serde_json::from_str(&lines.next().expect("a line")).expect("JSON");
            assert_eq!(report["integrations"][0]["name"], "support");
        }
        let interrupted = std::process::Command::new("kill")
            .args(["-INT", &watch.id().to_string()])
            .status()
            .expect("kill");
        assert!(interrupted.success());
        watch.wait().expect("it ends")
    });
    assert!(ended.await.expect("no panic").success());
    harness.end();
}

#[tokio::test]
async fn a_file_that_has_become_invalid_still_leads_to_the_data() {
    let harness = Harness::start().await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "Hello").await;
    harness.heard("ana", 1).await;
    harness
        .edit_config(|config| config["integrations"][0]["lynn"]["webhookUrl"] = json!("ftp://x"));
    let config = harness.config_path();
    let config = config.to_str().expect("UTF-8");
    let copy = harness.data_directory().with_file_name("copy");
    let copy = copy.to_str().expect("UTF-8");
    for command in
        [&["status"][..], &["conversations"], &["dead-letters", "list"], &["backup", copy]]
    {
        let ended = run(&[command, &["--config", config]].concat(), &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let warning = format!("warning: {config} is not valid (integrations[0].lynn.webhookUrl: ");
        assert!(ended.said.starts_with(&warning), "{ended:?}");
        assert!(ended.said.contains(&format!("`bridge config check {config}`")), "{ended:?}");
    }
    assert!(of(&harness, &[]).await.good().contains("answered 400 bad.request"));
    // Without the directory there is nothing to look at.
    harness.edit_config(|config| config["dataDir"] = json!(5));
    of(&harness, &[]).await.bad(2);
    harness.end();
}

#[tokio::test]
async fn an_integration_that_is_no_longer_configured_has_no_failure_of_the_past() {
    let harness = Harness::start().await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "Hello").await;
    harness.heard("ana", 1).await;
    until(&harness, |report| report["integrations"][0]["deadLetters"]["total"] == 1).await;
    harness.edit_config(|config| config["integrations"][0]["name"] = json!("sales"));
    let report = of(&harness, &["--json"]).await.json();
    assert_eq!(report["integrations"][0]["name"], "sales");
    // The rest is still there to be redriven or deleted.
    let former = &report["integrations"][1];
    assert_eq!((&former["name"], &former["deadLetters"]["total"]), (&json!("support"), &json!(1)));
    assert_eq!(former["inbound"]["lastFailure"], Value::Null);
    harness.end();
}

#[tokio::test]
async fn a_mistake_in_an_argument_ends_with_2() {
    let secret = "whsec_c2VjcmV0";
    for arguments in [
        &["send", "lynn", "--url", "nourl", "--key", "k"][..],
        &["send", "genesys", "--url", "ftp://127.0.0.1/x", "--secret", "0123456789abcdef"],
        &["send", "lynn", "--url", "http://127.0.0.1:9/lynn/support", "--secret", "bad"],
        &["sign", "lynn", "--secret", "bad", "--id", "m-1"],
        &["sign", "lynn", "--secret", secret, "--id", "m\n1"],
        &["sign", "lynn", "--secret", secret, "--id", "m-1", "--body", "/nonexistent"],
    ] {
        run(arguments, &[]).await.bad(2);
    }
}
