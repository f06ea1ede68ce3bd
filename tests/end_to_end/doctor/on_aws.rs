//! `bridge doctor` on a stack: configuration, queues, dead letters, alarms and secrets in AWS.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, MetricDatum, StateValue, Statistic,
};
use aws_sdk_eventbridge::types::{RuleState, Target};
use serde_json::{Value, json};
use simulators::{GenesysOptions, GenesysSimulator, LynnOptions, LynnSimulator, ObjectKind};
use tempfile::TempDir;

use crate::command::{Ended, run};
use crate::ministack::Ministack;
use crate::signing::unix_seconds;

/// A stack whose configuration names simulated vendors; no function runs.
struct Stack {
    aws: Ministack,
    genesys: GenesysSimulator,
    _lynn: LynnSimulator,
}

impl Stack {
    async fn new() -> Self {
        Self::saying(&[]).await
    }

    async fn saying(outputs: &[(&str, &str)]) -> Self {
        let aws = Ministack::start().await;
        aws.deploy_saying("one", "one", outputs).await;
        let genesys = GenesysSimulator::start(GenesysOptions::default()).await.expect("Genesys");
        let lynn = LynnSimulator::start(LynnOptions::default()).await.expect("Lynn");
        let options = genesys.options();
        let config = json!({ "integrations": [ { "name": "support",
            "genesys": {
                "domain": "mypurecloud.com", "integrationId": options.integration_id,
                "apiBaseUrl": genesys.base_url(), "loginBaseUrl": genesys.base_url(),
                "oauthClients": [ { "clientId": options.client_id, "clientSecret": options.client_secret } ],
                "webhookSecrets": [ options.webhook_secret ] },
            "lynn": { "webhookUrl": lynn.webhook_url(),
                      "inboundAuth": [ { "type": "apiKey", "key": "key" } ] } } ] });
        let stack = Self { aws, genesys, _lynn: lynn };
        let directory = TempDir::new().expect("a directory");
        let path = directory.path().join("bridge.json");
        std::fs::write(&path, config.to_string()).expect("a file");
        let path = path.to_str().expect("UTF-8");
        let push = ["config", "push", "--yes", "--config", path, "--stack", "one"];
        run(&push, &stack.aws.environment()).await.good();
        stack
    }

    async fn examine(&self, more: &[&str]) -> Ended {
        let mut environment = self.aws.environment();
        let options = self.genesys.options();
        for (name, value) in [
            ("GENESYS_ADMIN_CLIENT_ID", &options.admin_client_id),
            ("GENESYS_ADMIN_CLIENT_SECRET", &options.admin_client_secret),
        ] {
            environment.push((name.to_owned(), value.clone()));
        }
        run(&[&["doctor", "--stack", "one", "--json"], more].concat(), &environment).await
    }

    /// The findings of some checks: id, outcome and reason.
    async fn found(&self, ids: &[&str]) -> Vec<String> {
        let ended = self.examine(&[]).await;
        let findings: Value = serde_json::from_str(&ended.output)
            .unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = findings.as_array().expect("a list").iter();
        let wanted = findings.filter(|finding| ids.contains(&text(&finding["id"]).as_str()));
        let shown = |finding: &Value| {
            format!(
                "{} {}: {}",
                text(&finding["outcome"]),
                text(&finding["id"]),
                text(&finding["reason"])
            )
        };
        wanted.map(shown).collect()
    }

    fn cloudwatch(&self) -> aws_sdk_cloudwatch::Client {
        aws_sdk_cloudwatch::Client::new(&self.aws.config())
    }

    /// Creates an alarm with a name as CloudFormation generates it.
    async fn alarm(&self, name: &str) {
        let alarm = self.cloudwatch().put_metric_alarm().alarm_name(name).namespace("AWS/SQS");
        let alarm = alarm.metric_name("ApproximateAgeOfOldestMessage").period(60);
        let alarm = alarm.evaluation_periods(1).statistic(Statistic::Maximum).threshold(60.0);
        let over = ComparisonOperator::GreaterThanThreshold;
        alarm.comparison_operator(over).send().await.expect("an alarm");
    }

    async fn ring(&self, name: &str, state: StateValue) {
        let set = self.cloudwatch().set_alarm_state().alarm_name(name).state_value(state);
        set.state_reason("a test").send().await.expect("it is set");
    }

    /// Reports to CloudWatch the age of a queue's oldest message, one minute ago.
    async fn age(&self, queue: &str, seconds: f64) {
        let name = format!("one-{queue}.fifo");
        let queue = Dimension::builder().name("QueueName").value(name).build();
        let datum = MetricDatum::builder().metric_name("ApproximateAgeOfOldestMessage");
        let datum = datum.timestamp(DateTime::from_secs(unix_seconds() - 60));
        let put = self.cloudwatch().put_metric_data().namespace("AWS/SQS");
        let put = put.metric_data(datum.dimensions(queue).value(seconds).build());
        put.send().await.expect("told");
    }

