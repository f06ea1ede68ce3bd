//! Events that wait: the commands in the runbook entries about their age show the reason, until the
//! events are delivered.

use aws_sdk_cloudwatch::types::{Dimension, MetricAlarm};
use serde_json::{Value, json};

use super::super::events_on_aws::now;
use super::{alarm, shown};
use crate::command::run;
use crate::harness::{Harness, each};

/// The number of open conversations, listed with the command of the entries.
async fn open(harness: &Harness) -> usize {
    let stack = harness.stack();
    let arguments = ["conversations", "--stack", stack.name(), "--open", "--json"];
    let own = ["--integration", harness.name()];
    let listed = run(&[&arguments[..], &own].concat(), &stack.environment()).await.json();
    listed.as_array().expect("a list").len()
}

/// CloudWatch extracts the waiting time from the line, for the alarm of its direction.
fn tells_how_long(line: &Value, alarm: &MetricAlarm) {
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().expect("a list");
    let watched = directives.iter().find(|it| it["Metrics"][0]["Name"] == "WaitingAge");
    let watched = watched.unwrap_or_else(|| panic!("{line}"));
    assert_eq!(alarm.metric_name(), Some("WaitingAge"));
    assert_eq!(watched["Namespace"], alarm.namespace().expect("a namespace"));
    let names: Vec<&str> = alarm.dimensions().iter().filter_map(Dimension::name).collect();
    assert_eq!(watched["Dimensions"], json!([names]));
    for dimension in alarm.dimensions() {
        let name = dimension.name().expect("a name");
        assert_eq!(line[name], dimension.value().expect("a value"), "{line}");
    }
    assert!(line["WaitingAge"].is_number(), "{line}");
}

#[tokio::test]
async fn what_waits_is_shown_with_its_reason_until_it_is_delivered() {
    let harness = Harness::start().await;
    let began = now();
    harness.say("ben", "m-1", "Hello").await;
    harness.accepted("ben", 1).await;
    for (side, direction) in [("Inbound", "inbound"), ("Outbound", "outbound")] {
        harness.genesys.set_down(direction == "inbound");
        harness.lynn.set_down(direction == "outbound");
        let id = if direction == "inbound" {
            harness.say("ben", "m-2", "Are you there?").await;
            "m-2".to_owned()
        } else {
            harness.agent("ben", "Good morning").await
        };
        let line = harness.logged(&[("event.name", "retried"), ("direction", direction)]).await;
        tells_how_long(&line, &alarm(harness.stack(), &format!("{side}WaitingAlarm")).await);
        let own = |line: &String| line.contains(harness.name()) && line.contains(&id);
        let entry = format!("{side}AgeAlarm");
        let lines: Vec<String> = shown(harness.stack(), &entry, began).await;
        let line = lines.into_iter().find(own).expect("a line");
        assert!(line.contains("answered 503"), "{line}");
        assert_eq!(open(&harness).await, 1);
        harness.genesys.set_down(false);
        harness.lynn.set_down(false);
        let delivered = [("event.name", "delivered"), ("direction", direction), ("event.id", &id)];
        harness.logged(&delivered).await;
    }
    assert_eq!(each(&harness.accepted("ben", 2).await, "/channel/messageId"), ["m-1", "m-2"]);
    harness.heard("ben", 1).await;
    harness.end();
}
