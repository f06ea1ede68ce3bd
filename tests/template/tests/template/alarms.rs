//! Every trouble has an alarm whose description says what to do, and all watched metrics exist.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::known::{FUNCTIONS, assert_found, assert_none};
use crate::template::Template;

const NAMESPACE: &str = "LynnGenesysBridge";
/// The program's list of metrics.
const METRICS: &str = include_str!("../../../../crates/aws/src/metrics.rs");
/// CloudWatch allows at most 1024 characters; a shorter description than the minimum would not help
/// an operator at night.
const DESCRIPTION: std::ops::RangeInclusive<usize> = 120..=1024;
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:pager";

fn findings(template: &Template, actions: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let alarm = &alarm["Properties"];
        let mut expect = |holds: bool, finding: &str| {
            if !holds {
                findings.push(format!("{name}: {finding}"));
            }
        };
        let description = alarm["AlarmDescription"].as_str().unwrap_or_default();
        expect(DESCRIPTION.contains(&description.len()), "does not say what to do");
        expect(alarm["TreatMissingData"] == "notBreaching", "rings when nothing happens");
        for on in ["AlarmActions", "OKActions"] {
            expect(alarm[on] == *actions, &format!("{on} are {}", alarm[on]));
        }
        expect(
            metric_exists(template, alarm["Namespace"].as_str(), alarm["MetricName"].as_str()),
            "an unknown metric",
        );
    }
    findings
}

/// Whether a metric exists: one of the program or of a filter of the access log, or one of AWS.
fn metric_exists(template: &Template, namespace: Option<&str>, name: Option<&str>) -> bool {
    match (namespace, name) {
        (Some(NAMESPACE), Some(name)) => {
            METRICS.contains(&format!("\"{name}\"")) || filtered(template).contains(&name)
        }
        (Some(namespace), Some(_)) => namespace.starts_with("AWS/"),
        _ => false,
    }
}

/// The metrics that filters derive from log lines.
fn filtered(template: &Template) -> Vec<&str> {
    let filters = template.of_type("AWS::Logs::MetricFilter").into_iter();
    filters
        .flat_map(|(_, filter)| filter["Properties"]["MetricTransformations"].as_array().unwrap())
        .map(|made| made["MetricName"].as_str().unwrap())
        .collect()
}

/// The watched metrics, each as namespace, metric and the values of its dimensions.
fn watched(template: &Template) -> BTreeSet<String> {
    let alarms = template.of_type("AWS::CloudWatch::Alarm").into_iter();
    let watch = |alarm: &Value| {
        let text = |key: &str| alarm[key].as_str().unwrap().to_owned();
        let dimensions = alarm["Dimensions"].as_array().unwrap().iter();
        let values: Vec<_> = dimensions.map(|it| it["Value"].as_str().unwrap()).collect();
        format!("{} {} {}", text("Namespace"), text("MetricName"), values.join(" "))
    };
    alarms.map(|(_, alarm)| watch(&alarm["Properties"])).collect()
}

#[test]
fn every_trouble_has_an_alarm() {
    let own = ["DeadLetters", "Rejected", "Throttled", "Unconfigured"]
        .map(|it| format!("{NAMESPACE} {it} ${{AWS::StackName}}"));
    let tried = ["inbound", "outbound"]
        .map(|it| format!("{NAMESPACE} WaitingAge ${{AWS::StackName}} {it}"));
    let set_aside = ["Inbound", "Outbound", "Events"].map(|it| {
        format!("AWS/SQS ApproximateNumberOfMessagesVisible ${{{it}DeadLetterQueue.QueueName}}")
    });
    let waiting = ["Inbound", "Outbound"]
        .map(|it| format!("AWS/SQS ApproximateAgeOfOldestMessage ${{{it}Queue.QueueName}}"));
    let many = ["Inbound", "Outbound"]
        .map(|it| format!("AWS/SQS ApproximateNumberOfMessagesVisible ${{{it}Queue.QueueName}}"));
    let queues = set_aside.into_iter().chain(waiting).chain(many).chain(tried);
    let functions = FUNCTIONS.iter().flat_map(|(name, _)| {
        ["Errors", "Throttles"].map(|it| format!("AWS/Lambda {it} ${{{name}Function}}"))
    });
    let api = ["5xx", "Count"].map(|it| format!("AWS/ApiGateway {it} ${{HttpApi}}"));
    let expected: BTreeSet<_> = own.into_iter().chain(queues).chain(functions).chain(api).collect();
    assert_eq!(watched(&Template::read()), expected);
}

#[test]
fn an_event_that_waits_for_more_than_a_minute_raises_one() {
    let template = Template::read();
    for queue in ["Inbound", "Outbound"] {
        let alarm = template.properties(&format!("{queue}AgeAlarm"));
        assert_eq!((&alarm["Threshold"], &alarm["Statistic"]), (&json!(60), &json!("Maximum")));
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanThreshold");
    }
}

