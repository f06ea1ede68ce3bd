//! Events of Genesys Cloud about conversations arrive over a separate bus, reach the function, and
//! are never lost silently. Without an event source, none of these resources exists.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::known::{EVENT_SOURCE, MEDIA_RELAY, SOURCE, THROTTLE_ALARMS, assert_found, assert_none};
use crate::pattern::fits;
use crate::template::{FUNCTION, Template};

/// The topics that the program reads.
const TOPICS: [&str; 5] = ["customer.end", "user.start", "user.end", "acd.start", "acd.end"];
/// The maximum values of EventBridge and Lambda: age in seconds, number of retries.
const OF_THE_BUS: (u64, u64) = (24 * 60 * 60, 185);
const OF_LAMBDA: (u64, u64) = (6 * 60 * 60, 2);
const DEAD: &str = "${EventsDeadLetterQueue.Arn}";
const RULE: &str = "/Properties/Events/Conversation/Properties";

/// An event as EventBridge delivers it.
fn event(topic: &str, body: Value) -> Value {
    json!({
        "version": "0", "id": "e-1", "detail-type": format!("v2.detail.events.conversation.{{id}}.{topic}"),
        "source": SOURCE, "account": "123456789012", "time": "2026-11-22T10:00:00Z", "region": "us-east-1", "resources": [],
        "detail": { "topicName": format!("v2.detail.events.conversation.c-1.{topic}"), "version": "2", "eventBody": body },
    })
}

