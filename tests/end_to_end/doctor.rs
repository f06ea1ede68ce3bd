//! `bridge doctor` beside a running `bridge serve`: a set-up that is right, and each check made to fail.
//!
//! Rule: a line is compared as it is printed; what differs with each run has a name in its place.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use simulators::{LynnAuthentication, LynnFault, ObjectKind};

use crate::command::{Ended, run};
use crate::harness::{Setup, World};

/// A set-up that is looked at.
pub struct Patient {
    /// What runs.
    pub world: World,
    /// Whether the administrator's OAuth client is in the environment.
    administrator: bool,
}

impl Patient {
    /// One that is well.
    pub async fn new(setup: Setup) -> Self {
        let world = setup.start().await;
        crate::doctor_posts::let_workflows_post(&world);
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(world.config_path(), private).expect("it is ours");
        Self { world, administrator: true }
    }

    /// The administrator's OAuth client, if it is given.
    pub fn environment(&self) -> Vec<(String, String)> {
        let options = self.world.genesys.options();
        let variables = [
            ("GENESYS_ADMIN_CLIENT_ID", &options.admin_client_id),
            ("GENESYS_ADMIN_CLIENT_SECRET", &options.admin_client_secret),
        ];
        let given = variables.into_iter().filter(|_| self.administrator);
        given.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// Looks at it.
    pub async fn examine(&self, more: &[&str]) -> Ended {
        let config = self.world.config_path();
        let bridge = self.world.address.clone();
        let fixed =
            ["doctor", "--config", config.to_str().expect("UTF-8"), "--bridge-url", &bridge];
        run(&[&fixed, more].concat(), &self.environment()).await
    }

    /// The lines of some checks, `*` for all but those that are well, with names for what differs with each run.
    async fn lines(&self, checks: &[&str]) -> String {
        let ended = self.examine(&[]).await;
        let wanted = |line: &&str| {
            let id = line.split_whitespace().nth(2).unwrap_or_default();
            checks.contains(&id)
                || (checks == ["*"] && !line.starts_with("OK") && line.contains("  "))
        };
        let lines: Vec<&str> = ended.output.lines().filter(wanted).collect();
        assert!(!lines.is_empty(), "{ended:?}");
        self.named(&lines.join("\n"))
    }

    /// A text with names for what differs with each run.
    pub fn named(&self, text: &str) -> String {
        let directory = self.world.config_path();
        let directory = directory.parent().and_then(std::path::Path::to_str).expect("UTF-8");
        text.replace(&self.world.address, "BRIDGE")
            .replace(&self.world.genesys.base_url(), "GENESYS")
            .replace(&self.world.lynn.base_url(), "LYNN")
            .replace(directory, "FOLDER")
    }
}

/// The lines of a set-up after something was done to it.
pub async fn after(setup: Setup, change: impl FnOnce(&mut Patient), checks: &[&str]) -> String {
    let mut patient = Patient::new(setup).await;
    change(&mut patient);
    patient.lines(checks).await
}

fn set(kind: ObjectKind, key: &'static str, value: Value) -> impl FnOnce(&mut Patient) {
    move |patient| {
        patient.world.genesys.change_objects(kind, |object| object[key] = value.clone());
    }
}

fn unset(kind: ObjectKind, key: &'static str) -> impl FnOnce(&mut Patient) {
    move |patient| {
        patient.world.genesys.change_objects(kind, |object| {
            object.as_object_mut().expect("an object").remove(key);
        });
    }
}

#[tokio::test]
async fn a_right_set_up_is_well_throughout() {
    let patient = Patient::new(Setup::new()).await;
    let ended = patient.examine(&[]).await;
    let output = ended.good();
    let free = output.lines().find(|line| line.contains("disk-space")).expect("a line");
    let free = free.split_whitespace().nth(3).expect("a number");
    insta::assert_snapshot!(patient.named(&output).replace(&format!("{free} MB"), "MANY MB"));
    // Nothing of it was an event, and nobody was called but by probes.
    assert_eq!(patient.world.lynn.event_count(), 0);
    assert_eq!(patient.world.lynn.probes(), 1);
    assert!(patient.world.genesys.changes().is_empty());
    assert_eq!(patient.world.genesys.accepted_count(), 0);
    patient.world.end();
}

#[tokio::test]
async fn a_machine_reads_every_finding() {
    let patient = Patient::new(Setup::new()).await;
    let findings = patient.examine(&["--json"]).await.json();
    let findings = findings.as_array().expect("a list");
    assert!(findings.iter().all(|finding| finding["outcome"] == "ok"), "{findings:#?}");
    for finding in findings {
        let keys: Vec<&String> = finding.as_object().expect("an object").keys().collect();
        let all = ["id", "integration", "subject", "outcome", "reason", "action", "milliseconds"];
        assert_eq!(keys, all);
    }
    patient.world.genesys.detach_queues();
    patient.world.genesys.set_queue_members(0, 0);
    patient.world.genesys.set_threading(0);
    let ended = patient.examine(&["--json"]).await;
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
    let patient = Patient::new(Setup::new()).await;
    let findings = patient.examine(&["--json"]).await.json();
    for finding in findings.as_array().expect("a list") {
        let id = finding["id"].as_str().expect("an id");
        assert!(ids.contains(&id), "{id}");
    }
    let lines = run(&["doctor", "--list"], &[]).await.good();
    assert_eq!(lines.lines().count(), ids.len());
}

#[tokio::test]
async fn without_an_administrator_nothing_of_the_organisation_looks_well() {
    let lines = after(Setup::new(), |patient| patient.administrator = false, &["*"]).await;
    insta::assert_snapshot!(lines);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let mut lines = Vec::new();
    // The administrator may look at nothing but one thing after the other.
    for lacking in [
        "messaging:integration:view",
        "architect:dependencyTracking:view",
        "conversation:threadingTimeline:view",
        "processautomation:trigger:view",
        "integrations:action:view",
    ] {
        let all = [
            "messaging:*:view",
            "messaging:integration:view",
            "routing:*:*",
            "architect:flow:view",
            "architect:dependencyTracking:view",
            "conversation:threadingTimeline:view",
            "processautomation:trigger:view",
            "integrations:action:view",
            "integrations:integration:view",
            "oauth:client:view",
            "authorization:role:view",
        ];
        let held = all.iter().filter(|held| {
            **held != lacking
                && !(lacking.starts_with("messaging") && held.starts_with("messaging:*"))
        });
        let held: Vec<String> = held.map(ToString::to_string).collect();
        let setup = Setup::new().genesys(|options| options.admin_permissions = held);
        lines.push(after(setup, |_| {}, &["*"]).await);
    }
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn the_machine_is_looked_at() {
    let mut lines = Vec::new();
    let public = |patient: &mut Patient| {
        let mode = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(patient.world.config_path(), mode).expect("it is ours");
    };
    lines.push(after(Setup::new(), public, &["*"]).await);
    let stopped = |patient: &mut Patient| patient.world.process.kill();
    lines.push(after(Setup::new(), stopped, &["*"]).await.replace("os error ", ""));
    let gone = |patient: &mut Patient| {
        patient.world.process.kill();
        std::fs::remove_dir_all(patient.world.data_directory()).expect("it is ours");
    };
    let checks = ["database", "disk-space", "inbound-queue", "outbound-queue", "dead-letters"];
    lines.push(after(Setup::new(), gone, &checks).await);
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn what_waits_and_what_was_given_up_is_counted() {
    use crate::harness::{fault, status};
    use simulators::Endpoint;
    let patient = Patient::new(Setup::new()).await;
    patient.world.genesys.script(fault(Endpoint::Message, status(400)));
    patient.world.say("ana", "m-1", "a private word").await;
    patient.world.logged(&[("event.name", "failed"), ("event.id", "m-1")]).await;
    patient.world.heard("ana", 1).await;
    patient.world.lynn.set_down(true);
    patient.world.agent("ben", "Good morning").await;
    patient.world.logged(&[("event.name", "retried"), ("direction", "outbound")]).await;
    patient.world.lynn.set_down(false);
    let lines = patient.lines(&["dead-letters", "inbound-queue", "outbound-queue"]).await;
    assert!(!lines.contains("private") && !lines.contains("ben"), "{lines}");
    assert!(lines.contains("1 in the last day, 1 kept, the last one for bad.request"), "{lines}");
    let outbound = lines.lines().find(|line| line.contains("outbound-queue")).expect("a line");
    assert!(outbound.contains("1 event waits") || outbound.contains("empty"), "{lines}");
}

#[tokio::test]
async fn several_integrations_are_told_apart() {
    let directory = tempfile::tempdir().expect("a directory");
    let patient = Patient::new(Setup::new()).await;
    let text = std::fs::read_to_string(patient.world.config_path()).expect("a file");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    let mut second = config["integrations"][0].clone();
    second["name"] = json!("sales");
    config["integrations"].as_array_mut().expect("a list").push(second);
    let path = directory.path().join("two.json");
    std::fs::write(&path, config.to_string()).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let bridge = patient.world.address.as_str();
    let arguments = ["doctor", "--config", path, "--bridge-url", bridge];
    let ended = run(&arguments, &patient.environment()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let shared = ended.output.lines().find(|line| line.contains("shared-integration"));
    assert!(
        shared.is_some_and(|line| line.contains("sales and support have the same")),
        "{ended:?}"
    );
    // The running bridge knows one of them only.
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
    let patient = Patient::new(Setup::new()).await;
    patient.world.edit_config(|config| {
        config["integrations"][0]["genesys"]["webhookSecrets"] = json!(["too short"]);
    });
    std::fs::copy(patient.world.config_path(), &path).expect("copied");
    let wrong = examine().await;
    let reason = wrong["reason"].as_str().expect("a text");
    assert!(reason.contains("webhookSecrets[0]: a webhook secret has at least 16"), "{reason}");
    assert!(!reason.contains("too short"), "{reason}");
    let nothing = run(&["doctor"], &[]).await.bad(2);
    assert!(nothing.contains("--config or --stack"), "{nothing}");
}

#[tokio::test]
async fn each_check_of_the_login_fails_by_itself() {
    let mut lines = Vec::new();
    let domain = |config: &mut Value| {
        config["genesys"]["domain"] = json!("mypurecloud.invalid");
        config["genesys"]["loginBaseUrl"] = Value::Null;
    };
    lines.push(after(Setup::new().config(domain), |_| {}, &["genesys-region"]).await);
    for client in [
        json!({ "clientId": "simulated-client", "clientSecret": "another" }),
        json!({ "clientId": "nobody", "clientSecret": "another" }),
    ] {
        let setup = Setup::new().config(move |config| {
            let good = config["genesys"]["oauthClients"][0].clone();
            config["genesys"]["oauthClients"] = json!([good, client]);
        });
        lines.push(without_correlation(&after(setup, |_| {}, &["*"]).await));
    }
    let off = |patient: &mut Patient| {
        patient.world.genesys.change_objects(ObjectKind::OAuthClient, |client| {
            if client["id"] == "simulated-client" {
                client["state"] = json!("inactive");
            }
        });
    };
    lines.push(without_correlation(&after(Setup::new(), off, &["*"]).await));
    for ahead in [60, -3600] {
        let skewed = move |patient: &mut Patient| patient.world.genesys.set_clock_ahead(ahead);
        let line = after(Setup::new(), skewed, &["*"]).await;
        lines.push(line.replace("3601 s", "3600 s").replace("61 s", "60 s"));
    }
    // The administrator would wait for the next minute.
    let alone = |patient: &mut Patient| patient.administrator = false;
    for limit in [3, 1] {
        let few = Setup::new().genesys(move |options| options.rate_limit_per_minute = limit);
        let found = after(few, alone, &["genesys-rate-limit", "genesys-permission"]).await;
        lines.push(without_correlation(&found).replace("[59]", "[60]"));
    }
    insta::assert_snapshot!(lines.join("\n\n"));
}

/// What Genesys' support asks for differs with each answer.
fn without_correlation(lines: &str) -> String {
    let part = |line: &str| match line.split_once(" (correlation id ") {
        Some((before, after)) => {
            format!("{before}{}", after.split_once(')').map_or("", |(_, rest)| rest))
        }
        None => line.to_owned(),
    };
    lines.lines().map(part).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn each_permission_is_missed_by_itself() {
    let mut lines = Vec::new();
    let ends = |config: &mut Value| config["lynn"]["onSessionEnded"] = json!("disconnect");
    for administrator in [true, false] {
        for lacking in ["receive", "view", "disconnect"] {
            let take = |patient: &mut Patient| {
                patient.administrator = administrator;
                patient.world.genesys.change_objects(ObjectKind::Role, |role| {
                    let policies = role["permissionPolicies"].as_array_mut().expect("a list");
                    policies.retain(|policy| policy["actionSet"] != json!([lacking]));
                });
            };
            let setup = Setup::new().config(ends);
            let found = after(setup, take, &["genesys-permission"]).await;
            assert_eq!(found.lines().count(), 3, "{found}");
            lines.extend(found.lines().filter(|line| !line.starts_with("OK")).map(str::to_owned));
        }
    }
    // Who looks at roles, and who tries, find the same.
    assert_eq!(lines[..3], lines[3..]);
    insta::assert_snapshot!(lines[..3].join("\n"));
}

#[tokio::test]
async fn each_check_of_the_integration_fails_by_itself() {
    use ObjectKind::{MessagingSetting, OpenIntegration, SupportedContent};
    const ALL: &[&str] = &["*"];
    let other = |config: &mut Value| config["genesys"]["integrationId"] = json!("no-such-id");
    let url = "outboundNotificationWebhookUrl";
    let secret = "outboundNotificationWebhookSignatureSecretToken";
    let off = json!({ "typing": { "on": { "inbound": "Enabled", "outbound": "Disabled" } } });
    let nothing = json!({ "allow": { "inbound": [], "outbound": [] } });
    let error = json!({ "message": "no room" });
    let failed = |patient: &mut Patient| {
        patient.world.genesys.change_objects(OpenIntegration, |integration| {
            integration["createStatus"] = json!("Error");
            integration["createError"] = error.clone();
        });
    };
    let lines = [
        after(Setup::new().config(other), |_| {}, &["genesys-integration", "genesys-queue"]).await,
        after(Setup::new(), failed, ALL).await,
        after(Setup::new(), set(OpenIntegration, "createStatus", json!("Initiated")), ALL).await,
        after(Setup::new(), set(OpenIntegration, "status", json!("inactive")), ALL).await,
        after(
            Setup::new(),
            set(OpenIntegration, url, json!("http://bridge.example.com/genesys/support")),
            &["genesys-webhook-url"],
        )
        .await,
        after(
            Setup::new(),
            set(OpenIntegration, url, json!("https://127.0.0.1:1/genesys/other")),
            &["genesys-webhook-url"],
        )
        .await,
        after(
            Setup::new(),
            set(OpenIntegration, url, json!("http://127.0.0.1:1/genesys/support")),
            &["genesys-webhook-url", "webhook-probe"],
        )
        .await,
        after(
            Setup::new(),
            set(OpenIntegration, secret, json!("the secret of somebody else")),
            ALL,
        )
        .await,
        after(Setup::new().genesys(|options| options.shows_webhook_secret = false), |_| {}, ALL)
            .await,
        after(Setup::new(), unset(OpenIntegration, "supportedContent"), ALL).await,
        after(Setup::new(), set(SupportedContent, "mediaTypes", nothing), ALL).await,
        after(Setup::new(), unset(OpenIntegration, "messagingSetting"), ALL).await,
        after(Setup::new(), set(MessagingSetting, "event", off), ALL).await,
    ];
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn each_check_of_the_way_to_an_agent_fails_by_itself() {
    use ObjectKind::{Flow, Recipient, Trigger};
    const ALL: &[&str] = &["*"];
    let no_queue = |patient: &mut Patient| patient.world.genesys.detach_queues();
    let nobody = |patient: &mut Patient| patient.world.genesys.set_queue_members(0, 0);
    let idle = |patient: &mut Patient| patient.world.genesys.set_queue_members(3, 0);
    let threading = |patient: &mut Patient| patient.world.genesys.set_threading(60);
    let some = |patient: &mut Patient| {
        patient.world.genesys.change_objects(Trigger, |trigger| {
            if trigger["name"] == "acd.end" {
                trigger["topicName"] = json!("v2.other");
            }
        });
    };
    let no_way = |config: &mut Value| config["genesys"]["eventsApiKey"] = Value::Null;
    let lines = [
        after(Setup::new(), unset(Recipient, "flow"), ALL).await,
        after(Setup::new(), unset(Flow, "publishedVersion"), ALL).await,
        after(Setup::new(), no_queue, ALL).await,
        after(Setup::new(), nobody, ALL).await,
        after(Setup::new(), idle, ALL).await,
        after(Setup::new(), threading, ALL).await,
        after(Setup::new(), set(Trigger, "topicName", json!("v2.other")), ALL).await,
        after(Setup::new(), set(Trigger, "enabled", json!(false)), ALL).await,
        after(Setup::new(), some, ALL).await,
        after(Setup::new().config(no_way), |_| {}, ALL).await,
    ];
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let patient = Patient::new(Setup::new()).await;
    let genesys = &patient.world.genesys;
    // The ones that count come last.
    let triggers = genesys.objects(ObjectKind::Trigger);
    let mut last = triggers.into_iter();
    genesys.change_objects(ObjectKind::Trigger, |trigger| trigger["topicName"] = json!("v2.other"));
    for number in 0..300 {
        let trigger =
            json!({ "name": format!("other {number}"), "topicName": "v2.other", "enabled": true });
        genesys.add_object(ObjectKind::Trigger, &trigger);
    }
    for trigger in last.by_ref() {
        genesys.add_object(
            ObjectKind::Trigger,
            &json!({ "name": trigger["name"], "topicName": trigger["topicName"], "enabled": true,
                     "target": trigger["target"] }),
        );
    }
    genesys.set_queue_members(300, 300);
    let lines = patient.lines(&["genesys-events", "genesys-queue"]).await;
    assert!(lines.contains("with 300 members"), "{lines}");
    assert!(lines.contains("all five topics are told"), "{lines}");
}

#[tokio::test]
async fn each_check_of_lynn_fails_by_itself() {
    const ALL: &[&str] = &["*"];
    let bearer = || LynnAuthentication::Bearer("good".to_owned());
    let sends = |token: &'static str| {
        move |config: &mut Value| {
            config["lynn"]["auth"] = json!({ "type": "bearer", "token": token });
        }
    };
    let with = |token| Setup::new().lynn(|options| options.auth = bearer()).config(sends(token));
    let answers = |status| Setup::new().lynn(move |options| options.probe_status = status);
    let unsigned = Setup::new()
        .lynn(|options| options.signing_secret = None)
        .config(|config| config["lynn"]["signingSecret"] = Value::Null);
    let unchecked = Setup::new().lynn(|options| options.signing_secret = None);
    let down = |patient: &mut Patient| patient.world.lynn.set_down(true);
    let broken = |patient: &mut Patient| {
        patient.world.lynn.script(LynnFault::Status { code: 500, retry_after: None });
    };
    let lines = [
        after(with("wrong"), |_| {}, ALL).await,
        after(answers(400), |_| {}, &["lynn-webhook", "lynn-authentication"]).await,
        after(answers(404), |_| {}, ALL).await,
        after(answers(302), |_| {}, ALL).await,
        after(unsigned, |_| {}, ALL).await,
        after(unchecked, |_| {}, ALL).await,
        after(Setup::new(), down, ALL).await,
        after(Setup::new(), broken, ALL).await,
    ];
    insta::assert_snapshot!(lines.join("\n\n"));
    // Whatever it is, a credential that is right lets the probe in.
    let right = Patient::new(with("good")).await;
    right.examine(&[]).await.good();
    assert_eq!(right.world.lynn.probes(), 1);
}

#[tokio::test]
async fn lynns_own_login_is_looked_at() {
    let token = |secret: &'static str| {
        Setup::new()
            .lynn(|options| {
                options.auth = LynnAuthentication::Token {
                    access_token: "access".to_owned(),
                    access_token_secret: "right".to_owned(),
                    tenant: "12".to_owned(),
                };
            })
            .config(move |config| {
                let url = config["lynn"]["webhookUrl"].as_str().expect("a URL");
                let endpoint = url.trim_end_matches("/webhook").to_owned();
                config["lynn"]["auth"] = json!({ "type": "lynnToken", "endpoint": endpoint,
                    "accessToken": "access", "accessTokenSecret": secret, "tenant": 12 });
            })
    };
    let checks = ["lynn-webhook", "lynn-authentication"];
    let lines = [
        after(token("right"), |_| {}, &checks).await,
        after(token("wrong"), |_| {}, &checks).await,
    ];
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn a_bridge_with_other_secrets_than_the_file_is_found_out() {
    let patient = Patient::new(Setup::new()).await;
    let directory = tempfile::tempdir().expect("a directory");
    let text = std::fs::read_to_string(patient.world.config_path()).expect("a file");
    let mut config: Value = serde_json::from_str(&text).expect("JSON");
    config["integrations"][0]["lynn"]["inboundAuth"] = json!([
        { "type": "apiKey", "key": "another" },
        { "type": "signature", "secret": "whsec_c2lnbnMtd2hhdC10aGUtYnJpZGdlLXBvc3Rz" } ]);
    config["integrations"][0]["genesys"]["webhookSecrets"] = json!(["another-secret-1234"]);
    let path = directory.path().join("bridge.json");
    std::fs::write(&path, config.to_string()).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let arguments = ["doctor", "--config", path, "--bridge-url", &patient.world.address];
    // Without an administrator the probe is signed with the file's own secret.
    let ended = run(&arguments, &[]).await;
    let wanted = |line: &&str| line.starts_with("FAIL") && !line.contains("configuration-private");
    let lines: Vec<&str> = ended.output.lines().filter(wanted).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.contains("database")).collect();
    insta::assert_snapshot!(patient.named(&lines.join("\n")));
    assert!(!ended.output.contains("another"), "{ended:?}");
}

#[tokio::test]
async fn a_probe_has_no_effect_however_often_and_proves_the_signature() {
    use crate::signing::hub_signature;
    use reqwest::Method;
    let world = World::start().await;
    let secret = world.genesys.options().webhook_secret.clone();
    let body = r#"{"type":"BridgeProbe","id":"p-1","time":"2026-11-22T10:00:00.000Z"}"#;
    let post = async |secret: &str, body: &'static str| {
        let request = world.request(Method::POST, "/genesys/support");
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
    // What only looks like one is a webhook like any other: accepted, and kept as what cannot be read.
    let almost =
        r#"{"type":"BridgeProbe","id":"p-2","time":"2026-11-22T10:00:00.000Z","channel":{}}"#;
    let answer = post(&secret, almost).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.expect("a body").is_empty());
    world.logged(&[("event.name", "accepted")]).await;
    let accepted = world.lines().into_iter().filter(|line| line["event.name"] == "accepted");
    assert_eq!(accepted.count(), 1);
    assert_eq!(world.lynn.event_count(), 0);
}