    async fn queue(&self, name: &str) -> String {
        let sqs = aws_sdk_sqs::Client::new(&self.aws.config());
        let found = sqs.get_queue_url().queue_name(format!("one-{name}.fifo")).send().await;
        found.expect("a queue").queue_url().expect("a URL").to_owned()
    }

    async fn send(&self, queue: &str) {
        let sqs = aws_sdk_sqs::Client::new(&self.aws.config());
        let url = self.queue(queue).await;
        let send = sqs.send_message().queue_url(url).message_body("an event");
        send.message_group_id("g").message_deduplication_id("d").send().await.expect("sent");
    }
}

#[tokio::test]
async fn a_stack_is_looked_at_in_aws() {
    let stack = Stack::new().await;
    let ids = [
        "configuration",
        "secrets-readable",
        "inbound-queue",
        "outbound-queue",
        "dead-letter-queues",
        "dead-letters",
    ];
    insta::assert_snapshot!(stack.found(&ids).await.join("\n"));

    // No function takes the message, and no metric shows for how long it has waited.
    stack.send("inbound").await;
    stack.send("outbound-dead").await;
    let ids = ["inbound-queue", "outbound-queue", "dead-letter-queues"];
    insta::assert_snapshot!("trouble", stack.found(&ids).await.join("\n"));
}

#[tokio::test]
async fn a_document_that_is_missing_or_does_not_hold_is_a_finding() {
    let stack = Stack::new().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&stack.aws.config());
    let put = secrets.put_secret_value().secret_id("one/support/send");
    put.secret_string("{\"name\":\"support\"}").send().await.expect("stored");
    let found = stack.found(&["configuration"]).await;
    assert_eq!(found[0], "fail configuration: genesys: this key is required");
    let delete = secrets.delete_secret().secret_id("one/support/send");
    delete.force_delete_without_recovery(true).send().await.expect("deleted");
    let found = stack.found(&["secrets-readable", "configuration"]).await;
    assert_eq!(
        found[0],
        "fail secrets-readable: the send configuration is missing in Secrets Manager"
    );
    assert_eq!(stack.examine(&[]).await.code, Some(1));
    let other = run(&["doctor", "--stack", "none"], &stack.aws.environment()).await.bad(2);
    assert!(other.contains("there is no stack none"), "{other}");
}

#[tokio::test]
async fn each_link_from_genesys_to_the_function_is_looked_at() {
    const BUS: &str = "aws.partner/genesys.com/cloud/0f0f/lynn";
    let outputs = [("GenesysEventBus", BUS), ("GenesysEventsFunction", "one-events")];
    let stack = Stack::saying(&outputs).await;
    let mut found = Vec::new();
    let mut look = async || {
        found.extend(stack.found(&["event-bus", "genesys-events"]).await);
        found.push(String::new());
    };
    look().await;
    let events = aws_sdk_eventbridge::Client::new(&stack.aws.config());
    events.create_event_bus().name(BUS).send().await.expect("a bus");
    look().await;
    let rule =
        || events.put_rule().name("one").event_bus_name(BUS).event_pattern(r#"{"source":["one"]}"#);
    rule().state(RuleState::Disabled).send().await.expect("a rule");
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:one-events";
    let target = Target::builder().id("one").arn(arn).build().expect("a target");
    let put = events.put_targets().event_bus_name(BUS).rule("one").targets(target);
    put.send().await.expect("it leads there");
    let topics = ["customer.end", "user.start", "user.end", "acd.start", "acd.end"];
    let topics = topics.map(|topic| format!("v2.detail.events.conversation.{{id}}.{topic}"));
    let source = json!({
        "name": "lynn events", "integrationType": { "id": "amazon-eventbridge-source" },
        "intendedState": "DISABLED", "reportedState": { "code": "INACTIVE" },
        "config": { "current": { "properties": { "eventSourceSuffix": "lynn", "eventFilter": topics } } } });
    stack.genesys.add_object(ObjectKind::Integration, &source);
    look().await;
    rule().state(RuleState::Enabled).send().await.expect("a rule");
    stack.genesys.change_objects(ObjectKind::Integration, |integration| {
        integration["intendedState"] = json!("ENABLED");
        integration["reportedState"]["code"] = json!("ACTIVE");
    });
    look().await;
    insta::assert_snapshot!(found.join("\n"));
}

#[tokio::test]
async fn a_secret_under_a_key_of_somebody_else_is_found() {
    const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/k-2";
    let stack = Stack::new().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&stack.aws.config());
    let update = secrets.update_secret().secret_id("one/support/send").kms_key_id(KEY);
    update.send().await.expect("updated");
    let found = stack.found(&["secrets-readable"]).await;
    assert!(found[0].starts_with("fail secrets-readable: a secret is encrypted with"), "{found:?}");
    assert!(found[0].contains(KEY), "{found:?}");
}