/// A queue's own age metric leaves out messages that were received several times. So the bridge's
/// own metric has an alarm too.
#[test]
fn an_event_that_is_tried_again_after_two_minutes_raises_one() {
    let template = Template::read();
    for (alarm, direction) in
        [("InboundWaitingAlarm", "inbound"), ("OutboundWaitingAlarm", "outbound")]
    {
        let alarm = template.properties(alarm);
        // The program counts milliseconds. No pause between two attempts is longer than the period.
        assert!(
            METRICS.contains(r#"name: "WaitingAge","#)
                && METRICS.contains(r#"unit: "Milliseconds","#)
        );
        assert_eq!(
            (&alarm["Threshold"], &alarm["Statistic"]),
            (&json!(120_000), &json!("Maximum"))
        );
        assert_eq!((&alarm["Period"], &alarm["EvaluationPeriods"]), (&json!(300), &json!(1)));
        let dimensions = json!([{ "Name": "Stack", "Value": "${AWS::StackName}" },
                                { "Name": "Direction", "Value": direction }]);
        assert_eq!(alarm["Dimensions"], dimensions);
    }
}

#[test]
fn half_of_what_a_queue_can_work_on_raises_one() {
    let alarm = |template: &Template, name: &str| template.properties(name)["Threshold"].clone();
    for name in ["InboundBacklogAlarm", "OutboundBacklogAlarm"] {
        assert_eq!(alarm(&Template::read(), name), 60_000);
        assert_eq!(alarm(&Template::whole(&[("BacklogThreshold", "100")]), name), "100");
    }
}

#[test]
fn a_flood_raises_one_at_the_number_given() {
    let template = Template::whole(&[("RequestsThreshold", "500")]);
    let alarm = template.properties("RequestsAlarm");
    assert_eq!((&alarm["Threshold"], &alarm["Period"]), (&json!("500"), &json!(300)));
}

#[test]
fn requests_that_the_api_itself_refuses_are_counted_and_raise_one() {
    let template = Template::read();
    let filter = template.properties("ThrottledFilter");
    assert_eq!(filter["LogGroupName"], "${AccessLogGroup}");
    assert_eq!(filter["FilterPattern"], r#"{ $.status = "429" }"#);
    let alarm = template.properties("ThrottledRequestsAlarm");
    let made = &filter["MetricTransformations"][0];
    assert_eq!(made["MetricNamespace"], alarm["Namespace"]);
    assert_eq!(made["MetricName"], alarm["MetricName"]);
    assert_eq!(made["Dimensions"], json!([{ "Key": "Stack", "Value": "$.stack" }]));
    assert_eq!(alarm["Dimensions"][0]["Name"], "Stack");
}

#[test]
fn refused_callers_raise_one_at_the_number_given() {
    let template = Template::with(&[("RejectedThreshold", "3")]);
    let alarm = template.properties("RejectedAlarm");
    assert_eq!((&alarm["Threshold"], &alarm["Period"]), (&json!("3"), &json!(300)));
}

#[test]
fn every_alarm_says_what_to_do_and_tells_those_who_asked() {
    let address = ("AlarmEmail", "night@example.com");
    let topic = ("AlarmTopicArn", TOPIC);
    assert_none(&findings(&Template::read(), &json!([])));
    assert_none(&findings(&Template::whole(&[address]), &json!(["${AlarmTopic}"])));
    assert_none(&findings(&Template::whole(&[topic]), &json!([TOPIC])));
    assert_none(&findings(&Template::whole(&[address, topic]), &json!(["${AlarmTopic}", TOPIC])));
}

#[test]
fn the_topic_exists_only_for_an_address() {
    assert!(Template::read().resource("AlarmTopic").is_null());
    let with_address = Template::with(&[("AlarmEmail", "night@example.com")]);
    let subscription = json!([{ "Protocol": "email", "Endpoint": "night@example.com" }]);
    assert_eq!(with_address.properties("AlarmTopic")["Subscription"], subscription);
}

#[test]
fn the_dashboard_is_json_and_shows_metrics_that_exist() {
    let template = Template::read();
    let body = template.properties("Dashboard")["DashboardBody"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let metrics: Vec<_> =
        widgets.iter().flat_map(|it| it["properties"]["metrics"].as_array().unwrap()).collect();
    assert!(
        metrics.iter().all(|it| metric_exists(&template, it[0].as_str(), it[1].as_str())),
        "{metrics:#?}"
    );
    let shown: BTreeSet<_> =
        metrics.iter().filter(|it| it[0] == NAMESPACE).filter_map(|it| it[1].as_str()).collect();
    for name in [
        "Accepted",
        "Delivered",
        "DeliveryAge",
        "DeadLetters",
        "Left",
        "RateBudgetLeft",
        "Rejected",
        "Throttled",
        "WaitingAge",
    ] {
        assert!(shown.contains(name), "{name} is not shown");
    }
}

#[test]
fn the_programs_metrics_are_read() {
    assert!(METRICS.contains(&format!("\"{NAMESPACE}\"")), "the namespace has moved");
    assert!(!metric_exists(&Template::read(), Some(NAMESPACE), Some("Imagined")));
}

#[test]
fn an_alarm_that_helps_nobody_is_found() {
    let after = |path: &str, value: Value| {
        findings(&Template::read().change("DeadLettersAlarm", path, |it| *it = value), &json!([]))
    };
    assert_found(
        &after("/Properties/AlarmDescription", json!("Bad.")),
        "DeadLettersAlarm: does not say what to do",
    );
    assert_found(
        &after("/Properties/TreatMissingData", json!("missing")),
        "rings when nothing happens",
    );
    assert_found(&after("/Properties/MetricName", json!("DeadLetter")), "an unknown metric");
    let deaf = Template::with(&[("AlarmTopicArn", TOPIC)]);
    let deaf = deaf.change("RejectedAlarm", "/Properties/AlarmActions", |it| *it = json!([]));
    assert_found(&findings(&deaf, &json!([TOPIC])), "RejectedAlarm: AlarmActions are []");
}
