//! The queues fit the functions that drain them, and lose nothing.

use aws::requirements::{DRAIN, Requirements, Resource};
use aws::{FUNCTION_TIMEOUT, QUEUE_VISIBILITY, SHORTEST_VISIBILITY};
use serde_json::{Value, json};

use crate::known::{FUNCTIONS, assert_found, assert_none};
use crate::template::{Template, referred};

/// The largest batch of a FIFO queue in SQS, and the most receipts before SQS moves a message to
/// the dead-letter queue.
const LARGEST_BATCH: u64 = 10;
const MOST_RECEIPTS: u64 = 1000;
/// The queue of the events that could not be processed.
const EVENTS_QUEUE: &str = "EventsDeadLetterQueue";
/// The longest time in seconds for which SQS keeps a message: 14 days.
const LONGEST_RETENTION: u64 = 14 * 24 * 60 * 60;

/// The queue that a function drains, according to its needs.
fn drained(requirements: &Requirements) -> Option<&'static str> {
    let draining =
        requirements.permissions.iter().find(|permission| permission.actions == DRAIN)?;
    match draining.resource {
        Resource::InboundQueue => Some("InboundQueue"),
        Resource::OutboundQueue => Some("OutboundQueue"),
        _ => panic!("{} drains what is no queue", requirements.function),
    }
}

