//! The record and the configuration are both lost: setup still recognises its own objects, and does
//! not change those of others.

use serde_json::json;
use simulators::{Effect, ObjectKind};

use super::posted::WAY;
use super::{LABEL, Machine};

const EVENTS: [&str; 4] = ["--event-account", "123456789012", "--event-region", "us-east-1"];

impl Machine {
    /// Deletes everything that this machine knows.
    fn forget(&self) {
        std::fs::remove_file(self.record()).expect("a record");
        std::fs::remove_file(self.config()).expect("a configuration");
    }

    /// The number of objects of each kind, for both ways of events.
    fn all(&self) -> Vec<usize> {
        [self.counts(), self.posted()].concat()
    }
}

#[tokio::test]
async fn with_new_secrets_the_same_set_up_works_again() {
    for events in [&[][..], &WAY] {
        let machine = Machine::start().await;
        machine.setup(events).await.good();
        let (before, entry) = (machine.all(), machine.entry());
        machine.forget();
        let changes = machine.genesys.changes();
        let said = machine.setup(events).await.bad(2);
        assert!(said.contains("--renew-secrets") && said.contains("nothing was changed"), "{said}");
        assert_eq!(machine.genesys.changes(), changes);
        machine.setup(&[events, &["--renew-secrets"]].concat()).await.good();
        assert_eq!(machine.all(), before);
        let renewed = machine.entry();
        assert_eq!(renewed["genesys"]["integrationId"], entry["genesys"]["integrationId"]);
        let (_process, lynn) = machine.serve().await;
        assert_eq!(lynn.customer_says("ana", "m-1", "Hello").await.status, 202);
        let accepted =
            |genesys: &simulators::GenesysSimulator| genesys.accepted_messages("ana").len() == 1;
        assert!(machine.genesys.wait_until(crate::harness::SOON, accepted).await);
        machine.assert_no_violation();
    }
}

#[tokio::test]
async fn a_removal_leaves_nothing_behind() {
    let machine = Machine::start().await;
    let before = machine.all();
    machine.setup(&[&EVENTS[..], &WAY].concat()).await.good();
    machine.forget();
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert_eq!(machine.all(), before);
    assert!(!machine.record().exists());
    machine.assert_no_violation();
}

#[tokio::test]
async fn a_removal_that_is_cut_off_leaves_nothing_behind_either() {
    // The record is the same after several calls, so only every third call is tried.
    for number in (1..).step_by(3) {
        let machine = Machine::start().await;
        let before = machine.all();
        machine.setup(&[]).await.good();
        machine.forget();
        let done = machine.genesys.requests().len();
        machine.disturb(number, Effect::AcceptThenDrop);
        let first = machine.run(&machine.place(), &["--remove", "--yes"]).await;
        if first.code != Some(0) {
            machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
        }
        assert_eq!(machine.all(), before, "cut off at call {number}");
        if machine.genesys.requests().len() - done < number {
            break;
        }
    }
}

#[tokio::test]
async fn a_role_of_another_name_proves_nothing() {
    let machine = Machine::start().await;
    machine.setup(&["--label", "other"]).await.good();
    machine.forget();
    let kind = ObjectKind::SupportedContent;
    machine.genesys.add_object(kind, &json!({ "name": LABEL }));
    let before = machine.genesys.objects(kind);
    let said = machine.setup(&["--renew-secrets"]).await.bad(2);
    assert!(said.contains("lynn-support exists, and setup did not create it"), "{said}");
    assert_eq!(machine.genesys.objects(kind), before);
}

#[tokio::test]
async fn what_the_administrator_may_not_see_is_said() {
    let held = ["messaging", "routing", "architect", "authorization", "oauth", "conversation"];
    let held = held.map(|domain| format!("{domain}:*:*"));
    let machine = Machine::with(|options| options.admin_permissions = held.into()).await;
    machine.setup(&[]).await.good();
    machine.forget();
    let output = machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    for what in ["EventBridge integration", "the objects that let workflows post events"] {
        assert!(output.contains(&format!("perhaps still there: {what}")), "{output}");
    }
    assert_eq!(machine.genesys.objects(ObjectKind::OpenIntegration).len(), 0);
}
