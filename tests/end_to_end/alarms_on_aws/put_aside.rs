//! Events of Genesys Cloud that their function fails at: Lambda puts them aside, and an operator gives them to it again.

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::finding;
use crate::command::run;
use crate::deployed::events_on_aws::{TOPIC, ended, now};
use crate::harness::{SOON, World, each};

const FUNCTION: &str = "GenesysEventsFunction";

/// What `bridge doctor` says of the queues of what was put aside.
async fn examined(world: &World) -> (String, String) {
    let stack = world.stack();
    let arguments = ["doctor", "--json", "--stack", stack.name(), "--integration", world.name()];
    finding(&run(&arguments, &stack.environment()).await.output, "dead-letter-queues")
}

/// The message that was put aside.
async fn put_aside(world: &World) -> Value {
    let receive = json!({ "QueueUrl": world.stack().output("EventsDeadLetterQueueUrl") });
    let deadline = Instant::now() + SOON;
    loop {
        let told = world.stack().ask("AmazonSQS.ReceiveMessage", &receive).await;
        if let Some(message) = told["Messages"].get(0) {
            return message.clone();
        }
        assert!(Instant::now() < deadline, "nothing was put aside");
        sleep(std::time::Duration::from_millis(100)).await;
    }
}

mod alone {
    use super::*;

    #[tokio::test]
    async fn an_event_that_was_put_aside_has_its_effect_when_the_function_is_given_it_again() {
        let world = World::start().await;
        let stack = world.stack();
        world.say("ana", "m-1", "Hello").await;
        world.accepted("ana", 1).await;
        world.logged(&[("event.name", "delivered"), ("event.id", "m-1")]).await;
        let event =
            json!({ "version": "0", "detail-type": TOPIC, "detail": ended(&world, "ana", now()) });
        let good = stack.variables(FUNCTION).await;
        let mut broken = good.clone();
        broken.remove("TABLE_NAME");
        stack.set_variables(FUNCTION, &broken).await;
        stack.hand_over(FUNCTION, &event).await;
        let message = put_aside(&world).await;
        stack.set_variables(FUNCTION, &good).await;
        let (outcome, reason) = examined(&world).await;
        assert_eq!(outcome, "fail", "{reason}");
        assert!(reason.contains("events: 1"), "{reason}");
        assert_eq!(world.lynn.event_count(), 0);

        let body = message["Body"].as_str().expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        let payload = body.get("requestPayload").unwrap_or(&body).to_string();
        // One too many does no harm.
        for _ in 0..2 {
            assert_eq!(stack.invoke(FUNCTION, payload.clone()).await, Value::Null);
        }
        let delete = json!({ "QueueUrl": stack.output("EventsDeadLetterQueueUrl"),
                             "ReceiptHandle": message["ReceiptHandle"] });
        stack.ask("AmazonSQS.DeleteMessage", &delete).await;
        world.agent("ana", "One more thing").await;
        let heard = world.heard("ana", 2).await;
        assert_eq!(each(&heard, "/type"), ["conversation.ended", "message"]);
        assert_eq!(examined(&world).await, ("ok".to_owned(), "all empty".to_owned()));
        world.end();
    }
}