/// Mismatches between a function and the queue that it drains.
fn drain_findings(template: &Template, name: &str, requirements: &Requirements) -> Vec<String> {
    let function = template.function(name);
    let events = function["Events"].as_object().unwrap().values();
    let sources: Vec<_> =
        events.filter(|event| event["Type"] == "SQS").map(|event| &event["Properties"]).collect();
    let [source] = sources[..] else {
        let right = sources.is_empty() && drained(requirements).is_none();
        return if right { vec![] } else { vec![format!("{name}: {} queues", sources.len())] };
    };
    let mut findings = Vec::new();
    let mut expect = |holds: bool, finding: &str| {
        if !holds {
            findings.push(format!("{name}: {finding}"));
        }
    };
    let queue = referred(&source["Queue"]);
    expect(queue.is_some() && queue == drained(requirements), "another queue than it needs");
    expect(source["BatchSize"] == LARGEST_BATCH, "batch size");
    expect(
        source["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]),
        "a failed record fails its batch",
    );
    expect(source["ScalingConfig"]["MaximumConcurrency"].is_u64(), "no maximum concurrency");
    let timeout = function["Timeout"].as_u64().unwrap_or_default();
    expect(timeout >= FUNCTION_TIMEOUT.as_secs(), "timeout shorter than what the engine may take");
    let visibility = template.properties(queue.unwrap_or_default())["VisibilityTimeout"].as_u64();
    let fits = visibility.unwrap_or_default() >= timeout * 6;
    expect(fits, "visibility timeout of its queue too short");
    findings
}

/// Errors in a queue that holds messages.
fn queue_findings(template: &Template, name: &str) -> Vec<String> {
    let resource = template.resource(name);
    let queue = &resource["Properties"];
    let mut findings = Vec::new();
    let mut expect = |holds: bool, finding: &str| {
        if !holds {
            findings.push(format!("{name}: {finding}"));
        }
    };
    expect(queue["FifoQueue"] == true, "not FIFO");
    expect(queue["ContentBasedDeduplication"] == false, "deduplicates by content");
    let fast = queue["DeduplicationScope"] == "messageGroup"
        && queue["FifoThroughputLimit"] == "perMessageGroupId";
    expect(fast, "limited as a whole, not by group");
    expect(queue["MessageRetentionPeriod"] == LONGEST_RETENTION, "forgets early");
    let kept = resource["DeletionPolicy"] == "RetainExceptOnCreate"
        && resource["UpdateReplacePolicy"] == "Retain";
    expect(kept, "deleted with the stack");
    expect(is_encrypted(queue), "not encrypted");
    let over_tls = &template.properties("QueuesOverTlsOnly")["Queues"];
    expect(
        over_tls.as_array().unwrap().contains(&json!(format!("${{{name}}}"))),
        "open without TLS",
    );
    if !name.ends_with("DeadLetterQueue") {
        let redrive = &queue["RedrivePolicy"];
        expect(redrive["maxReceiveCount"] == MOST_RECEIPTS, "puts aside early");
        let dead = referred(&redrive["deadLetterTargetArn"]).map(|it| template.properties(it));
        let dead = dead.unwrap_or(&Value::Null);
        expect(dead["FifoQueue"] == true, "without a FIFO dead-letter queue");
        for limit in ["MessageRetentionPeriod", "MaximumMessageSize"] {
            expect(
                dead[limit].as_u64() >= queue[limit].as_u64(),
                &format!("{limit} of its dead-letter queue"),
            );
        }
    }
    findings
}

fn is_encrypted(queue: &Value) -> bool {
    queue["SqsManagedSseEnabled"] == true || queue["KmsMasterKeyId"].is_string()
}

/// Errors in the queue of the events that could not be processed. It is not FIFO, which EventBridge
/// does not support.
fn events_queue_findings(template: &Template) -> Vec<String> {
    let queue = template.properties(EVENTS_QUEUE);
    let mut findings = Vec::new();
    let mut expect = |holds: bool, finding: &str| {
        if !holds {
            findings.push(format!("{EVENTS_QUEUE}: {finding}"));
        }
    };
    expect(queue["FifoQueue"].is_null(), "EventBridge puts nothing into a FIFO queue");
    expect(queue["MessageRetentionPeriod"] == LONGEST_RETENTION, "forgets early");
    expect(is_encrypted(queue), "not encrypted");
    let policies = template.of_type("AWS::SQS::QueuePolicy").into_iter();
    let own: Vec<_> = policies
        .map(|(_, policy)| &policy["Properties"])
        .filter(|policy| policy["Queues"].to_string().contains(EVENTS_QUEUE))
        .collect();
    let arn = format!("${{{EVENTS_QUEUE}.Arn}}");
    let statements = json!([
        { "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn,
          "Condition": { "Bool": { "aws:SecureTransport": "false" } } },
        { "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": "sqs:SendMessage",
          "Resource": arn,
          "Condition": { "ArnEquals": { "aws:SourceArn": "${GenesysEventsFunctionConversation.Arn}" } } },
    ]);
    // A second policy would replace the first.
    let right = own.len() == 1 && own[0]["PolicyDocument"]["Statement"] == statements;
    expect(right, "its policy is not TLS only and that one rule");
    findings
}

fn all(template: &Template) -> Vec<String> {
    let functions = FUNCTIONS
        .iter()
        .flat_map(|(name, requirements)| drain_findings(template, name, requirements));
    let queues = template.of_type("AWS::SQS::Queue").into_iter();
    let queues = queues.flat_map(|(name, _)| match name {
        EVENTS_QUEUE => events_queue_findings(template),
        name => queue_findings(template, name),
    });
    functions.chain(queues).collect()
}

#[test]
fn the_queues_fit_their_functions_and_lose_nothing() {
    assert_none(&all(&Template::read()));
    let key = "arn:aws:kms:us-east-1:123456789012:key/1";
    let with_key = Template::whole(&[("KmsKeyArn", key)]);
    assert_none(&all(&with_key));
    for (name, _) in with_key.of_type("AWS::SQS::Queue") {
        assert_eq!(with_key.properties(name)["KmsMasterKeyId"], key, "{name}");
    }
}

#[test]
fn there_are_four_queues_of_messages_and_one_of_events_and_two_are_drained() {
    let mut queues: Vec<_> = Template::read()
        .of_type("AWS::SQS::Queue")
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let expected = [
        EVENTS_QUEUE,
        "InboundDeadLetterQueue",
        "InboundQueue",
        "OutboundDeadLetterQueue",
        "OutboundQueue",
    ];
    queues.sort();
    assert_eq!(queues, expected);
    let drained: Vec<_> =
        FUNCTIONS.iter().filter_map(|(_, requirements)| drained(requirements)).collect();
    assert_eq!(drained, ["InboundQueue", "OutboundQueue"]);
}

#[test]
fn the_concurrency_that_can_be_chosen_is_what_lambda_takes() {
    let parameter = &Template::source()["Parameters"]["SenderMaximumConcurrency"];
    assert_eq!((&parameter["MinValue"], &parameter["MaxValue"]), (&json!(2), &json!(1000)));
}

#[test]
fn the_time_that_a_batch_stays_hidden_is_six_times_the_limit_of_its_function_and_can_be_chosen() {
    let parameter = &Template::source()["Parameters"]["QueueVisibilitySeconds"];
    assert_eq!(parameter["Default"], QUEUE_VISIBILITY.as_secs());
    assert_eq!(parameter["MinValue"], SHORTEST_VISIBILITY.as_secs());
    let shorter = Template::whole(&[("QueueVisibilitySeconds", "120")]);
    for queue in ["InboundQueue", "OutboundQueue"] {
        assert_eq!(shorter.properties(queue)["VisibilityTimeout"], "120");
    }
}

#[test]
fn a_time_that_does_not_fit_is_found() {
    let longer =
        Template::read().change("LynnSenderFunction", "/Properties/Timeout", |it| *it = json!(91));
    assert_found(&all(&longer), "LynnSender: visibility timeout of its queue too short");
    let shorter = Template::read()
        .change("InboundQueue", "/Properties/VisibilityTimeout", |it| *it = json!(539));
    assert_found(&all(&shorter), "GenesysSender: visibility timeout of its queue too short");
    let hasty = Template::read()
        .change("GenesysSenderFunction", "/Properties/Timeout", |it| *it = json!(60));
    assert_found(&all(&hasty), "GenesysSender: timeout shorter");
}

#[test]
fn a_source_that_does_not_fit_is_found() {
    let path = "/Properties/Events/Drain/Properties";
    let after =
        |change: fn(&mut Value)| all(&Template::read().change("LynnSenderFunction", path, change));
    assert_found(&after(|it| it["Queue"] = json!("${InboundQueue.Arn}")), "another queue");
    assert_found(&after(|it| it["FunctionResponseTypes"] = json!([])), "fails its batch");
    assert_found(&after(|it| it["BatchSize"] = json!(1)), "batch size");
    assert_found(&after(|it| it["ScalingConfig"] = json!({})), "no maximum concurrency");
    let none =
        Template::read().change("LynnSenderFunction", "/Properties", |it| it["Events"] = json!({}));
    assert_found(&all(&none), "LynnSender: 0 queues");
}

#[test]
fn a_queue_that_could_lose_is_found() {
    let after = |name: &str, path: &str, value: Value| {
        all(&Template::read().change(name, path, |it| *it = value))
    };
    assert_found(
        &after("InboundQueue", "/DeletionPolicy", json!("Delete")),
        "deleted with the stack",
    );
    let path = "/Properties/MessageRetentionPeriod";
    assert_found(
        &after("OutboundDeadLetterQueue", path, json!(60)),
        "MessageRetentionPeriod of its dead-letter queue",
    );
    let path = "/Properties/FifoQueue";
    assert_found(
        &after("InboundDeadLetterQueue", path, json!(false)),
        "without a FIFO dead-letter queue",
    );
    assert_found(
        &after("InboundQueue", "/Properties/SqsManagedSseEnabled", json!(false)),
        "not encrypted",
    );
    let path = "/Properties/RedrivePolicy/maxReceiveCount";
    assert_found(&after("InboundQueue", path, json!(5)), "puts aside early");
}

#[test]
fn a_queue_of_events_that_could_lose_or_leak_is_found() {
    let after = |name: &str, path: &str, value: Value| {
        all(&Template::read().change(name, path, |it| *it = value))
    };
    let fifo =
        Template::read().change(EVENTS_QUEUE, "/Properties", |it| it["FifoQueue"] = json!(true));
    assert_found(&all(&fifo), "puts nothing into a FIFO queue");
    let path = "/Properties/MessageRetentionPeriod";
    assert_found(&after(EVENTS_QUEUE, path, json!(60)), "EventsDeadLetterQueue: forgets early");
    let path = "/Properties/SqsManagedSseEnabled";
    assert_found(&after(EVENTS_QUEUE, path, json!(false)), "EventsDeadLetterQueue: not encrypted");
    let statement = "/Properties/PolicyDocument/Statement";
    let wrong = "its policy is not TLS only and that one rule";
    let open = format!("{statement}/1/Condition");
    assert_found(&after("EventsDeadLetterQueuePolicy", &open, json!({})), wrong);
    let plain = format!("{statement}/0/Effect");
    assert_found(&after("EventsDeadLetterQueuePolicy", &plain, json!("Allow")), wrong);
    let second = json!({ "Type": "AWS::SQS::QueuePolicy",
        "Properties": { "Queues": [format!("${{{EVENTS_QUEUE}}}")] } });
    assert_found(&all(&Template::read().add("Second", second)), wrong);
}