#[tokio::test]
async fn documents_that_were_not_stored_together_are_found() {
    let stack = Stack::new().await;
    let found = stack.found(&["secrets-together"]).await;
    assert_eq!(found, ["ok secrets-together: both were stored by one push"]);
    let secrets = aws_sdk_secretsmanager::Client::new(&stack.aws.config());
    let send = secrets.get_secret_value().secret_id("one/support/send").send().await;
    let send = send.expect("a value").secret_string.expect("a text");
    let by_hand = secrets.put_secret_value().secret_id("one/support/send");
    by_hand.secret_string(send).send().await.expect("stored");
    let found = stack.found(&["secrets-together"]).await;
    assert!(
        found[0].starts_with("warn secrets-together: one of them was stored since"),
        "{found:?}"
    );
}

#[tokio::test]
async fn an_alarm_that_rings_is_a_finding_until_it_is_over() {
    let stack = Stack::new().await;
    let (own, quiet) = ("one-DeadLettersAlarm-1A2B3C", "one-InboundAgeAlarm-1A2B3C");
    for alarm in [own, quiet] {
        stack.alarm(alarm).await;
    }
    // Alarms of another stack with a similar name: more than one page of CloudWatch, and before the
    // alarms of this stack.
    for number in 0..60 {
        let other = format!("one-A-{number}Alarm-1A2B3C");
        stack.alarm(&other).await;
        stack.ring(&other, StateValue::Alarm).await;
    }
    assert_eq!(stack.found(&["alarms"]).await, ["ok alarms: none rings"]);
    stack.ring(own, StateValue::Alarm).await;
    assert_eq!(stack.found(&["alarms"]).await, ["fail alarms: ringing: DeadLettersAlarm"]);
    assert_eq!(stack.examine(&[]).await.code, Some(1));
    stack.ring(own, StateValue::Ok).await;
    assert_eq!(stack.found(&["alarms"]).await, ["ok alarms: none rings"]);
}

#[tokio::test]
async fn an_event_that_waits_long_is_a_finding_until_it_is_taken() {
    let stack = Stack::new().await;
    for (queue, check) in [("inbound", "inbound-queue"), ("outbound", "outbound-queue")] {
        stack.send(queue).await;
        let mut found = Vec::new();
        for seconds in [5.0, 120.0, 3600.0] {
            stack.age(queue, seconds).await;
            found.extend(stack.found(&[check]).await);
        }
        let said = |outcome: &str, seconds: u32| {
            format!("{outcome} {check}: 1 event waits, the oldest for {seconds} s")
        };
        assert_eq!(found, [said("ok", 5), said("warn", 120), said("fail", 3600)]);
        let sqs = aws_sdk_sqs::Client::new(&stack.aws.config());
        let purge = sqs.purge_queue().queue_url(stack.queue(queue).await);
        purge.send().await.expect("taken");
        assert_eq!(stack.found(&[check]).await, [format!("ok {check}: empty")]);
    }
}

/// SQS leaves out of its age metric messages that were received several times; the bridge reports
/// their age itself.
#[tokio::test]
async fn what_the_bridge_tells_of_an_event_that_sqs_leaves_out_counts() {
    let stack = Stack::new().await;
    stack.send("inbound").await;
    stack.age("inbound", 5.0).await;
    let dimension = |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
    let datum = MetricDatum::builder().metric_name("WaitingAge").value(3_600_000.0);
    let datum = datum.timestamp(DateTime::from_secs(unix_seconds() - 60));
    let datum = datum.dimensions(dimension("Stack", "one"));
    let datum = datum.dimensions(dimension("Direction", "inbound")).build();
    let put = stack.cloudwatch().put_metric_data().namespace("LynnGenesysBridge");
    put.metric_data(datum).send().await.expect("told");
    let found = stack.found(&["inbound-queue"]).await;
    assert_eq!(found, ["fail inbound-queue: 1 event waits, the oldest for 3600 s"]);
}

#[tokio::test]
async fn the_limit_of_the_account_is_compared_with_what_the_stack_may_use() {
    let stack = Stack::new().await;
    let found = stack.found(&["lambda-concurrency"]).await;
    // The emulator's account allows hundreds; a stack without other settings uses 20 for each
    // sender.
    assert!(found[0].starts_with("ok lambda-concurrency: the account lets "), "{found:?}");
    assert!(found[0].ends_with("the senders may use 40"), "{found:?}");
}
