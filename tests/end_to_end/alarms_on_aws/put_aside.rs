//! Events of Genesys Cloud for which their function fails: Lambda moves them to a dead-letter
//! queue, and an operator invokes the function with them again.

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{entry, examined};
use crate::deployed::events_on_aws::{TOPIC, ended, now};
use crate::harness::{Harness, SOON, each, not_run};

const FUNCTION: &str = "GenesysEventsFunction";

/// The message in the dead-letter queue.
async fn put_aside(harness: &Harness) -> Value {
    let receive = json!({ "QueueUrl": harness.stack().output("EventsDeadLetterQueueUrl") });
    let deadline = Instant::now() + SOON;
    loop {
        let told = harness.stack().ask("AmazonSQS.ReceiveMessage", &receive).await;
        if let Some(message) = told["Messages"].get(0) {
            return message.clone();
        }
        assert!(Instant::now() < deadline, "nothing was put aside");
        sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// The event that the commands of the entry extract from a message, with the runbook's own line.
fn entered(message: &Value) -> String {
    let directory = tempfile::TempDir::new().expect("a directory");
    let file = directory.path().join("message.json");
    std::fs::write(file, json!({ "Messages": [message] }).to_string()).expect("a file");
    let lines = entry("EventsDeadLetterQueueAlarm").lines();
    let line = lines.into_iter().find(|line| line.starts_with("jq ")).expect("a line of jq");
    if std::process::Command::new("jq").arg("--version").output().is_err() {
        not_run("the line of docs/RUNBOOK.md that takes an event out of its message: no jq");
        let body = message["Body"].as_str().expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        return body.get("requestPayload").unwrap_or(&body).to_string();
    }
    let mut shell = std::process::Command::new("sh");
    let ended = shell.args(["-c", line]).current_dir(directory.path()).output().expect("it runs");
    assert!(ended.status.success(), "{ended:?}");
    std::fs::read_to_string(directory.path().join("event.json")).expect("an event")
}

mod alone {
    use super::*;

    #[tokio::test]
    async fn an_event_that_was_put_aside_has_its_effect_when_the_function_is_given_it_again() {
        let harness = Harness::start().await;
        let stack = harness.stack();
        harness.say("ana", "m-1", "Hello").await;
        harness.accepted("ana", 1).await;
        harness.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
        let event = json!({ "version": "0", "detail-type": TOPIC, "detail": ended(&harness, "ana", now()) });
        let good = stack.variables(FUNCTION).await;
        let mut broken = good.clone();
        broken.remove("TABLE_NAME");
        stack.set_variables(FUNCTION, &broken).await;
        stack.hand_over(FUNCTION, &event).await;
        let message = put_aside(&harness).await;
        stack.set_variables(FUNCTION, &good).await;
        let (outcome, reason) = examined(&harness, "dead-letter-queues").await;
        assert_eq!(outcome, "fail", "{reason}");
        assert!(reason.contains("events: 1"), "{reason}");
        assert_eq!(harness.lynn.event_count(), 0);

        let payload = entered(&message);
        // Invoking the function once too often does no harm.
        for _ in 0..2 {
            assert_eq!(stack.invoke(FUNCTION, payload.clone()).await, Value::Null);
        }
        let delete = json!({ "QueueUrl": stack.output("EventsDeadLetterQueueUrl"),
                             "ReceiptHandle": message["ReceiptHandle"] });
        stack.ask("AmazonSQS.DeleteMessage", &delete).await;
        harness.agent("ana", "One more thing").await;
        let heard = harness.heard("ana", 2).await;
        assert_eq!(each(&heard, "/type"), ["conversation.ended", "message"]);
        assert_eq!(
            examined(&harness, "dead-letter-queues").await,
            ("ok".to_owned(), "all empty".to_owned())
        );
        harness.end();
    }
}
