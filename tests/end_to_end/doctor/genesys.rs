//! Genesys Cloud: the login, the integration, and the way to an agent; each check is made to fail.

use serde_json::{Value, json};
use simulators::ObjectKind;

use super::{Installation, after};
use crate::harness::Setup;

fn set(kind: ObjectKind, key: &'static str, value: Value) -> impl FnOnce(&mut Installation) {
    move |installation| {
        installation.harness.genesys.change_objects(kind, |object| object[key] = value.clone());
    }
}

fn unset(kind: ObjectKind, key: &'static str) -> impl FnOnce(&mut Installation) {
    move |installation| {
        installation.harness.genesys.change_objects(kind, |object| {
            object.as_object_mut().expect("an object").remove(key);
        });
    }
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
    let off = |installation: &mut Installation| {
        installation.harness.genesys.change_objects(ObjectKind::OAuthClient, |client| {
            if client["id"] == "simulated-client" {
                client["state"] = json!("inactive");
            }
        });
    };
    lines.push(without_correlation(&after(Setup::new(), off, &["*"]).await));
    for ahead in [60, -3600] {
        let skewed = move |installation: &mut Installation| {
            installation.harness.genesys.set_clock_ahead(ahead)
        };
        let line = after(Setup::new(), skewed, &["*"]).await;
        lines.push(line.replace("3601 s", "3600 s").replace("61 s", "60 s"));
    }
    // An administrator would wait for the next minute.
    let alone = |installation: &mut Installation| installation.administrator = false;
    for limit in [3, 1] {
        let few = Setup::new().genesys(move |options| options.rate_limit_per_minute = limit);
        let found = after(few, alone, &["genesys-rate-limit", "genesys-permission"]).await;
        lines.push(without_correlation(&found).replace("[59]", "[60]"));
    }
    insta::assert_snapshot!(lines.join("\n\n"));
}

/// Removes the correlation id for Genesys' support, which differs with each answer.
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
async fn each_check_of_the_integration_fails_by_itself() {
    use ObjectKind::{MessagingSetting, OpenIntegration, SupportedContent};
    const ALL: &[&str] = &["*"];
    let other = |config: &mut Value| config["genesys"]["integrationId"] = json!("no-such-id");
    let url = "outboundNotificationWebhookUrl";
    let secret = "outboundNotificationWebhookSignatureSecretToken";
    let off = json!({ "typing": { "on": { "inbound": "Enabled", "outbound": "Disabled" } } });
    let nothing = json!({ "allow": { "inbound": [], "outbound": [] } });
    let error = json!({ "message": "no room" });
    let failed = |installation: &mut Installation| {
        installation.harness.genesys.change_objects(OpenIntegration, |integration| {
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
    let no_queue = |installation: &mut Installation| installation.harness.genesys.detach_queues();
    let nobody =
        |installation: &mut Installation| installation.harness.genesys.set_queue_members(0, 0);
    let idle =
        |installation: &mut Installation| installation.harness.genesys.set_queue_members(3, 0);
    let threading =
        |installation: &mut Installation| installation.harness.genesys.set_threading(60);
    let some = |installation: &mut Installation| {
        installation.harness.genesys.change_objects(Trigger, |trigger| {
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
    let installation = Installation::new(Setup::new()).await;
    let genesys = &installation.harness.genesys;
    // The triggers that count come last.
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
    let lines = installation.lines(&["genesys-events", "genesys-queue"]).await;
    assert!(lines.contains("with 300 members"), "{lines}");
    assert!(lines.contains("all five topics are reported"), "{lines}");
}
