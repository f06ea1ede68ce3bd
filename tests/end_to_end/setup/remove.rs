//! A removal deletes what setup created, and nothing else.

use futures_util::StreamExt as _;
use serde_json::json;
use simulators::{Effect, ObjectKind};

use super::{MADE, Machine};

const EVENTS: [&str; 4] = ["--event-account", "123456789012", "--event-region", "us-east-1"];

#[tokio::test]
async fn everything_that_was_made_is_taken_back() {
    let machine = Machine::start().await;
    let before = machine.counts();
    machine.setup(&EVENTS).await.good();
    let shown = machine.run(&machine.place(), &["--remove", "--dry-run"]).await.good();
    assert!(shown.contains("Nothing was changed") && shown.contains("OAuth client"), "{shown}");
    assert!(shown.starts_with("TO REMOVE"), "{shown}");
    let line = shown.lines().find(|line| line.starts_with("configuration")).expect("a line");
    assert!(line.contains("bridge.json, the file"), "{shown}");
    let said = machine.run(&machine.place(), &["--remove"]).await.bad(2);
    assert!(said.contains("--yes"), "{said}");
    let output = machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert!(output.contains("queue Agents: removed"), "{output}");
    assert_eq!(machine.counts(), before);
    assert_eq!(machine.genesys.objects(ObjectKind::Recipient), Vec::<serde_json::Value>::new());
    assert!(!machine.config().exists() && !machine.record().exists());
    let (_, left) = output.split_once("Left to do by hand:\n").expect("a list");
    assert!(left.contains("/lynn/support") && left.contains("Stop `bridge serve`"), "{left}");
    // Again, there is nothing to do, and no question; and it can all be set up again.
    let output = machine.run(&machine.place(), &["--remove"]).await.good();
    assert_eq!(output, "Nothing to remove: no record and no object of lynn-support.\n");
    assert!(!machine.record().exists());
    machine.setup(&EVENTS).await.good();
    machine.assert_no_violation();
}

#[tokio::test]
async fn a_lost_record_is_no_reason_to_leave_something() {
    let machine = Machine::start().await;
    let before = machine.counts();
    machine.setup(&[]).await.good();
    std::fs::create_dir(machine.directory.path().join("data")).unwrap();
    std::fs::remove_file(machine.record()).unwrap();
    let output = machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert!(output.contains("/data still has the data"), "{output}");
    assert_eq!(machine.counts(), before);
    machine.assert_no_violation();
}

#[tokio::test]
async fn what_others_made_stays_and_so_do_other_integrations() {
    let machine = Machine::start().await;
    for kind in MADE {
        machine.genesys.add_object(kind, &json!({ "name": "Other", "type": "workflow" }));
    }
    let before: Vec<_> = MADE.iter().map(|kind| machine.genesys.objects(*kind)).collect();
    std::fs::write(machine.config(), serde_json::to_string(&json!({ "integrations": [ {
        "name": "sales", "genesys": { "domain": "mypurecloud.com", "integrationId": "i-1",
            "oauthClients": [ { "clientId": "c", "clientSecret": "secret-of-sales" } ], "webhookSecrets": [ "0123456789abcdef" ] },
        "lynn": { "webhookUrl": "https://lynn.example.com/hook", "inboundAuth": [ { "type": "apiKey", "key": "key-of-sales-for-lynn" } ] },
    } ] })).unwrap()).unwrap();
    let file = machine.file();
    machine.setup(&[]).await.good();
    let output = machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    assert!(!output.contains("Stop `bridge serve`"), "{output}");
    let after: Vec<_> = MADE.iter().map(|kind| machine.genesys.objects(*kind)).collect();
    assert_eq!(after, before);
    assert_eq!(machine.file(), file);
}

#[tokio::test]
async fn a_removal_that_is_cut_off_is_gone_on_with() {
    let machine = Machine::start().await;
    machine.setup(&EVENTS).await.good();
    let done = machine.genesys.requests().len();
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    let calls = machine.genesys.requests().len() - done;
    let play = async |number: usize| {
        let machine = Machine::start().await;
        let before = machine.counts();
        machine.setup(&EVENTS).await.good();
        machine.disturb(number, Effect::AcceptThenDrop);
        let first = machine.run(&machine.place(), &["--remove", "--yes"]).await;
        if first.code != Some(0) {
            machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
        }
        assert_eq!(machine.counts(), before, "cut off at call {number}");
        machine.assert_no_violation();
    };
    // The runs mostly wait, so several run at a time.
    futures_util::stream::iter(1..=calls).for_each_concurrent(6, play).await;
}
