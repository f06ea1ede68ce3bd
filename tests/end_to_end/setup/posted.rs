//! Events without AWS: from an empty organisation to Lynn's notices, with only `bridge setup` and
//! `bridge serve`.

use serde_json::{Value, json};
use simulators::{GenesysSimulator, LynnSimulator, ObjectKind};

use super::{LABEL, Machine};
use crate::harness::{SOON, taken};

pub const WAY: [&str; 1] = ["--events-by-workflow"];

/// Every kind of object that setup creates for posted events.
const MADE: [ObjectKind; 5] = [
    ObjectKind::Credential,
    ObjectKind::Integration,
    ObjectKind::DataAction,
    ObjectKind::Flow,
    ObjectKind::Trigger,
];

impl Machine {
    /// The number of objects of each kind.
    pub fn posted(&self) -> Vec<usize> {
        MADE.iter().map(|kind| self.genesys.objects(*kind).len()).collect()
    }
}

#[tokio::test]
async fn lynn_hears_of_agents_and_ends() {
    let machine = Machine::start().await;
    machine.setup(&WAY).await.good();
    let key = machine.entry()["genesys"]["eventsApiKey"].as_str().unwrap().to_owned();
    assert_eq!(key.len(), 64);
    assert!(!std::fs::read_to_string(machine.record()).unwrap().contains(&key));
    let (process, lynn) = machine.serve().await;
    assert_eq!(lynn.customer_says("ana", "m-1", "I need an agent").await.status, 202);
    let accepted = |genesys: &GenesysSimulator| genesys.accepted_messages("ana").len() == 1;
    assert!(machine.genesys.wait_until(SOON, accepted).await, "{}", process.log());
    machine.genesys.queue_waits("ana");
    machine.genesys.agent_rings("ana", "agent-1");
    machine.genesys.agent_answers("ana", "agent-1");
    taken(machine.genesys.agent_says("ana", "Good morning").await);
    machine.genesys.agent_ends("ana", "agent-1");
    let heard = |lynn: &LynnSimulator| {
        let said = format!("{:?}", lynn.events_for("ana"));
        said.contains("conversation.agentConnected") && said.contains("conversation.ended")
    };
    assert!(lynn.wait_until(SOON, heard).await, "{:?}\n{}", lynn.events_for("ana"), process.log());
    assert_eq!(lynn.violations(), Vec::<String>::new());
    machine.assert_no_violation();
    // The doctor confirms that all topics are posted.
    let (config, bridge) = (machine.config().display().to_string(), machine.bridge.to_string());
    let looked = ["doctor", "--config", &config, "--bridge-url", &format!("http://{bridge}")];
    let found = machine.run(&looked.map(str::to_owned), &[]).await.output;
    let line = found.lines().find(|line| line.contains("genesys-events"));
    assert!(line.is_some_and(|line| line.ends_with("all five topics are reported")), "{found}");
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_all_is_taken_back() {
    let machine = Machine::start().await;
    let before = machine.posted();
    machine.setup(&WAY).await.good();
    assert_eq!(machine.posted(), [1, 1, 1, 6, 5]);
    let (changes, file) = (machine.genesys.changes(), machine.file());
    machine.setup(&WAY).await.good();
    std::fs::remove_file(machine.record()).unwrap();
    machine.setup(&WAY).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    assert_eq!(machine.file(), file);
    // A run without changes wrote no record: it is still lost.
    assert!(!machine.record().exists());
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert_eq!(machine.posted(), before);
    machine.assert_no_violation();
}

/// The contract of a published action cannot change: an action of an older version still works with
/// the fields that it accepts.
#[tokio::test]
async fn a_data_action_of_an_older_version_is_used_as_it_is() {
    let machine = Machine::start().await;
    machine.setup(&WAY).await.good();
    machine.genesys.change_objects(ObjectKind::DataAction, |action| {
        let properties = &mut action["contract"]["input"]["inputSchema"]["properties"];
        properties.as_object_mut().unwrap().remove("acdOutcome");
    });
    let output = machine.setup(&WAY).await.good();
    assert!(output.contains("created by an older version, without acdOutcome"), "{output}");
    let changes = machine.genesys.changes();
    machine.setup(&WAY).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    assert_eq!(machine.posted(), [1, 1, 1, 6, 5]);
    machine.assert_no_violation();
}

/// Objects of others with setup's names.
fn namesakes() -> [(ObjectKind, Value); 5] {
    let topic = "v2.detail.events.conversation.{id}.customer.end";
    let of_topic = format!("{LABEL} customer.end");
    [
        (ObjectKind::Credential, json!({ "name": LABEL, "type": { "name": "userDefined" } })),
        (
            ObjectKind::Integration,
            json!({ "name": LABEL, "integrationType": { "id": "custom-rest-actions" },
                    "intendedState": "ENABLED", "config": { "current": { "version": 1 } } }),
        ),
        (ObjectKind::DataAction, json!({ "name": LABEL, "category": LABEL, "version": 1 })),
        (
            ObjectKind::Flow,
            json!({ "name": of_topic, "type": "workflow", "description": "Ours since 2019",
                    "publishedVersion": { "id": "3.0" } }),
        ),
        (
            ObjectKind::Trigger,
            json!({ "name": of_topic, "topicName": topic, "enabled": true, "version": 1,
                    "target": { "type": "Workflow", "id": "theirs" } }),
        ),
    ]
}

#[tokio::test]
async fn whatever_somebody_else_made_under_our_name_stops_everything_before_it_begins() {
    for (kind, body) in namesakes() {
        let machine = Machine::start().await;
        machine.genesys.add_object(kind, &body);
        let before = machine.genesys.objects(kind);
        let said = machine.setup(&WAY).await.bad(2);
        let name = body["name"].as_str().unwrap();
        assert!(said.contains(&format!("{name} exists, and setup did not create it")), "{said}");
        assert!(said.contains("nothing was changed"), "{said}");
        assert_eq!(machine.genesys.changes(), [], "{kind:?}");
        assert_eq!(machine.genesys.objects(kind), before);
        // A removal does not treat the object as setup's own either.
        let output = machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
        assert!(!output.contains(": removed"), "{output}");
        assert_eq!(machine.genesys.objects(kind), before);
    }
}

#[tokio::test]
async fn a_namesake_beside_ours_is_touched_by_nothing() {
    let machine = Machine::start().await;
    machine.setup(&WAY).await.good();
    let theirs: Vec<_> = namesakes()
        .into_iter()
        .map(|(kind, body)| (kind, machine.genesys.add_object(kind, &body)))
        .collect();
    let seen = |machine: &Machine| -> Vec<Option<Value>> {
        let is = |id: &str, object: &Value| object["id"] == id;
        let find = |(kind, id): &(ObjectKind, String)| {
            machine.genesys.objects(*kind).into_iter().find(|object| is(id, object))
        };
        theirs.iter().map(find).collect()
    };
    let before = seen(&machine);
    assert!(before.iter().all(Option::is_some));
    let changes = machine.genesys.changes();
    machine.setup(&WAY).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    // Setup repairs its own objects and does not change those of others.
    machine.genesys.change_objects(ObjectKind::Trigger, |trigger| {
        if trigger["target"]["id"] != "theirs" {
            trigger["enabled"] = json!(false);
        }
    });
    machine.setup(&WAY).await.good();
    assert_eq!(seen(&machine), before);
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert_eq!(seen(&machine), before);
    assert_eq!(machine.posted(), [1; 5]);
    machine.assert_no_violation();
}
