//! Events without AWS: from an empty organisation to Lynn's notices, with nothing but `bridge setup` and `bridge serve`.

use serde_json::json;
use simulators::{GenesysSimulator, LynnSimulator, ObjectKind};

use super::{LABEL, Machine};
use crate::harness::{SOON, taken};

const WAY: [&str; 1] = ["--events-by-workflow"];

/// Every kind of object that this way makes.
const MADE: [ObjectKind; 5] = [
    ObjectKind::Credential,
    ObjectKind::Integration,
    ObjectKind::DataAction,
    ObjectKind::Flow,
    ObjectKind::Trigger,
];

impl Machine {
    fn posted(&self) -> Vec<usize> {
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
    // A run that changed nothing wrote no record: it is still lost.
    assert!(!machine.record().exists());
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert_eq!(machine.posted(), before);
    machine.assert_no_violation();
}

#[tokio::test]
async fn whatever_somebody_else_made_under_our_name_is_left() {
    for kind in [ObjectKind::Credential, ObjectKind::Integration, ObjectKind::DataAction] {
        let machine = Machine::start().await;
        let body = json!({ "name": LABEL, "category": LABEL,
                           "integrationType": { "id": "custom-rest-actions" },
                           "config": { "current": { "version": 1 } } });
        machine.genesys.add_object(kind, &body);
        let said = machine.setup(&WAY).await.bad(2);
        assert!(said.contains("somebody else made one named lynn-support"), "{said}");
        assert_eq!(machine.genesys.changes(), [], "{kind:?}");
    }
}
