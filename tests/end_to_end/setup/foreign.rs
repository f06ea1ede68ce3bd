//! Objects of others are not changed and are reported; setup reads each list to its end before it
//! decides.

use serde_json::json;
use simulators::ObjectKind;

use super::{LABEL, MADE, Machine, QUEUE};

/// Three hundred objects of each kind before setup's own.
fn crowd(machine: &Machine) {
    for kind in MADE {
        for number in 0..300 {
            let body = json!({
                "name": format!("Other {number}"), "type": "inboundshortmessage",
                "createStatus": "Completed", "integrationType": { "id": "custom-rest-actions" },
                "state": "active", "intendedState": "ENABLED", "memberCount": 1,
            });
            machine.genesys.add_object(kind, &body);
        }
    }
}

#[tokio::test]
async fn among_three_hundred_of_each_kind_ours_are_found_again() {
    let machine = Machine::start().await;
    crowd(&machine);
    let events = ["--event-account", "123456789012", "--event-region", "us-east-1"];
    machine.setup(&events).await.good();
    let (counts, changes) = (machine.counts(), machine.genesys.changes());
    // Without the record, setup recognises its objects by their own data.
    std::fs::remove_file(machine.record()).unwrap();
    machine.setup(&events).await.good();
    assert_eq!(machine.counts(), counts);
    assert_eq!(machine.genesys.changes(), changes);
    machine.assert_no_violation();
}

#[tokio::test]
async fn a_queue_of_somebody_else_is_used_as_it_is() {
    let machine = Machine::start().await;
    let queue = machine.genesys.add_object(
        ObjectKind::Queue,
        &json!({ "name": QUEUE, "description": "Ours since 2019", "memberCount": 4 }),
    );
    let before = machine.genesys.objects(ObjectKind::Queue);
    let output = machine.setup(&[]).await.good();
    assert!(output.contains("setup did not create it; it is used as it is"), "{output}");
    assert!(!output.contains("Put agents into the queue"), "{output}");
    let output =
        machine.run(&machine.place(), &["--remove", "--yes", "--queue", QUEUE]).await.good();
    assert!(output.contains("kept, because setup did not create it: queue Agents"), "{output}");
    assert_eq!(machine.genesys.objects(ObjectKind::Queue), before);
    assert_eq!(before[0]["id"], queue.as_str());
}

#[tokio::test]
async fn a_flow_of_somebody_else_stops_everything_before_it_begins() {
    let machine = Machine::start().await;
    let flow = json!({ "name": LABEL, "type": "inboundshortmessage", "description": "",
                       "publishedVersion": { "id": "3.0" } });
    let flow = machine.genesys.add_object(ObjectKind::Flow, &flow);
    let before = machine.genesys.objects(ObjectKind::Flow);
    let said = machine.setup(&[]).await.bad(2);
    assert!(said.contains("flow: lynn-support exists, and setup did not create it"), "{said}");
    assert_eq!(machine.genesys.changes(), []);
    assert!(!machine.config().exists());
    // With `--use-flow`, setup routes messages to the flow, and still does not change it.
    let output = machine.setup(&["--use-flow"]).await.good();
    assert!(output.contains("Make sure that the flow lynn-support transfers"), "{output}");
    assert_eq!(machine.genesys.objects(ObjectKind::Flow), before);
    assert_eq!(machine.genesys.objects(ObjectKind::Recipient)[0]["flow"]["id"], flow.as_str());
    // Another label avoids the name that is taken.
    let other = Machine::start().await;
    other.genesys.add_object(ObjectKind::Flow, &before[0]);
    other.setup(&["--label", "bridge-support"]).await.good();
    assert_eq!(other.genesys.objects(ObjectKind::Flow).len(), 2);
}

#[tokio::test]
async fn whatever_somebody_else_made_under_our_name_is_left() {
    for kind in MADE {
        if kind == ObjectKind::Queue || kind == ObjectKind::Flow {
            continue;
        }
        let machine = Machine::start().await;
        let body = json!({ "name": LABEL, "integrationType": { "id": "amazon-eventbridge-source" },
                           "config": { "current": { "properties": {} } } });
        machine.genesys.add_object(kind, &body);
        let before = machine.genesys.objects(kind);
        let events = ["--event-account", "123456789012", "--event-region", "us-east-1"];
        let said = machine.setup(&events).await.bad(2);
        assert!(
            said.contains("nothing was changed") && said.contains("setup did not create it"),
            "{said}"
        );
        assert_eq!(machine.genesys.objects(kind), before);
        assert_eq!(machine.genesys.changes(), [], "{kind:?}");
    }
}
