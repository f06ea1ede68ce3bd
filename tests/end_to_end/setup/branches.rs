//! Routing by attribute: from `setup --queue-by` to the queue in which a customer waits.

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use simulators::{GenesysSimulator, ObjectKind};

use super::{LABEL, Machine, NAME, QUEUE};
use crate::harness::SOON;

const BRANCHES: [&str; 4] =
    ["--queue-by", "topic:Billing=Billing", "vip=Priority", "topic:b=Agents"];

impl Machine {
    /// The names of all queues.
    fn queues(&self) -> Vec<String> {
        let queues = self.genesys.objects(ObjectKind::Queue);
        queues.iter().map(|queue| queue["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The description of the flow, which names the version of its text.
    fn flow(&self) -> Value {
        self.genesys.objects(ObjectKind::Flow)[0]["description"].clone()
    }

    fn queue_name(&self, id: &Value) -> String {
        let queues = self.genesys.objects(ObjectKind::Queue);
        let queue = queues.iter().find(|queue| queue["id"] == *id).expect("a queue");
        queue["name"].as_str().unwrap().to_owned()
    }

    async fn found(&self, check: &str) -> String {
        let (config, bridge) = (self.config().display().to_string(), self.bridge.to_string());
        let bridge = format!("http://{bridge}");
        let doctor = ["doctor", "--config", &config, "--bridge-url", &bridge].map(str::to_owned);
        let found = self.run(&doctor, &[]).await.output;
        let line = found.lines().find(|line| line.split_whitespace().nth(2) == Some(check));
        line.unwrap_or_default().to_owned()
    }

    async fn remove_all(&self) -> String {
        self.run(&self.place(), &["--remove", "--yes"]).await.good()
    }
}

#[tokio::test]
async fn an_attribute_of_lynn_decides_the_queue_in_which_the_customer_waits() {
    let machine = Machine::start().await;
    let output = machine.setup(&BRANCHES).await.good();
    let told = "transfers to Billing if topic is billing, to Priority if vip is set, to Agents if topic is b, else to Agents";
    assert!(output.contains(told), "{output}");
    assert!(output.contains("Queues > Billing > Members."), "{output}");
    let (process, lynn) = machine.serve().await;
    let key = machine.entry()["lynn"]["inboundAuth"][0]["key"].as_str().unwrap().to_owned();
    let url = format!("http://{}/lynn/{NAME}", machine.bridge);
    for (contact, attributes, queue) in [
        ("ana", json!({ "topic": "BILLING", "vip": true }), "Billing"),
        ("bob", json!({ "vip": true }), "Priority"),
        ("cy", json!({ "vip": false }), QUEUE),
        ("di", json!({ "topic": "sales" }), QUEUE),
        ("ed", json!({}), QUEUE),
    ] {
        let event = json!({ "type": "message", "id": "m-1", "contact": { "id": contact },
                            "text": "I need an agent", "attributes": attributes });
        let sent = crate::harness::client().post(&url).header("x-api-key", &key).json(&event);
        assert_eq!(sent.send().await.unwrap().status(), 202);
        let accepted = |genesys: &GenesysSimulator| genesys.accepted_messages(contact).len() == 1;
        assert!(machine.genesys.wait_until(SOON, accepted).await, "{}", process.log());
        let waits = machine.genesys.queue_waits(contact).remove(0).event_body();
        assert_eq!(machine.queue_name(&waits["queueId"]), queue, "{contact}");
    }
    assert_eq!(lynn.violations(), Vec::<String>::new());
    machine.assert_no_violation();
}

#[tokio::test]
async fn the_same_again_changes_nothing_even_without_the_record_and_all_is_taken_back() {
    let machine = Machine::start().await;
    let before = machine.counts();
    machine.setup(&BRANCHES).await.good();
    assert_eq!(machine.queues(), [QUEUE, "Billing", "Priority"]);
    let (changes, file) = (machine.genesys.changes(), machine.file());
    let record = std::fs::read_to_string(machine.record()).unwrap();
    let output = machine.setup(&BRANCHES).await.good();
    assert!(!output.contains("create") && !output.contains("change "), "{output}");
    assert_eq!(std::fs::read_to_string(machine.record()).unwrap(), record);
    std::fs::remove_file(machine.record()).unwrap();
    machine.setup(&BRANCHES).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    assert_eq!(machine.file(), file);
    assert!(!machine.record().exists(), "nothing was changed, so nothing was recorded");
    let output = machine.remove_all().await;
    for queue in [QUEUE, "Billing", "Priority"] {
        assert!(output.contains(&format!("queue {queue}: removed")), "{output}");
    }
    assert_eq!(machine.counts(), before);
    machine.assert_no_violation();
}

#[tokio::test]
async fn changed_branches_change_the_flow_and_the_queues_of_others_stay() {
    let machine = Machine::start().await;
    machine.genesys.add_object(ObjectKind::Queue, &json!({ "name": "Sales" }));
    machine.setup(&BRANCHES).await.good();
    let first = machine.flow();
    // Another order, another queue, the options one by one, and one queue less.
    let more = ["--queue-by", "vip=Priority", "--queue-by", "topic:sales=SALES"];
    let output = machine.setup(&more).await.good();
    assert!(output.contains("inbound message flow lynn-support: changed"), "{output}");
    let line = output.lines().find(|line| line.starts_with("queue") && line.contains("SALES"));
    assert!(line.is_some_and(|line| line.contains("setup did not create it")), "{output}");
    assert_ne!(machine.flow(), first);
    let found = machine.found("genesys-queue").await;
    assert!(found.contains("Agents, Priority, Sales has no members"), "{found}");
    // Without branches it is the flow of a set-up that never had any.
    machine.setup(&[]).await.good();
    let plain = Machine::start().await;
    plain.setup(&[]).await.good();
    assert_eq!(machine.flow(), plain.flow());
    // The queue that setup created for a branch is taken back, although no branch has it now.
    machine.remove_all().await;
    assert_eq!(machine.queues(), ["Sales"]);
    machine.assert_no_violation();
}

#[tokio::test]
async fn another_default_queue_is_another_queue() {
    let machine = Machine::start().await;
    machine.setup(&["--queue-by", "vip=Priority"]).await.good();
    let mut arguments = machine.arguments();
    for argument in arguments.iter_mut().filter(|argument| *argument == QUEUE) {
        *argument = "Priority".to_owned();
    }
    let more = ["--yes", "--queue-by", "vip=Agents"];
    let output = machine.run(&arguments, &more).await.good();
    assert!(output.contains("transfers to Agents if vip is set, else to Priority"), "{output}");
    assert_eq!(machine.queues(), [QUEUE, "Priority"]);
    let changes = machine.genesys.changes();
    machine.run(&arguments, &more).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    machine.remove_all().await;
    assert_eq!(machine.queues(), Vec::<String>::new());
    machine.assert_no_violation();
}

#[tokio::test]
async fn a_branch_that_cannot_be_stops_everything_before_it_begins() {
    let machine = Machine::start().await;
    let arguments: Vec<String> =
        machine.arguments().into_iter().filter(|argument| argument != "--create-queue").collect();
    machine.genesys.add_object(ObjectKind::Queue, &json!({ "name": QUEUE }));
    for (more, why) in [
        (&["--queue-by", "topic"][..], "ATTRIBUTE:VALUE=QUEUE"),
        (&["--queue-by", "vip=Priority"], "there is no queue Priority; --create-queue creates it"),
        (&["--queue-by", "a:x=B", "a:X=C"], "if a is x, the flow already transfers to B"),
        (&["--queue-by", "a=B", "--use-flow"], "--use-flow"),
    ] {
        let said = machine.run(&arguments, &[&["--yes"], more].concat()).await.bad(2);
        assert!(said.contains(why), "{said}");
        assert_eq!(machine.genesys.changes(), []);
    }
}

#[tokio::test]
async fn doctor_follows_every_branch() {
    let machine = Machine::start().await;
    machine.setup(&BRANCHES).await.good();
    let found = machine.found("genesys-queue").await;
    assert!(
        found.starts_with("FAIL") && found.contains("Agents, Billing, Priority has no"),
        "{found}"
    );
    machine.genesys.set_queue_members(2, 1);
    let found = machine.found("genesys-queue").await;
    let all =
        "the flow reaches Agents with 2 members, Billing with 2 members, Priority with 2 members";
    assert!(found.starts_with("OK") && found.contains(all), "{found}");
    // An administrator deletes the queue of a branch.
    let queues = machine.genesys.objects(ObjectKind::Queue);
    let gone = queues.iter().find(|queue| queue["name"] == "Billing").unwrap();
    machine.genesys.remove_object(ObjectKind::Queue, gone["id"].as_str().unwrap());
    let found = machine.found("genesys-queue").await;
    assert!(found.starts_with("FAIL"), "{found}");
    assert!(found.contains("the flow transfers to Billing, which no longer exists"), "{found}");
    // Setup brings it back.
    let output = machine.setup(&BRANCHES).await.good();
    assert!(output.contains("queue Billing: created"), "{output}");
    machine.genesys.set_queue_members(2, 2);
    assert!(machine.found("genesys-routing").await.contains(LABEL));
    machine.assert_no_violation();
}

#[tokio::test]
async fn a_run_that_is_cut_off_creates_no_queue_twice() {
    let machine = Machine::start().await;
    machine.setup(&BRANCHES).await.good();
    let calls = machine.genesys.requests().len();
    let play = async |number: usize| {
        let machine = Machine::start().await;
        machine.disturb(number, simulators::Effect::AcceptThenDrop);
        if machine.setup(&BRANCHES).await.code != Some(0) {
            machine.setup(&BRANCHES).await.good();
        }
        assert_eq!(machine.queues(), [QUEUE, "Billing", "Priority"], "cut off at call {number}");
        machine.remove_all().await;
        assert_eq!(machine.queues(), Vec::<String>::new(), "cut off at call {number}");
        machine.assert_no_violation();
    };
    // Every sixth call is enough: `interrupted` cuts off at each of a set-up without branches.
    futures_util::stream::iter((1..=calls).step_by(6)).for_each_concurrent(6, play).await;
}
