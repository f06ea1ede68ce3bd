//! Functions that fail, each as after a deployment that must be rolled back.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::super::events_on_aws::now;
use super::{alarm, fits, is_counted, looks, shown};
use crate::harness::{Harness, KEY};
use crate::media::{PNG, customer_sends, relaying, start};
use crate::signing::hub_signature;

const FUNCTIONS: [(&str, &str); 6] = [
    ("ConversationScheduler", "conversation-scheduler/scheduled"),
    ("GenesysEvents", "genesys-events/customer-ended"),
    ("GenesysSender", "genesys-sender/batch-with-poisoned-record"),
    ("GenesysWebhook", "genesys-webhook/signed-webhook"),
    ("LynnInbound", "lynn-inbound/message"),
    ("LynnSender", "lynn-sender/batch-with-poisoned-record"),
];

/// An event that the function accepts.
fn event(path: &str) -> String {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/invoke");
    std::fs::read_to_string(events.join(format!("{path}.json"))).expect("an event")
}

/// An environment with one variable changed or removed.
fn but(variables: &Map<String, Value>, name: &str, value: Option<Value>) -> Map<String, Value> {
    let mut changed = variables.clone();
    assert!(changed.remove(name).is_some(), "{name} is not set");
    changed.extend(value.map(|value| (name.to_owned(), value)));
    changed
}

/// The output of a function's deployed program in this environment. The emulator does not keep the
/// output of a program that ends at once.
fn said(function: &str, variables: &Map<String, Value>) -> String {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.aws-sam/local-aws");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let variables = variables.iter().map(|(name, value)| (name.clone(), text(value)));
    let mut program = Command::new(built.join(function).join("bootstrap"));
    let output = program.env_clear().envs(variables).output().expect("it runs");
    assert!(!output.status.success(), "{function} started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

mod alone {
    use super::*;

    #[tokio::test]
    async fn a_function_that_cannot_start_is_counted_says_why_and_works_after_the_roll_back() {
        let harness = Harness::start().await;
        let stack = harness.stack();
        for (name, path) in FUNCTIONS {
            let (function, errors) = (format!("{name}Function"), format!("{name}ErrorsAlarm"));
            let (began, good) = (now(), stack.variables(&function).await);
            stack.set_variables(&function, &but(&good, "STACK_NAME", None)).await;
            let failed = stack.try_invoke(&function, event(path)).await;
            let counted = is_counted(stack, &alarm(stack, &errors).await, began).await;
            stack.set_variables(&function, &good).await;
            assert!(failed.is_err() && counted, "{name}: {failed:?}");
            let said = said(&function, &but(&good, "STACK_NAME", None));
            let [(_, pattern)] = looks(&errors)[..] else { panic!("{errors}") };
            let mut lines = said.lines().filter(|line| fits(line, pattern));
            assert!(lines.any(|line| line.contains("STACK_NAME")), "{name}: {said}");
            let after = stack.try_invoke(&function, event(path)).await;
            assert!(after.is_ok(), "{name}: {after:?}");
        }
    }

    #[tokio::test]
    async fn a_function_that_lambda_refuses_to_start_is_counted_until_there_is_room_again() {
        let harness = Harness::start().await;
        let stack = harness.stack();
        for (name, path) in FUNCTIONS {
            let function = format!("{name}Function");
            let began = now();
            stack.throttle(&function, true).await;
            let refused = stack.try_invoke(&function, event(path)).await;
            let alarm = alarm(stack, &format!("{name}ThrottlesAlarm")).await;
            let counted = is_counted(stack, &alarm, began).await;
            stack.throttle(&function, false).await;
            assert!(counted, "{name}: {refused:?}");
            let after = stack.try_invoke(&function, event(path)).await;
            assert!(refused.is_err() && after.is_ok(), "{name}: {refused:?}, {after:?}");
        }
    }

    #[tokio::test]
    async fn a_queue_that_refuses_is_answered_503_and_shown_until_the_roll_back() {
        let harness = Harness::start().await;
        let stack = harness.stack();
        let began = now();
        let broken = [
            ("LynnInboundFunction", "INBOUND_QUEUE_URL"),
            ("GenesysWebhookFunction", "OUTBOUND_QUEUE_URL"),
        ];
        let mut good = Vec::new();
        for (function, variable) in broken {
            let variables = stack.variables(function).await;
            let url = variables[variable].as_str().expect("a URL");
            let nowhere = json!(format!("{url}-gone"));
            let name = url.rsplit('/').next().expect("a name");
            stack.permit_too(function, name, &format!("{name}-gone")).await;
            stack.set_variables(function, &but(&variables, variable, Some(nowhere))).await;
            good.push((function, variables));
        }
        let answers = [knock_as_lynn(&harness).await, knock_as_genesys(&harness).await];
        let lines = shown(stack, "ServerErrorsAlarm", began).await;
        for (function, variables) in good {
            stack.set_variables(function, &variables).await;
        }
        assert_eq!(answers, [503, 503]);
        for function in ["lynn-inbound", "genesys-webhook"] {
            let refused = |line: &&String| {
                line.starts_with(function) && line.contains(r#""event.name":"refused""#)
            };
            assert!(lines.iter().find(refused).is_some(), "{function}: {lines:?}");
        }
        harness.say("ana", "m-1", "Hello").await;
        harness.accepted("ana", 1).await;
        harness.agent("ana", "Good morning").await;
        harness.heard("ana", 1).await;
        harness.logged(&[("event.name", "accepted"), ("direction", "outbound")]).await;
        harness.end();
    }

    async fn knock_as_lynn(harness: &Harness) -> u16 {
        let event =
            json!({ "type": "message", "id": "m-0", "contact": { "id": "ana" }, "text": "Hello" });
        let request = harness.request(reqwest::Method::POST, "/lynn/support");
        let answer = request.header("x-api-key", KEY).json(&event).send().await;
        answer.expect("an answer").status().as_u16()
    }

    async fn knock_as_genesys(harness: &Harness) -> u16 {
        let body = r#"{"id":"g-0","type":"Text"}"#;
        let signature = hub_signature(&harness.genesys.options().webhook_secret, body.as_bytes());
        let request = harness.request(reqwest::Method::POST, "/genesys/support");
        let answer = request.header("x-hub-signature-256", signature).body(body).send().await;
        answer.expect("an answer").status().as_u16()
    }

    #[tokio::test]
    async fn a_stack_without_a_place_for_copies_says_so_and_the_message_waits_for_one() {
        const FUNCTION: &str = "GenesysSenderFunction";
        let harness = start(relaying()).await;
        let stack = harness.stack();
        let good = stack.variables(FUNCTION).await;
        // The value that the template sets without the parameter.
        let without = but(&good, "MEDIA_BUCKET_DOMAIN", Some(json!("none")));
        stack.set_variables(FUNCTION, &without).await;
        let picture = simulators::FileOptions::new("image/png", PNG);
        customer_sends(&harness, "m-1", &harness.lynn.put_file("p.png", picture)).await;
        let waits = [("event.name", "retried"), ("error.code", "media.unconfigured")];
        let line = harness.logged(&waits).await;
        // The message's text has already arrived.
        harness.accepted("ana", 1).await;
        stack.set_variables(FUNCTION, &good).await;
        let summary = line["error.summary"].as_str().expect("a text");
        assert!(summary.contains("MediaRelay=yes"), "{summary}");
        harness.accepted("ana", 2).await;
        harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
        harness.end();
    }
}
