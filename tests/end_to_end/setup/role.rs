//! The role of the administrator's client: it allows every call of setup, of a rotation and of
//! doctor, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulators::ObjectKind;

use super::{Machine, NAME};
use crate::command::run;

const ALL: [&str; 7] = [
    "--events-by-workflow",
    "--event-account",
    "123456789012",
    "--event-region",
    "us-east-1",
    "--identity-source",
    "crm",
];

/// The permissions of a role, each as `domain:entity:action`.
fn permissions(role: &Value) -> BTreeSet<String> {
    let policies = role["permissionPolicies"].as_array().expect("policies");
    let of = |policy: &Value| {
        let text = |key: &str| policy[key].as_str().expect("a text").to_owned();
        let actions = policy["actionSet"].as_array().expect("actions").clone();
        let start = format!("{}:{}", text("domain"), text("entityName"));
        actions.into_iter().map(move |action| format!("{start}:{}", action.as_str().expect("text")))
    };
    policies.iter().flat_map(of).collect()
}

async fn printed(more: &[&str]) -> BTreeSet<String> {
    permissions(&run(&[&["setup", "--minimum-role"], more].concat(), &[]).await.json())
}

/// Changes what setup made, so that the next run corrects all of it.
fn disturb(machine: &Machine) {
    let genesys = &machine.genesys;
    for kind in [ObjectKind::SupportedContent, ObjectKind::MessagingSetting, ObjectKind::Trigger] {
        genesys.change_objects(kind, |object| match kind {
            ObjectKind::SupportedContent => object["mediaTypes"]["allow"]["inbound"] = json!([]),
            ObjectKind::MessagingSetting => {
                object["event"]["typing"]["on"]["inbound"] = json!("Disabled");
            }
            _ => object["enabled"] = json!(false),
        });
    }
    genesys.change_objects(ObjectKind::DataAction, |action| {
        action["config"]["request"]["requestUrlTemplate"] = json!("https://elsewhere.example.com");
    });
    genesys.change_objects(ObjectKind::ExternalSource, |source| source["active"] = json!(false));
    genesys.change_objects(ObjectKind::OpenIntegration, |open| {
        open["outboundNotificationWebhookUrl"] = json!("https://elsewhere.example.com");
    });
}

#[tokio::test]
async fn the_role_is_exactly_what_the_calls_need() {
    let role = printed(&ALL).await;
    let allowed: Vec<String> = role.iter().cloned().collect();
    let machine = Machine::with(|options| options.admin_permissions = allowed).await;
    machine.setup(&ALL).await.good();
    disturb(&machine);
    let more =
        ["--on-session-ended", "disconnect", "--window", "24", "--change-threading-timeline"];
    machine.setup(&[&ALL[..], &more].concat()).await.good();
    machine.rotate(&["--reread-wait", "0"]).await.good();
    let (config, environment) = (machine.config().display().to_string(), machine.environment());
    let doctor = run(&["doctor", "--config", &config, "--json"], &environment).await;
    assert!(!doctor.output.contains("lacks"), "{}", doctor.output);
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    let needed: BTreeSet<String> = machine.genesys.needed_of_administrator().into_iter().collect();
    let missing: Vec<_> = needed.difference(&role).collect();
    assert!(missing.is_empty(), "the role lacks {missing:?}");
    // A check of Architect itself while it publishes a flow is no need of a call.
    let of_architect = ["architect:flow:add", "architect:flow:edit", "architect:flow:publish"];
    let spare = role.difference(&needed).filter(|one| !of_architect.contains(&one.as_str()));
    let spare: Vec<_> = spare.collect();
    assert!(spare.is_empty(), "no call needs {spare:?}");
}

#[tokio::test]
async fn the_role_grows_only_with_what_is_asked_for() {
    let least = printed(&[]).await;
    assert!(!least.iter().any(|one| one.starts_with("integrations:")), "{least:?}");
    let bus = printed(&["--event-account", "123456789012", "--event-region", "us-east-1"]).await;
    assert!(bus.contains("integrations:integration:add"));
    assert!(!bus.iter().any(|one| one.starts_with("processautomation:")), "{bus:?}");
    assert!(printed(&ALL).await.is_superset(&bus) && bus.is_superset(&least));
}

#[tokio::test]
async fn the_role_is_made_and_brought_up_to_date() {
    let machine = Machine::start().await;
    let base = machine.genesys.base_url();
    let place = ["setup", "--minimum-role", "--create-role", "--domain", "mypurecloud.com"];
    let hosts = ["--api-base-url", &base, "--login-base-url", &base];
    let arguments: Vec<String> =
        [&place[..], &hosts].concat().into_iter().map(str::to_owned).collect();
    let output = machine.run(&arguments, &[]).await.good();
    assert!(output.contains("role lynn-bridge-administrator: created"), "{output}");
    let output = machine.run(&arguments, &["--events-by-workflow"]).await.good();
    assert!(output.contains("role lynn-bridge-administrator: changed"), "{output}");
    let roles = machine.genesys.objects(ObjectKind::Role);
    let role = roles.iter().find(|role| role["name"] == "lynn-bridge-administrator").unwrap();
    assert_eq!(permissions(role), printed(&["--events-by-workflow"]).await);
    machine
        .genesys
        .add_object(ObjectKind::Role, &json!({ "name": "mine", "permissionPolicies": [] }));
    let said = machine.run(&arguments, &["--label", "mine"]).await.bad(2);
    assert!(said.contains("choose another name with --label"), "{said}");
    assert!(!machine.config().exists(), "{NAME}");
    machine.assert_no_violation();
}
