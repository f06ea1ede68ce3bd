//! From an empty organisation to a conversation, with only `bridge setup` and `bridge serve`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use simulators::ObjectKind;

use super::{LABEL, Machine, NAME};
use crate::harness::{SOON, taken};

#[tokio::test]
async fn an_empty_organisation_becomes_a_conversation() {
    let machine = Machine::start().await;
    let output = machine.setup(&[]).await.good();
    assert!(output.contains("Open Messaging integration lynn-support: created"), "{output}");
    assert!(output.contains("Left to do by hand"), "{output}");
    let (process, lynn) = machine.serve().await;
    let said = lynn.customer_says("ana", "m-1", "I need an agent").await;
    assert_eq!(said.status, 202, "{}", said.body);
    let accepted =
        |genesys: &simulators::GenesysSimulator| genesys.accepted_messages("ana").len() == 1;
    assert!(machine.genesys.wait_until(SOON, accepted).await, "{}", process.log());
    taken(machine.genesys.agent_says("ana", "Good morning").await);
    let heard = |lynn: &simulators::LynnSimulator| !lynn.messages_for("ana").is_empty();
    assert!(lynn.wait_until(SOON, heard).await, "{}", process.log());
    assert_eq!(lynn.messages_for("ana")[0]["text"], "Good morning");
    assert_eq!(lynn.violations(), Vec::<String>::new());
    machine.assert_no_violation();
}

#[tokio::test]
async fn the_page_shows_what_is_printed() {
    let machine = Machine::start().await;
    let more = [
        "--webhook-url",
        "https://bridge.example.com/genesys/support",
        "--lynn-webhook-url",
        "https://lynn.example.com/bridge",
        "--lynn-auth",
        "bearer",
        "--queue",
        "Agents",
        "--create-queue",
        "--yes",
    ];
    let output = machine.run(&machine.place(), &more).await.good();
    let folder = machine.directory.path().display().to_string();
    let output = output.replace(&format!("{folder}/"), "");
    let queue = machine.genesys.objects(ObjectKind::Queue)[0]["id"].clone();
    let output = output.replace(queue.as_str().unwrap(), "{id}");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/genesys-setup.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&output), "docs/genesys-setup.md lacks:\n{output}");
}

#[tokio::test]
async fn what_is_left_to_do_names_the_bridges_address_and_what_is_still_missing() {
    let machine = Machine::start().await;
    let output = machine.setup(&[]).await.good();
    assert!(output.contains(&format!("post to http://{}/lynn/support", machine.bridge)));
    assert!(output.contains("run this again with --events-by-workflow"), "{output}");
    let config = machine.config().display().to_string();
    let last = format!(
        "- Then check everything: bridge doctor --config {config} --bridge-url http://{}",
        machine.bridge
    );
    assert_eq!(output.lines().last(), Some(&*last));
    // Once workflows post events, a run without the argument does not ask for them.
    machine.setup(&["--events-by-workflow"]).await.good();
    std::fs::remove_file(machine.record()).unwrap();
    let output = machine.setup(&["--window", "24"]).await.good();
    assert!(!output.contains("--events-by-workflow"), "{output}");
}

#[tokio::test]
async fn the_same_again_changes_nothing() {
    let machine = Machine::start().await;
    let events = ["--event-account", "123456789012", "--event-region", "us-east-1"];
    let more = [&["--window", "24", "--change-threading-timeline"], &events[..]].concat();
    machine.setup(&more).await.good();
    let (changes, file) = (machine.genesys.changes(), machine.file());
    let record = std::fs::read_to_string(machine.record()).unwrap();
    let output = machine.setup(&more).await.good();
    assert!(!output.contains("create") && !output.contains("change "), "{output}");
    assert!(output.contains("configuration: unchanged"), "{output}");
    assert_eq!(machine.genesys.changes(), changes);
    assert_eq!(machine.file(), file);
    assert_eq!(std::fs::read_to_string(machine.record()).unwrap(), record);
    // Nothing changes even if the record is lost and Lynn's part comes from the configuration.
    std::fs::remove_file(machine.record()).unwrap();
    let webhook = format!("http://{}/genesys/{NAME}", machine.bridge);
    let short =
        [&["--yes", "--queue", super::QUEUE, "--webhook-url", &webhook], &more[..]].concat();
    machine.run(&machine.place(), &short).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    assert_eq!(machine.file(), file);
    machine.assert_no_violation();
}

#[tokio::test]
async fn what_differs_is_changed_back_and_the_rest_is_left() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let role = machine.genesys.objects(ObjectKind::Role);
    let role = role.iter().find(|role| role["name"] == LABEL).unwrap()["id"].clone();
    let policies =
        json!([ { "domain": "conversation", "entityName": "message", "actionSet": ["receive"] } ]);
    machine.genesys.change_object(ObjectKind::Role, role.as_str().unwrap(), |role| {
        role["permissionPolicies"] = policies;
    });
    let before = machine.genesys.changes().len();
    let output = machine.setup(&["--media", "image/*"]).await.good();
    assert!(output.contains("role lynn-support: changed"), "{output}");
    assert!(output.contains("supported content lynn-support: changed"), "{output}");
    assert_eq!(machine.genesys.changes().len(), before + 2);
    let output = machine.setup(&["--on-session-ended", "disconnect"]).await.good();
    assert!(output.contains("role lynn-support: changed"), "{output}");
    assert_eq!(machine.entry()["lynn"]["onSessionEnded"], "disconnect");
    let policies = &machine.genesys.objects(ObjectKind::Role)[1]["permissionPolicies"];
    assert_eq!(policies[1]["entityName"], "communication");
    assert_eq!(policies[1]["actionSet"], json!(["disconnect"]));
}

#[tokio::test]
async fn secrets_are_kept_to_their_owner_and_leave_the_record() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    for path in [machine.config(), machine.record()] {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    let record = std::fs::read_to_string(machine.record()).unwrap();
    let entry = machine.entry();
    for pointer in ["/genesys/webhookSecrets/0", "/genesys/oauthClients/0/clientSecret"] {
        assert!(!record.contains(entry.pointer(pointer).unwrap().as_str().unwrap()));
    }
}

#[tokio::test]
async fn another_integration_of_the_file_and_of_the_organisation_stays() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let first = machine.entry();
    let mut arguments = machine.arguments();
    for argument in &mut arguments {
        let is_url = argument.ends_with("/genesys/support");
        if argument == NAME || is_url {
            *argument = argument.replace(NAME, "sales");
        }
    }
    machine.run(&arguments, &["--yes"]).await.good();
    let file = machine.file();
    assert_eq!(file["integrations"][0], first);
    assert_eq!(file["integrations"][1]["name"], "sales");
    // The first integration's queue serves both, and remains the first one's.
    assert_eq!(machine.genesys.objects(ObjectKind::Queue).len(), 1);
    assert_eq!(machine.genesys.objects(ObjectKind::OpenIntegration).len(), 2);
}
