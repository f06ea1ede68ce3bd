//! Situations that only deployed functions can meet: queues that hand out twice, functions that are
//! killed, secrets that rotate.
//!
//! Rule: a test that changes a queue or kills a function runs alone, and leaves the queue as it
//! was.

#[path = "alarms_on_aws/mod.rs"]
mod alarms_on_aws;
#[path = "events_on_aws.rs"]
mod events_on_aws;
#[path = "upgrading/on_aws.rs"]
mod upgrading_on_aws;

use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Effect, Endpoint, LynnFault};
use tokio::time::{Instant, sleep};

use crate::command::run;
use crate::harness::{Harness, SOON, Setup, each, fault};
use crate::signing::hub_signature;

/// Seconds after which a record of a killed function returns to its queue.
const SHORT: u32 = 12;
/// The same time in the template.
const USUAL: u32 = 540;

/// An event as `lynn-inbound` queues it.
fn queued(harness: &Harness, id: &str) -> String {
    json!({
        "integration": harness.name(), "contact": "ana", "identity": { "message": id }, "redrive": 0, "trace": "trace",
        "accepted_at": std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis() as u64,
        "payload": { "kind": "lynn", "data": {
            "id": id, "contact": { "id": "ana", "idType": "opaque" }, "kind": { "message": { "text": "Hello" } } } },
    })
    .to_string()
}

/// The times that Genesys received for a message.
fn times(harness: &Harness, id: &str) -> Vec<Value> {
    let requests = harness.genesys.requests();
    let bodies = requests.iter().map(|request| &request.body);
    bodies
        .filter(|body| body["channel"]["messageId"] == id)
        .map(|body| body["channel"]["time"].clone())
        .collect()
}

#[tokio::test]
async fn what_the_queue_hands_out_twice_has_one_effect() {
    let harness = Harness::start().await;
    let stack = harness.stack();
    let url = stack.output("InboundQueueUrl");
    for copy in ["first", "second", "third"] {
        let message = json!({
            "QueueUrl": url, "MessageBody": queued(&harness, "m-1"), "MessageGroupId": harness.name(),
            "MessageDeduplicationId": format!("{} {copy}", harness.name()),
        });
        stack.ask("AmazonSQS.SendMessage", &message).await;
    }
    harness.say("ana", "m-2", "Hello").await;
    let accepted = harness.accepted("ana", 2).await;
    let mut ids = each(&accepted, "/channel/messageId");
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, ["m-1", "m-2"]);
    let settled = [("event.name", "settled"), ("event.id", "m-1")];
    harness.logged(&settled).await;
    assert_eq!(times(&harness, "m-1").len(), 1);
    harness.end();
}

/// Whatever the roles do not permit fails the run: see `tools/test-deployed`.
#[tokio::test]
async fn the_calls_of_every_function_of_a_conversation_are_judged_by_its_role() {
    let harness = Harness::start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.agent("ana", "Good morning").await;
    harness.heard("ana", 1).await;
    let log = std::fs::read_to_string(harness.stack().log()).expect("the log of the stack");
    let judged: Vec<_> = log.lines().filter(|line| line.contains("judged by its role")).collect();
    for role in ["GenesysSender", "GenesysWebhook", "LynnInbound", "LynnSender"] {
        let role = format!("{role}Role");
        assert!(judged.iter().any(|line| line.contains(&role)), "{role}: {judged:?}");
    }
    harness.end();
}

