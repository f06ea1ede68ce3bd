//! The table and the queues of each earlier version, under the functions of this one; and a table
//! that was restored.

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::command::run;
use crate::harness::{Harness, SOON, each};
use crate::stack::Stack;
use crate::upgrading::fixture::{Fixture, Manifest, moved, now};
use crate::upgrading::making::{Order, of_its_time};
use crate::upgrading::scene;

/// The stored parts of a stack.
const FILE: &str = "stack.json.gz";
const QUEUES: [&str; 2] = ["InboundQueueUrl", "OutboundQueueUrl"];
/// The functions that use the table.
const WITH_TABLE: [&str; 5] = [
    "ConversationSchedulerFunction",
    "GenesysEventsFunction",
    "GenesysSenderFunction",
    "LynnInboundFunction",
    "LynnSenderFunction",
];

/// The name of the fixture's integration, which no other test uses.
fn integration(version: &str) -> &'static str {
    format!("written-by-{version}").leak()
}

async fn sqs(stack: &Stack, action: &str, question: Value) -> Value {
    stack.ask(&format!("AmazonSQS.{action}"), &question).await
}

async fn dynamodb(stack: &Stack, action: &str, question: Value) -> Value {
    stack.ask(&format!("DynamoDB_20120810.{action}"), &question).await
}

#[tokio::test]
async fn what_an_earlier_version_left_in_a_stack_is_delivered_by_this_one() {
    for fixture in Fixture::all(FILE) {
        let manifest = fixture.manifest();
        eprintln!("the stack of {}", manifest.version);
        let name = integration(&manifest.version);
        let harness = scene::setup(name, manifest.with_events).start().await;
        harness.until_listed().await;
        put(harness.stack(), &fixture, &manifest).await;
        scene::after(&harness, &manifest).await;
        let stack = harness.stack();
        let redrive = ["dead-letters", "redrive", "--all", "--integration", name, "--stack"];
        run(&[&redrive[..], &[stack.name()]].concat(), &stack.environment()).await.good();
        scene::redriven(&harness, &manifest).await;
        scene::end(harness);
    }
}

/// Puts a fixture into the table and the queues, as old as if it had been written just now.
async fn put(stack: &Stack, fixture: &Fixture, manifest: &Manifest) {
    let (written, by) = (manifest.written, now() - manifest.written);
    let text = String::from_utf8(fixture.read(FILE)).expect("JSON");
    // The time to live is in seconds.
    let text = text_with_seconds_moved(&moved(&text, written, by), written, by);
    let kept: Value = serde_json::from_str(&text).expect("JSON");
    for item in kept["items"].as_array().expect("items") {
        dynamodb(stack, "PutItem", json!({ "TableName": stack.output("TableName"), "Item": item }))
            .await;
    }
    for queue in QUEUES {
        for message in kept[queue].as_array().expect("messages") {
            let mut message = message.clone();
            message["QueueUrl"] = json!(stack.output(queue));
            sqs(stack, "SendMessage", message).await;
        }
    }
}

/// Moves the attribute `expires_at` of each item.
fn text_with_seconds_moved(text: &str, written: i64, by: i64) -> String {
    let mut kept: Value = serde_json::from_str(text).expect("JSON");
    for item in kept["items"].as_array_mut().expect("items") {
        let number = item.pointer_mut("/expires_at/N");
        let Some(number) = number else { continue };
        let seconds: i64 = number.as_str().and_then(|text| text.parse().ok()).expect("a time");
        assert!((seconds - written / 1000).abs() <= 401 * 24 * 60 * 60, "{seconds}");
        *number = json!((seconds + by / 1000).to_string());
    }
    kept.to_string()
}

#[tokio::test]
#[ignore = "tools/make-fixture runs it with a stack of another version"]
async fn what_a_stack_keeps() {
    let order = Order::given();
    let setup = scene::setup(integration(&order.version), order.with_events);
    let harness = of_its_time(setup).start().await;
    let mut manifest = scene::before(&harness, order.with_events).await;
    let stack = harness.stack();
    manifest.version = order.version;
    stack.stop_taking().await;
    let mut kept = json!({});
    for queue in QUEUES {
        kept[queue] = json!(waiting(stack, stack.output(queue)).await);
    }
    let found = dynamodb(stack, "Scan", json!({ "TableName": stack.output("TableName") })).await;
    kept["items"] = found["Items"].clone();
    manifest.written = now();
    let fixture = Fixture::named(&order.name);
    fixture.write(FILE, kept.to_string().as_bytes());
    fixture.write_manifest(&manifest);
}

