//! The plan, the questions, and the messages about missing permissions and settings.

use serde_json::json;
use simulators::ObjectKind;

use super::{Machine, QUEUE};

#[tokio::test]
async fn a_dry_run_shows_the_plan_and_changes_nothing() {
    let machine = Machine::start().await;
    let output = machine.run(&machine.arguments(), &["--dry-run", "--window", "24"]).await.good();
    insta::assert_snapshot!("plan", output.replace(&machine.bridge.to_string(), "{bridge}"));
    assert_eq!(machine.genesys.changes(), []);
    assert!(!machine.config().exists() && !machine.record().exists());
}

#[tokio::test]
async fn nobody_is_there_to_ask() {
    let machine = Machine::start().await;
    let said = machine.run(&machine.arguments(), &[]).await.bad(2);
    assert!(said.contains("nothing was changed") && said.contains("--yes"), "{said}");
    assert_eq!(machine.genesys.changes(), []);
}

#[tokio::test]
async fn the_timeline_of_the_organisation_needs_its_own_yes() {
    let machine = Machine::start().await;
    let output = machine.setup(&["--window", "24"]).await.good();
    assert!(output.contains("needs a yes"), "{output}");
    assert!(output.contains("The threading timeline stays at 72 h"), "{output}");
    assert!(output.contains("genesys.conversationPer session"), "{output}");
    // The configuration contains the organisation's actual value, not the requested one.
    assert_eq!(machine.entry()["genesys"]["threadingTimelineMinutes"], 4320);
    machine.setup(&["--window", "24", "--change-threading-timeline"]).await.good();
    assert_eq!(machine.entry()["genesys"]["threadingTimelineMinutes"], 1440);
}

#[tokio::test]
async fn a_queue_is_made_only_when_that_is_asked_for() {
    let machine = Machine::start().await;
    let arguments: Vec<String> =
        machine.arguments().into_iter().filter(|argument| argument != "--create-queue").collect();
    let said = machine.run(&arguments, &["--yes"]).await.bad(2);
    assert!(said.contains("there is no queue Agents; --create-queue creates it"), "{said}");
    assert_eq!(machine.genesys.changes(), []);
    machine.genesys.add_object(ObjectKind::Queue, &json!({ "name": QUEUE.to_uppercase() }));
    machine.run(&arguments, &["--yes"]).await.good();
}

/// The permissions that an administrator needs, and the message of the step that fails without
/// each.
const NEEDED: [(&str, &str); 17] = [
    ("messaging:supportedContent:view", ""),
    ("messaging:supportedContent:add", "the supported content is not done"),
    ("messaging:setting:add", "the messaging setting is not done"),
    ("routing:queue:view", ""),
    ("routing:queue:add", "the queue is not done"),
    ("architect:flow:view", ""),
    ("architect:job:create", "the inbound message flow is not done"),
    ("architect:job:view", "the inbound message flow is not done"),
    ("architect:flow:publish", "the flow cannot be published"),
    ("messaging:integration:add", "the Open Messaging integration is not done"),
    ("routing:message:manage", "the Open Messaging integration is not done"),
    ("authorization:role:view", ""),
    ("authorization:role:add", "the role is not done"),
    ("authorization:grant:add", "the grant of the role is not done"),
    ("oauth:client:view", ""),
    ("oauth:client:add", "the OAuth client is not done"),
    ("conversation:threadingTimeline:view", ""),
];
const BESIDES: [&str; 4] = [
    "messaging:setting:view",
    "messaging:integration:view",
    "architect:flow:add",
    "architect:flow:edit",
];

#[tokio::test]
async fn a_missing_permission_is_named_and_the_run_goes_on_when_it_is_there() {
    for (missing, step) in NEEDED {
        let all = NEEDED.iter().map(|(permission, _)| *permission).chain(BESIDES);
        let permissions = all.filter(|one| *one != missing).map(str::to_owned).collect();
        let machine = Machine::with(|options| options.admin_permissions = permissions).await;
        let ended = machine.setup(&[]).await;
        let said = ended.bad(1);
        assert!(said.contains(missing), "{missing}: {said}");
        assert!(said.contains(step), "{missing}: {said}");
        assert!(
            step.is_empty() || step.contains("published") || said.contains("correlation id"),
            "{said}"
        );
        let (domain, rest) = missing.split_once(':').unwrap();
        let (entity, action) = rest.split_once(':').unwrap();
        let role = machine.genesys.objects(ObjectKind::Role)[0]["id"].as_str().unwrap().to_owned();
        machine.genesys.change_object(ObjectKind::Role, &role, |role| {
            let policies = role["permissionPolicies"].as_array_mut().unwrap();
            policies.push(json!({ "domain": domain, "entityName": entity, "actionSet": [action] }));
        });
        machine.setup(&[]).await.good();
        assert_eq!(machine.genesys.objects(ObjectKind::OpenIntegration).len(), 1, "{missing}");
    }
}

#[tokio::test]
async fn an_unknown_secret_is_renewed_only_when_somebody_says_so() {
    let machine = Machine::with(|options| options.shows_webhook_secret = false).await;
    machine.setup(&[]).await.good();
    let before = machine.entry();
    std::fs::remove_file(machine.config()).unwrap();
    let changes = machine.genesys.changes();
    let said = machine.setup(&[]).await.bad(2);
    assert!(said.contains("--renew-secrets") && said.contains("nothing was changed"), "{said}");
    assert_eq!(machine.genesys.changes(), changes);
    machine.setup(&["--renew-secrets"]).await.good();
    let after = machine.entry();
    assert_eq!(after["genesys"]["integrationId"], before["genesys"]["integrationId"]);
    assert_ne!(after["genesys"]["webhookSecrets"], before["genesys"]["webhookSecrets"]);
    let integration = &machine.genesys.objects(ObjectKind::OpenIntegration)[0];
    assert_eq!(
        after["genesys"]["webhookSecrets"][0],
        integration["outboundNotificationWebhookSignatureSecretToken"]
    );
    let (process, lynn) = machine.serve().await;
    assert_eq!(lynn.customer_says("ana", "m-1", "Hello").await.status, 202);
    let accepted =
        |genesys: &simulators::GenesysSimulator| genesys.accepted_messages("ana").len() == 1;
    assert!(machine.genesys.wait_until(crate::harness::SOON, accepted).await, "{}", process.log());
}

#[tokio::test]
async fn a_creation_that_fails_is_made_anew() {
    let machine = Machine::start().await;
    machine.genesys.fail_next_integration("no capacity");
    let said = machine.setup(&[]).await.bad(1);
    assert!(said.contains("no capacity"), "{said}");
    machine.setup(&[]).await.good();
    assert_eq!(machine.genesys.objects(ObjectKind::OpenIntegration).len(), 1);
    machine.assert_no_violation();
}