#[tokio::test]
async fn a_rotation_of_secrets_refuses_nobody() {
    const OLD: &str = "the-secret-of-yesterday";
    const NEW: &str = "the-secret-of-tomorrow";
    let secrets = |secret: &'static str| {
        move |integration: &mut Value| integration["genesys"]["webhookSecrets"] = json!([secret])
    };
    let harness = Setup::new().config(secrets(OLD)).start().await;
    // Another test may flood the stack with unknown names.
    harness.until_listed().await;
    let mut sent = Vec::new();
    let mut webhook = async |secret: &str| {
        let id = format!("g-{}", sent.len() + 1);
        let body = json!({
            "id": id, "type": "Text", "direction": "Outbound", "originatingEntity": "Human", "text": "Hello",
            "channel": { "id": harness.genesys.options().integration_id, "platform": "Open", "type": "Private",
                         "to": { "id": "ana", "idType": "Opaque" }, "time": "2026-11-22T10:00:00.000Z" },
        })
        .to_string();
        let request = harness.request(Method::POST, "/genesys/support");
        let request = request.header("x-hub-signature-256", hub_signature(secret, body.as_bytes()));
        assert_eq!(request.body(body).send().await.expect("an answer").status(), 200, "{id}");
        sent.push(id);
    };
    webhook(OLD).await;
    harness.edit_config(|config| secrets(NEW)(&mut config["integrations"][0]));
    // Genesys is changed at least 10 s later, as docs/deploy-aws.md says; until then it signs with
    // the old secret.
    let changed = Instant::now() + Duration::from_secs(10);
    while Instant::now() < changed {
        webhook(OLD).await;
        sleep(Duration::from_millis(500)).await;
    }
    for _ in 0..3 {
        webhook(NEW).await;
        // A webhook that Genesys signed before the change, and repeats.
        webhook(OLD).await;
    }
    let heard = harness.heard("ana", sent.len()).await;
    assert_eq!(each(&heard, "/id"), sent);
}

/// The functions have never received a request for this integration, but many for others.
#[tokio::test]
async fn a_flood_of_unknown_names_delays_no_first_webhook_and_no_first_event() {
    let harness = Harness::start().await;
    let key = "a".repeat(64);
    for number in 0..60 {
        let link = format!("/media/n{number}/{key}?expires=99999999999&signature=AAAA");
        let requests = [
            harness.request(Method::GET, &link),
            harness
                .request(Method::POST, &format!("/genesys/n{number}"))
                .header("x-hub-signature-256", "sha256=AAAA"),
            harness
                .request(Method::POST, &format!("/lynn/n{number}"))
                .header("x-api-key", "theirs"),
        ];
        for request in requests {
            assert_eq!(request.body("{}").send().await.expect("an answer").status(), 404);
        }
    }
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    harness.agent("ana", "Hello").await;
    harness.heard("ana", 1).await;
    harness.end();
}