/// The body of an Open Messaging event, with some of its fields changed.
fn body(changes: Value) -> Value {
    let mut body = json!({
        "eventTime": 1_795_341_600_000_i64, "conversationId": "c-1", "participantId": "p-1", "disconnectType": "PEER",
        "mediaType": "MESSAGE", "messageType": "OPEN", "addressFrom": "ana", "addressTo": "i-1",
    });
    for (key, value) in changes.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

fn rule(template: &Template) -> &Value {
    let events = template.function("GenesysEvents")["Events"].as_object().unwrap();
    let [rule] = events.values().collect::<Vec<_>>()[..] else { panic!("{events:?}") };
    assert_eq!(rule["Type"], "EventBridgeRule");
    &rule["Properties"]
}

/// The events for which the rule's pattern decides wrongly.
fn pattern_findings(template: &Template) -> Vec<String> {
    let pattern = &rule(template)["Pattern"];
    let mut findings = Vec::new();
    let mut expect = |what: &str, event: &Value, wanted: bool| {
        if fits(pattern, event) != wanted {
            findings.push(if wanted {
                format!("{what} is kept away")
            } else {
                format!("{what} comes")
            });
        }
    };
    for topic in TOPICS {
        expect(topic, &event(topic, body(json!({}))), true);
        // An event of a voice call has no message type.
        let call = body(json!({ "mediaType": "VOICE", "messageType": null }));
        expect(&format!("{topic} of a call"), &event(topic, call), false);
        for (media, message) in [("MESSAGE", "WEBMESSAGING"), ("EMAIL", "OPEN")] {
            let other = body(json!({ "mediaType": media, "messageType": message }));
            expect(&format!("{topic} of {media} {message}"), &event(topic, other), false);
        }
    }
    let unsaid = body(json!({ "mediaType": null, "messageType": null }));
    expect("what does not say what it is about", &event("customer.end", unsaid), true);
    let mut named = event("user.end", body(json!({ "messageType": "Open" })));
    named["detail-type"] = json!("v2.detail.events.conversation.5d0d331e-0000.user.end");
    expect("a topic with the conversation's id", &named, true);
    for topic in ["customer.start", "wrapup", "flow.end", "attributes"] {
        expect(topic, &event(topic, body(json!({}))), false);
    }
    findings
}

/// Errors in the settings for events that cannot be delivered or processed.
fn failure_findings(template: &Template) -> Vec<String> {
    let function = template.function("GenesysEvents");
    let (bus, lambda) = (rule(template), &function["EventInvokeConfig"]);
    let mut findings = Vec::new();
    let mut expect = |what: &str, holds: bool| {
        if !holds {
            findings.push(what.to_owned());
        }
    };
    let repeats = |policy: &Value, (age, attempts): (u64, u64)| {
        policy["MaximumEventAgeInSeconds"] == age && policy["MaximumRetryAttempts"] == attempts
    };
    expect("EventBridge gives up early", repeats(&bus["RetryPolicy"], OF_THE_BUS));
    expect("EventBridge loses an event", bus["DeadLetterConfig"] == json!({ "Arn": DEAD }));
    expect("Lambda gives up early", repeats(lambda, OF_LAMBDA));
    let failed = &lambda["DestinationConfig"]["OnFailure"];
    let put_aside = *failed == json!({ "Type": "SQS", "Destination": DEAD });
    expect("Lambda loses an event", put_aside);
    // Nine queries, a read and a send of at most 4 s each, and two pauses of 1 s.
    expect("the function has too little time", function["Timeout"].as_u64() >= Some(11 * 4 + 2));
    findings
}

#[test]
fn the_five_events_of_open_messaging_reach_the_function_and_no_others() {
    assert_none(&pattern_findings(&Template::read()));
}

#[test]
fn an_event_that_is_not_taken_is_repeated_and_then_put_aside() {
    assert_none(&failure_findings(&Template::read()));
}

#[test]
fn the_bus_is_that_of_the_source_whether_the_stack_makes_it_or_not() {
    let makes = Template::read();
    let bus = json!({ "Name": SOURCE, "EventSourceName": SOURCE });
    assert_eq!(*makes.properties("GenesysEventBus"), bus);
    assert_eq!(rule(&makes)["EventBusName"], "${GenesysEventBus}");
    let finds = Template::with(&[EVENT_SOURCE, ("AssociateEventSource", "no")]);
    assert!(finds.resource("GenesysEventBus").is_null());
    assert_eq!(rule(&finds)["EventBusName"], SOURCE);
    // When the stack stops creating the bus, the bus is kept, and the same rule continues to use
    // it.
    let kept = makes.resource("GenesysEventBus");
    assert_eq!(kept["DeletionPolicy"], "RetainExceptOnCreate");
    assert_eq!(kept["UpdateReplacePolicy"], "Retain");
    assert!(
        !finds.text().contains("${GenesysEventBus"),
        "something refers to a bus that is not there"
    );
}

/// The names of all resources and outputs.
fn names(template: &Template) -> BTreeSet<String> {
    let resources = template.of_type("AWS::").into_iter().map(|(name, _)| name.to_owned());
    resources.chain(template.outputs().into_iter().map(|(name, _)| name.to_owned())).collect()
}

#[test]
fn without_a_source_nothing_of_it_exists_and_nothing_refers_to_it() {
    let (with, without) = (Template::read(), Template::with(&[MEDIA_RELAY, THROTTLE_ALARMS]));
    let only_with: BTreeSet<_> = names(&with).difference(&names(&without)).cloned().collect();
    let expected = [
        "EventsDeadLetterQueue",
        "EventsDeadLetterQueueAlarm",
        "EventsDeadLetterQueuePolicy",
        "EventsDeadLetterQueueUrl",
        "GenesysEventBus",
        "GenesysEventsErrorsAlarm",
        "GenesysEventsFunction",
        "GenesysEventsLogGroup",
        "GenesysEventsRole",
        "GenesysEventsThrottlesAlarm",
    ];
    assert_eq!(only_with, expected.map(str::to_owned).into());
    assert!(names(&without).is_subset(&names(&with)));
    for name in only_with {
        assert!(!without.text().contains(&format!("${{{name}")), "something refers to {name}");
    }
    // AssociateEventSource alone, without an event source, does not create a bus.
    let asked = Template::with(&[MEDIA_RELAY, THROTTLE_ALARMS, ("AssociateEventSource", "yes")]);
    assert_eq!(names(&asked), names(&without));
}

#[test]
fn the_scheduler_runs_every_minute_with_events_or_without() {
    for template in [Template::read(), Template::with(&[])] {
        let function = template.function("ConversationScheduler");
        let events = function["Events"].as_object().unwrap();
        let [look] = events.values().collect::<Vec<_>>()[..] else { panic!("{events:?}") };
        assert_eq!(
            (&look["Type"], &look["Properties"]["Schedule"]),
            (&json!("Schedule"), &json!("rate(1 minute)"))
        );
        assert!(look["Properties"]["Enabled"].is_null() && look["Properties"]["State"].is_null());
        // 16 queries of the index, then 16 conversations at a time, each within the 1.5 s of an
        // attempt.
        let rounds = 16 + u64::try_from(conversation_scheduler::MOST.div_ceil(16)).unwrap();
        assert!(function["Timeout"].as_u64().unwrap() * 2 >= rounds * 3);
    }
}

#[test]
fn no_other_function_is_given_events_of_a_bus() {
    let template = Template::read();
    let given = template.of_type(FUNCTION).into_iter().filter(|(_, function)| {
        let mut events = function["Properties"]["Events"].as_object().unwrap().values();
        events.any(|event| event["Type"] == "EventBridgeRule")
    });
    assert_eq!(given.map(|(name, _)| name).collect::<Vec<_>>(), ["GenesysEventsFunction"]);
}

#[test]
fn the_parameters_take_what_they_name_only() {
    let parameters = &Template::source()["Parameters"];
    assert_eq!(parameters["AssociateEventSource"]["AllowedValues"], json!(["yes", "no"]));
    assert_eq!(parameters["ReconcileAfterMinutes"]["AllowedPattern"], "^$|^[0-9]{1,5}$");
    let source = parameters["GenesysEventSource"]["AllowedPattern"].as_str().unwrap();
    assert!(source.starts_with("^$|^aws\\.partner/genesys\\.com/cloud/"), "{source}");
}

#[test]
fn a_rule_that_keeps_away_or_lets_through_too_much_is_found() {
    let after = |path: &str, value: Value| {
        let path = format!("{RULE}/Pattern/{path}");
        pattern_findings(&Template::read().change("GenesysEventsFunction", &path, |it| *it = value))
    };
    let one = after("detail-type", json!([{ "suffix": ".customer.end" }]));
    assert_found(&one, "user.start is kept away");
    assert_found(&after("detail-type", json!([{ "suffix": "" }])), "wrapup comes");
    let any = after("detail/eventBody/mediaType", json!([{ "exists": false }, { "exists": true }]));
    assert_found(&any, "customer.end of a call comes");
    let said = after("detail/eventBody/messageType", json!(["OPEN"]));
    assert_found(&said, "what does not say what it is about is kept away");
    let exact = after("detail-type/0", json!("v2.detail.events.conversation.{id}.wrapup"));
    assert_found(&exact, "wrapup comes");
}

#[test]
fn an_event_that_could_be_lost_is_found() {
    let after = |path: &str, value: Value| {
        failure_findings(&Template::read().change("GenesysEventsFunction", path, |it| *it = value))
    };
    let path = format!("{RULE}/DeadLetterConfig");
    assert_found(&after(&path, Value::Null), "EventBridge loses an event");
    let path = format!("{RULE}/RetryPolicy/MaximumRetryAttempts");
    assert_found(&after(&path, json!(0)), "EventBridge gives up early");
    let invoke = "/Properties/EventInvokeConfig";
    let path = format!("{invoke}/MaximumEventAgeInSeconds");
    assert_found(&after(&path, json!(60)), "Lambda gives up early");
    let path = format!("{invoke}/DestinationConfig/OnFailure/Destination");
    assert_found(&after(&path, json!("${InboundDeadLetterQueue.Arn}")), "Lambda loses an event");
    assert_found(&after("/Properties/Timeout", json!(10)), "too little time");
}
