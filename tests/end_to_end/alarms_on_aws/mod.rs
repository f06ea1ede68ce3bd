//! The troubles behind the alarms of a deployed stack, caused on purpose: the alarm's own metric
//! counts them, the command of its entry in docs/RUNBOOK.md shows them, and the steps of the entry
//! end them.
//!
//! Rule: a test that breaks a function runs alone, and leaves the function as it was.

mod functions;
mod late;
mod lines;
mod put_aside;
mod ringing;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{MetricAlarm, Statistic};
use serde_json::{Value, json};

use super::events_on_aws::now;
use crate::command::run;
use crate::harness::Harness;
use crate::stack::Stack;

const RUNBOOK: &str = include_str!("../../../docs/RUNBOOK.md");
/// The start of the runbook's commands for the log of a function.
const TAIL: &str = "aws logs tail /aws/lambda/bridge-";

/// The names of the alarms that have an entry.
fn entries() -> Vec<&'static str> {
    let alarms = RUNBOOK.split("\n## On one machine").next().expect("the alarms come first");
    alarms.lines().filter_map(|line| line.strip_prefix("### ")).collect()
}

fn entry(alarm: &str) -> &'static str {
    let (_, entry) = RUNBOOK.split_once(&format!("\n### {alarm}\n")).expect(alarm);
    entry.split("\n#").next().unwrap_or_default()
}

/// An alarm of the stack, read from CloudWatch.
async fn alarm(stack: &Stack, name: &str) -> MetricAlarm {
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&stack.config());
    let ask = cloudwatch.describe_alarms().alarm_name_prefix(format!("{}-{name}-", stack.name()));
    let told = ask.send().await.expect("told");
    let [alarm] = told.metric_alarms() else { panic!("{name}: {told:?}") };
    alarm.clone()
}

/// Whether the alarm's metric has exceeded its threshold since this time, in milliseconds.
async fn is_counted(stack: &Stack, alarm: &MetricAlarm, since: i64) -> bool {
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&stack.config());
    let ask = cloudwatch
        .get_metric_statistics()
        .namespace(alarm.namespace().expect("one"))
        .metric_name(alarm.metric_name().expect("one"))
        .set_dimensions(Some(alarm.dimensions().to_vec()))
        .start_time(DateTime::from_millis(since))
        .end_time(DateTime::from_millis(now() + 1000))
        .period(60)
        .statistics(Statistic::Sum);
    assert_eq!(alarm.statistic(), Some(&Statistic::Sum));
    let told = ask.send().await.expect("told");
    let sums = told.datapoints().iter().filter_map(|point| point.sum());
    sums.into_iter().any(|sum| sum > alarm.threshold().expect("one"))
}

/// The functions whose logs the commands of an alarm's entry show, each with its filter pattern.
fn looks(alarm: &str) -> Vec<(&'static str, &'static str)> {
    let commands = entry(alarm).lines().filter_map(|line| line.strip_prefix(TAIL));
    let look = |command: &'static str| {
        let (function, options) = command.split_once(' ').expect("options");
        (function, options.split_once("--filter-pattern ").expect("a pattern").1)
    };
    commands.map(look).collect()
}

/// The lines since this time (in milliseconds) that the commands of an alarm's entry show, each
/// after the name of its function.
async fn shown(stack: &Stack, alarm: &str, since: i64) -> Vec<String> {
    let mut lines = Vec::new();
    for (function, pattern) in looks(alarm) {
        let group = format!("/aws/lambda/{}-{function}", stack.name());
        let question = json!({ "logGroupName": group, "startTime": since });
        let told = stack.ask("Logs_20140328.FilterLogEvents", &question).await;
        let events = told["events"].as_array().expect("events").iter();
        let messages = events.filter_map(|event| event["message"].as_str());
        let messages = messages.filter(|message| fits(message, pattern));
        lines.extend(messages.map(|message| format!("{function} {message}")));
    }
    lines
}

/// The outcome and reason of a check of `bridge doctor`, with an administrator's credentials.
async fn examined(harness: &Harness, id: &str) -> (String, String) {
    let stack = harness.stack();
    let of = ["--stack", stack.name(), "--integration", harness.name()];
    let mut environment = stack.environment();
    let options = harness.genesys.options();
    for (name, value) in [
        ("GENESYS_ADMIN_CLIENT_ID", &options.admin_client_id),
        ("GENESYS_ADMIN_CLIENT_SECRET", &options.admin_client_secret),
    ] {
        environment.push((name.to_owned(), value.clone()));
    }
    let ended = run(&[&["doctor", "--json"], &of[..]].concat(), &environment).await;
    let findings: Value =
        serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let finding = findings.as_array().expect("a list").iter().find(|finding| finding["id"] == id);
    let text = |key: &str| finding.and_then(|it| it[key].as_str()).expect(id).to_owned();
    (text("outcome"), text("reason"))
}

/// Whether CloudWatch shows a line for a pattern, which is quoted for the shell: case matters, and
/// of the terms that begin with `?` one is enough. The emulator implements neither rule.
fn fits(line: &str, pattern: &str) -> bool {
    let pattern = pattern.trim_matches('\'');
    let terms: Vec<&str> = pattern
        .split('"')
        .enumerate()
        .flat_map(|(place, part)| {
            // A term in quotes may contain blanks.
            if place % 2 == 1 {
                vec![part]
            } else {
                part.split(' ').filter(|it| it.len() > 1).collect()
            }
        })
        .collect();
    let has = |term: &&str| line.contains(term.trim_start_matches('?'));
    if pattern.contains('?') { terms.iter().any(has) } else { terms.iter().all(has) }
}

#[test]
fn a_pattern_is_read_as_cloudwatch_reads_it() {
    assert!(fits("level: ERROR", "ERROR") && !fits("Error: none", "ERROR"));
    let any = "'?ERROR ?Error ?\"timed out\"'";
    assert!(fits("Error: none", any) && fits("Task timed out after 90 seconds", any));
    assert!(!fits("an error, timed", any));
}
