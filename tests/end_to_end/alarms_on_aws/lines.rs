//! Alarms on the bridge's own metrics: the log line of a function contains the metric that the
//! alarm watches.

use aws_sdk_cloudwatch::types::MetricAlarm;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::Endpoint;
use tokio::time::{Instant, sleep};

use super::alarm;
use crate::command::run;
use crate::harness::{Harness, SOON, fault, status};

/// CloudWatch extracts from the line the metric and the dimension that the alarm watches.
fn carries(line: &Value, alarm: &MetricAlarm) {
    let [watched] = alarm.dimensions() else { panic!("{alarm:?}") };
    let (name, value) = (watched.name().expect("a name"), watched.value().expect("a value"));
    let metric = alarm.metric_name().expect("a name");
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], alarm.namespace().expect("a namespace"));
    assert_eq!(directive["Metrics"], json!([{ "Name": metric, "Unit": "Count" }]));
    let dimensions = directive["Dimensions"].as_array().expect("a list");
    assert!(dimensions.contains(&json!([name])), "{line}");
    assert_eq!((&line[name], &line[metric]), (&json!(value), &json!(1)));
}

#[tokio::test]
async fn a_wrong_key_is_counted_until_the_right_one_is_pushed() {
    const NEW: &str = "the-key-that-lynn-has-already";
    let harness = Harness::start().await;
    let knock = async || {
        let event =
            json!({ "type": "message", "id": "m-1", "contact": { "id": "ana" }, "text": "Hello" });
        let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", NEW);
        request.json(&event).send().await.expect("an answer").status()
    };
    assert_eq!(knock().await, 401);
    let line = harness.logged(&[("event.name", "rejected"), ("integration", harness.name())]).await;
    carries(&line, &alarm(harness.stack(), "RejectedAlarm").await);
    harness.edit_config(|config| {
        config["integrations"][0]["lynn"]["inboundAuth"][0]["key"] = json!(NEW);
    });
    let deadline = Instant::now() + SOON;
    while knock().await != 202 {
        assert!(Instant::now() < deadline, "the new key is not taken");
        sleep(std::time::Duration::from_millis(500)).await;
    }
    harness.accepted("ana", 1).await;
}

#[tokio::test]
async fn a_broken_configuration_is_counted_and_pushed_again_lets_go_on_what_waited() {
    let harness = Harness::start().await;
    let stack = harness.stack();
    let secret = format!("{}/{}/send", stack.output("SecretPrefix"), harness.name());
    // Twice, since the previous version is also valid.
    for text in ["{}", "{ }"] {
        let broken = json!({ "SecretId": secret, "SecretString": text });
        stack.ask("secretsmanager.PutSecretValue", &broken).await;
    }
    harness.say("ana", "m-1", "Hello").await;
    let line =
        harness.logged(&[("event.name", "unconfigured"), ("integration", harness.name())]).await;
    assert!(
        line["error"].as_str().is_some_and(|error| error.contains("this key is required")),
        "{line}"
    );
    carries(&line, &alarm(stack, "UnconfiguredAlarm").await);
    let config = harness.config_path();
    run(&["config", "check", config.to_str().expect("UTF-8")], &[]).await.good();
    stack.configure(&config);
    harness.accepted("ana", 1).await;
    harness.end();
}

#[tokio::test]
async fn what_is_given_up_is_counted_listed_and_sent_again() {
    let harness = Harness::start().await;
    let stack = harness.stack();
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "Hello").await;
    let line = harness.logged(&[("event.name", "failed"), ("event.id", "m-1")]).await;
    carries(&line, &alarm(stack, "DeadLettersAlarm").await);
    let on = async |arguments: &[&str]| {
        let own = ["--stack", stack.name(), "--integration", harness.name()];
        run(&[arguments, &own].concat(), &stack.environment()).await
    };
    let listed = on(&["dead-letters", "list", "--since", "1d", "--json"]).await.json();
    assert_eq!(listed["deadLetters"][0]["event"]["id"], "m-1", "{listed}");
    on(&["dead-letters", "redrive", "--all", "--reason", "bad.request"]).await.good();
    harness.accepted("ana", 1).await;
    let listed = on(&["dead-letters", "list", "--json"]).await.json();
    assert_eq!(listed["deadLetters"], json!([]));
}
