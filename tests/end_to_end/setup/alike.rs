//! `bridge setup` and `bridge doctor` agree: the doctor reports what setup would change.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulators::ObjectKind::{
    self, DataAction, Flow, Integration, MessagingSetting, OAuthClient, OpenIntegration, Recipient,
    Role, SupportedContent, Trigger,
};

use super::{LABEL, Machine};

/// The options for everything else that the doctor checks.
const WHOLE: [&str; 4] = ["--events-by-workflow", "--window", "24", "--change-threading-timeline"];

/// A deviation from setup's result: the kind of object, the change of setup's objects, the expected
/// words of setup's plan, and the check of the doctor that fails.
type Deviation = (ObjectKind, fn(&mut Value), [&'static str; 2], &'static str);

const DEVIATIONS: [Deviation; 17] = [
    (
        SupportedContent,
        |content| content["mediaTypes"] = json!({ "allow": { "inbound": [], "outbound": [] } }),
        ["supported content", "media types"],
        "genesys-supported-content",
    ),
    (
        MessagingSetting,
        |setting| setting["event"]["typing"]["on"]["outbound"] = json!("Disabled"),
        ["messaging setting", "typing is off"],
        "genesys-typing",
    ),
    (
        Flow,
        |flow| {
            if flow["type"] != "workflow" {
                drop(flow.as_object_mut().unwrap().remove("publishedVersion"));
            }
        },
        ["inbound message flow", "it is not published"],
        "genesys-routing",
    ),
    (
        Flow,
        |flow| {
            if flow["name"] == format!("{LABEL} acd.end") {
                drop(flow.as_object_mut().unwrap().remove("publishedVersion"));
            }
        },
        ["workflow of acd.end", "it is not published"],
        "genesys-events",
    ),
    (
        OpenIntegration,
        |one| one["outboundNotificationWebhookUrl"] = json!("https://b.example.com/genesys/s"),
        ["Open Messaging integration", "webhook URL"],
        "genesys-webhook-url",
    ),
    (
        OpenIntegration,
        |one| {
            one["outboundNotificationWebhookSignatureSecretToken"] = json!("the secret of another");
        },
        ["Open Messaging integration", "webhook secret"],
        "genesys-webhook-secret",
    ),
    (
        OpenIntegration,
        |one| drop(one.as_object_mut().unwrap().remove("supportedContent")),
        ["Open Messaging integration", "supported content"],
        "genesys-supported-content",
    ),
    (
        OpenIntegration,
        |one| drop(one.as_object_mut().unwrap().remove("messagingSetting")),
        ["Open Messaging integration", "messaging setting"],
        "genesys-messaging-setting",
    ),
    (
        OpenIntegration,
        |one| one["createStatus"] = json!("Error"),
        ["Open Messaging integration", "its creation failed"],
        "genesys-integration",
    ),
    (
        OpenIntegration,
        |one| one["createStatus"] = json!("Initiated"),
        ["Open Messaging integration", "its creation is not done yet"],
        "genesys-integration",
    ),
    (
        Recipient,
        |recipient| drop(recipient.as_object_mut().unwrap().remove("flow")),
        ["routing", "to the flow"],
        "genesys-routing",
    ),
    (
        Role,
        |role| role["permissionPolicies"][0]["actionSet"] = json!(["create", "view"]),
        ["role", "permissions"],
        "genesys-permission",
    ),
    (
        OAuthClient,
        |client| client["state"] = json!("inactive"),
        ["OAuth client", "it is not active"],
        "genesys-login",
    ),
    (
        Integration,
        |integration| integration["intendedState"] = json!("DISABLED"),
        ["data actions integration", "it is not active"],
        "genesys-events",
    ),
    (
        DataAction,
        |action| {
            action["config"]["request"]["requestUrlTemplate"] = json!("https://b.example.com/e");
        },
        ["data action", "posts to"],
        "genesys-events",
    ),
    (
        Trigger,
        |trigger| trigger["target"]["id"] = json!("gone"),
        ["trigger of acd.end", "its workflow"],
        "genesys-events",
    ),
    (
        Trigger,
        |trigger| trigger["enabled"] = json!(false),
        ["trigger of user.end", "it is not enabled"],
        "genesys-events",
    ),
];

impl Machine {
    /// The lines of the plan that would change something.
    async fn planned(&self) -> Vec<String> {
        let more = [&WHOLE[..3], &["--dry-run"]].concat();
        let plan = self.run(&self.arguments(), &more).await.good();
        let differs = |line: &&str| {
            ["  create", "  change", "  needs a yes"].iter().any(|plan| line.contains(plan))
        };
        plan.lines().filter(differs).map(str::to_owned).collect()
    }

    /// The checks of the integration that are not OK.
    async fn unwell(&self) -> BTreeSet<String> {
        let (config, bridge) = (self.config().display().to_string(), self.bridge.to_string());
        let bridge = format!("http://{bridge}");
        let doctor = ["doctor", "--config", &config, "--bridge-url", &bridge].map(str::to_owned);
        let found = self.run(&doctor, &[]).await.output;
        let lines = found.lines().filter(|line| !line.starts_with("OK"));
        let checks = lines.filter_map(|line| line.split_whitespace().nth(2));
        checks.filter(|check| check.contains('-')).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn what_setup_would_change_is_what_doctor_reports() {
    let machine = Machine::start().await;
    machine.setup(&WHOLE).await.good();
    assert_eq!(machine.planned().await, Vec::<String>::new());
    // The bridge is not running on this machine, and the queue has no members.
    let well = machine.unwell().await;
    for (kind, deviate, [word, planned], check) in DEVIATIONS {
        assert!(!well.contains(check), "{check}: {well:?}");
        let mut before = Vec::new();
        machine.genesys.change_objects(kind, |object| {
            before.push(object.clone());
            // The administrator also has a role and a client; they are not changed.
            let name = object["name"].as_str().unwrap_or_default();
            if kind == Recipient || name.starts_with(LABEL) {
                deviate(object);
            }
        });
        let plan = machine.planned().await;
        let is_planned = |line: &String| line.starts_with(word) && line.contains(planned);
        assert!(plan.iter().any(is_planned), "{word}, {planned}: {plan:?}");
        let found = machine.unwell().await;
        assert!(found.contains(check), "{word}, {planned}: {found:?}");
        let mut before = before.into_iter();
        machine.genesys.change_objects(kind, |object| *object = before.next().unwrap());
    }
    machine.genesys.set_threading(60);
    let plan = machine.planned().await;
    assert!(plan[0].starts_with("threading timeline") && plan.len() == 1, "{plan:?}");
    assert!(machine.unwell().await.contains("genesys-threading"));
    machine.setup(&WHOLE).await.good();
    assert_eq!(machine.planned().await, Vec::<String>::new());
    assert_eq!(machine.unwell().await, well);
}