/// A leaked secret is invalid after at most the 10 s in which a function does not read secrets
/// again.
#[tokio::test]
async fn a_leaked_secret_is_revoked_and_refused() {
    const LEAKED: &str = "the-secret-that-has-leaked";
    const NEW: &str = "the-secret-that-replaces-it";
    let with = |secret: &'static str| {
        move |integration: &mut Value| integration["genesys"]["webhookSecrets"] = json!([secret])
    };
    let harness = Setup::new().config(with(LEAKED)).start().await;
    // Another test may flood the stack with unknown names.
    harness.until_listed().await;
    let webhook = async |secret: &str| {
        let body = json!({ "id": format!("g-{}", uuid::Uuid::new_v4()), "type": "Text",
            "direction": "Outbound", "text": "Hello",
            "channel": { "id": harness.genesys.options().integration_id, "platform": "Open", "type": "Private",
                         "to": { "id": "ana", "idType": "Opaque" }, "time": "2026-11-22T10:00:00.000Z" } })
        .to_string();
        let request = harness.request(Method::POST, "/genesys/support");
        let request = request.header("x-hub-signature-256", hub_signature(secret, body.as_bytes()));
        request.body(body).send().await.expect("an answer").status()
    };
    assert_eq!(webhook(LEAKED).await, 200);
    harness.edit_config(|config| with(NEW)(&mut config["integrations"][0]));
    let deadline = Instant::now() + SOON;
    while webhook(NEW).await != 200 {
        assert!(Instant::now() < deadline, "the new secret is not taken");
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(webhook(LEAKED).await, 200, "a rotation refuses no caller");
    let config = harness.config_path();
    let config = config.to_str().expect("UTF-8");
    let push = ["config", "push", "--yes", "--revoke", "--config", config, "--stack"];
    let push = [&push[..], &[harness.stack().name()]].concat();
    let pushed = run(&push, &harness.stack().environment()).await.good();
    assert!(pushed.contains("unchanged; the replaced secrets are revoked"), "{pushed}");
    let deadline = Instant::now() + Duration::from_secs(15);
    while webhook(LEAKED).await != 401 {
        assert!(Instant::now() < deadline, "the leaked secret is still taken");
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(webhook(NEW).await, 200);
}

/// The result of each event of `events/invoke`, as docs/development.md shows it.
#[tokio::test]
async fn every_sample_event_comes_back_as_its_answer_says() {
    let harness = Harness::start().await;
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    harness.stack().configure(&events.join("bridge.json"));
    let mut run = 0;
    for (package, function) in [
        ("genesys-webhook", "GenesysWebhookFunction"),
        ("lynn-inbound", "LynnInboundFunction"),
        ("genesys-sender", "GenesysSenderFunction"),
        ("lynn-sender", "LynnSenderFunction"),
        ("genesys-events", "GenesysEventsFunction"),
        ("conversation-scheduler", "ConversationSchedulerFunction"),
    ] {
        let folder = std::fs::read_dir(events.join("invoke").join(package)).expect("a folder");
        let files = folder.map(|entry| entry.expect("an entry").path());
        for file in files.filter(|file| !file.to_string_lossy().ends_with(".answer.json")) {
            let read = |file: &Path| std::fs::read_to_string(file).expect("a file");
            let expected: Value =
                serde_json::from_str(&read(&file.with_extension("answer.json"))).expect("JSON");
            let answer = harness.stack().invoke(function, read(&file)).await;
            assert_eq!(answer, expected, "{}", file.display());
            run += 1;
        }
    }
    assert!(run >= 13, "only {run} events");
}

mod alone {
    use super::*;

    /// A stack whose records return soon to the queue when their function was killed.
    async fn hasty(setup: Setup, queue: &str) -> Harness {
        let harness = setup.start().await;
        visible_after(&harness, queue, SHORT).await;
        harness
    }

    async fn visible_after(harness: &Harness, queue: &str, seconds: u32) {
        let attributes = json!({ "VisibilityTimeout": seconds.to_string() });
        let change = json!({ "QueueUrl": harness.stack().output(queue), "Attributes": attributes });
        harness.stack().ask("AmazonSQS.SetQueueAttributes", &change).await;
    }

    #[tokio::test]
    async fn a_sender_killed_between_send_and_record_loses_nothing_and_repeats_as_it_was() {
        let harness = hasty(Setup::new(), "InboundQueueUrl").await;
        harness.say("ana", "m-0", "Hello").await;
        harness.accepted("ana", 1).await;
        let late = Duration::from_secs(5);
        harness.genesys.script(fault(Endpoint::Message, Effect::AcceptThenHang(late)));
        for number in 1..=3 {
            harness.say("ana", &format!("m-{number}"), "Hello").await;
        }
        harness.accepted("ana", 2).await;
        harness.stack().kill("GenesysSenderFunction");
        let accepted = harness.accepted("ana", 4).await;
        assert_eq!(each(&accepted, "/channel/messageId"), ["m-0", "m-1", "m-2", "m-3"]);
        let times = times(&harness, "m-1");
        assert!(times.len() >= 2 && times.iter().all(|time| *time == times[0]), "{times:?}");
        visible_after(&harness, "InboundQueueUrl", USUAL).await;
        harness.end();
    }

    #[tokio::test]
    async fn a_sender_killed_in_the_middle_of_a_batch_loses_nothing_and_keeps_the_order() {
        let harness =
            hasty(Setup::new().genesys(|options| options.time_scale = 1.0), "OutboundQueueUrl")
                .await;
        let mut ids = Vec::new();
        for number in 0..12 {
            if number == 5 {
                harness.lynn.script(LynnFault::AcceptThenHang(Duration::from_secs(5)));
            }
            ids.push(harness.agent("ana", "Hello").await);
        }
        let some = |lynn: &simulators::LynnSimulator| lynn.events_for("ana").len() >= 6;
        assert!(harness.lynn.wait_until(SOON, some).await);
        harness.stack().kill("LynnSenderFunction");
        let heard = harness.heard("ana", ids.len()).await;
        assert_eq!(each(&heard, "/id"), ids);
        assert_eq!(each(&heard, "/sequence"), (1..=ids.len()).collect::<Vec<_>>());
        visible_after(&harness, "OutboundQueueUrl", USUAL).await;
        harness.end();
    }
}