/// Everything that waits in a queue, in order, as it can be sent to another queue.
async fn waiting(stack: &Stack, url: &str) -> Vec<Value> {
    let counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    let question = json!({ "QueueUrl": url, "AttributeNames": counts });
    let told = sqs(stack, "GetQueueAttributes", question).await;
    let number = |name: &str| -> usize {
        told["Attributes"][name].as_str().and_then(|text| text.parse().ok()).expect(name)
    };
    let all = counts.map(number).iter().sum();
    let mut messages = Vec::new();
    let deadline = Instant::now() + 3 * SOON;
    while messages.len() < all {
        assert!(Instant::now() < deadline, "{messages:?}");
        let question = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10,
            "VisibilityTimeout": 3600, "AttributeNames": ["All"] });
        let told = sqs(stack, "ReceiveMessage", question).await;
        for message in told["Messages"].as_array().into_iter().flatten() {
            messages.push(json!({
                "MessageBody": message["Body"],
                "MessageGroupId": message["Attributes"]["MessageGroupId"],
                "MessageDeduplicationId": message["Attributes"]["MessageDeduplicationId"],
            }));
        }
        sleep(std::time::Duration::from_millis(200)).await;
    }
    messages
}

mod alone {
    use super::*;

    /// The page `docs/upgrading.md` says what is lost: what happened after the time of the restore.
    #[tokio::test]
    async fn a_restored_table_is_adopted_and_what_waits_is_delivered() {
        let harness = Harness::start().await;
        let stack = harness.stack();
        harness.say("ana", "m-1", "Hello").await;
        harness.accepted("ana", 1).await;
        harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
        let old = stack.output("TableName");
        let new = format!("{old}-{}", uuid::Uuid::new_v4().simple());
        restore(stack, old, &new).await;

        // Delivered after the time of the restore, and waiting when the table is adopted.
        harness.say("ana", "m-2", "Hello").await;
        harness.accepted("ana", 2).await;
        harness.logged(&[("event.name", "delivered"), ("event.id", "m-2")]).await;
        harness.genesys.set_down(true);
        harness.say("ana", "m-3", "I wait").await;
        harness.logged(&[("event.name", "retried"), ("event.id", "m-3")]).await;
        adopt(stack, &new).await;
        harness.genesys.set_down(false);
        harness.accepted("ana", 3).await;

        // Known from before the restore; delivered after it, and so shown again under its id.
        for id in ["m-1", "m-2"] {
            harness.say("ana", id, "Hello").await;
        }
        harness.say("ana", "m-4", "The last one").await;
        let accepted = harness.accepted("ana", 4).await;
        assert_eq!(each(&accepted, "/channel/messageId"), ["m-1", "m-2", "m-3", "m-4"]);
        assert_eq!(each(&harness.genesys.duplicates(), "/channel/messageId"), ["m-2"]);
        assert_eq!(harness.conversation("ana").await["status"], "open");
        adopt(stack, old).await;
        dynamodb(stack, "DeleteTable", json!({ "TableName": new })).await;
        // With its record, the time of its first attempt was lost too. Genesys may not know it.
        let violations = [harness.genesys.violations(), harness.lynn.violations()].concat();
        assert_eq!(violations, ["channel.messageId m-2 was sent again with another body"]);
    }

    /// The commands of the page, each as its call.
    async fn restore(stack: &Stack, old: &str, new: &str) {
        let restore = json!({ "SourceTableName": old, "TargetTableName": new,
            "UseLatestRestorableTime": true });
        dynamodb(stack, "RestoreTableToPointInTime", restore).await;
        let deadline = Instant::now() + SOON;
        let described = loop {
            let told = dynamodb(stack, "DescribeTable", json!({ "TableName": new })).await;
            if told["Table"]["TableStatus"] == "ACTIVE" {
                break told;
            }
            assert!(Instant::now() < deadline, "{told}");
        };
        let indexes = described["Table"]["GlobalSecondaryIndexes"].as_array().expect("indexes");
        let mut indexes = each(indexes, "/IndexName");
        indexes.sort_by_key(ToString::to_string);
        assert_eq!(indexes, ["by_due", "by_index"]);
        let expiry = json!({ "Enabled": true, "AttributeName": "expires_at" });
        let change = json!({ "TableName": new, "TimeToLiveSpecification": expiry });
        dynamodb(stack, "UpdateTimeToLive", change).await;
        let backups = json!({ "PointInTimeRecoveryEnabled": true });
        let change = json!({ "TableName": new, "PointInTimeRecoverySpecification": backups });
        dynamodb(stack, "UpdateContinuousBackups", change).await;
        let told = dynamodb(stack, "DescribeTimeToLive", json!({ "TableName": new })).await;
        assert_eq!(told["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED", "{told}");
    }

    /// The effect of `ExistingTableName`: the variable and the role of each function, as
    /// `tests/template` checks.
    async fn adopt(stack: &Stack, table: &str) {
        for function in WITH_TABLE {
            let mut variables = stack.variables(function).await;
            let named = variables.insert("TABLE_NAME".to_owned(), json!(table));
            let former = named.as_ref().and_then(Value::as_str).expect("the name of a table");
            stack.permit_too(function, former, table).await;
            stack.set_variables(function, &variables).await;
        }
    }
}
