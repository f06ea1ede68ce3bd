//! The export for Genesys' own Terraform provider: a parser reads it, it has what setup made, and
//! no secret.

use std::process::Command;

use serde_json::{Map, Value};

use super::Machine;
use crate::harness::not_run;

const TOOL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/deploy/bin/hcl2tojson");
const ALL: [&str; 12] = [
    "--events-by-workflow",
    "--event-account",
    "123456789012",
    "--event-region",
    "us-east-1",
    "--identity-source",
    "crm",
    "--queue-by",
    "topic:billing=Billing",
    "--window",
    "24",
    "--change-threading-timeline",
];
/// The arguments that each resource of the provider requires, from its `docs/resources`.
const REQUIRED: [(&str, &[&str]); 13] = [
    ("conversations_messaging_supportedcontent", &["name", "media_types"]),
    ("conversations_messaging_settings", &["name", "event"]),
    ("externalcontacts_external_source", &["name"]),
    ("routing_queue", &["name"]),
    ("flow", &["filepath"]),
    (
        "conversations_messaging_integrations_open",
        &[
            "name",
            "outbound_notification_webhook_url",
            "outbound_notification_webhook_signature_secret_token",
        ],
    ),
    (
        "conversations_messaging_integrations_open_identity_resolution",
        &["open_integration_id", "resolve_identities"],
    ),
    ("auth_role", &["name", "permission_policies"]),
    ("oauth_client", &["name", "authorized_grant_type", "roles"]),
    ("integration", &["integration_type", "config"]),
    ("integration_credential", &["credential_type_name", "fields"]),
    (
        "integration_action",
        &["name", "category", "integration_id", "contract_input", "contract_output"],
    ),
    ("processautomation_trigger", &["name", "topic_name", "enabled", "target"]),
];

/// A file as JSON; `None` if the parser is not installed.
fn parsed(file: &std::path::Path) -> Option<Value> {
    let Ok(said) = Command::new(TOOL).arg("--quiet").arg(file).output() else {
        not_run("the export for Terraform: make tools installs its parser");
        return None;
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(serde_json::from_slice(&said.stdout).expect("JSON"))
}

fn blocks(file: &Value, kind: &str) -> Vec<Map<String, Value>> {
    let blocks = file[kind].as_array().expect("blocks").iter();
    blocks.map(|block| block.as_object().expect("a block").clone()).collect()
}

fn bare(text: &str) -> String {
    text.trim_matches('"').trim_start_matches("${").trim_end_matches('}').to_owned()
}

#[tokio::test]
async fn what_was_made_becomes_resources_with_imports_and_without_secrets() {
    let machine = Machine::start().await;
    machine.setup(&ALL).await.good();
    let folder = machine.directory.path().join("terraform");
    let export = ["--export-terraform", folder.to_str().expect("UTF-8")];
    let changes = machine.genesys.changes();
    let output = machine.run(&machine.arguments(), &[&ALL[..], &export].concat()).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    for left_out in ["the routing of the integration", "the threading timeline"] {
        assert!(output.contains(left_out), "{output}");
    }
    let text = std::fs::read_to_string(folder.join("genesys.tf")).expect("the file");
    let entry = machine.entry();
    for secret in [
        "/genesys/webhookSecrets/0",
        "/genesys/oauthClients/0/clientSecret",
        "/genesys/eventsApiKey",
        "/lynn/inboundAuth/0/key",
    ] {
        let secret = entry.pointer(secret).and_then(Value::as_str).expect("a secret");
        assert!(!text.contains(secret), "{text}");
    }
    // A second export changes nothing.
    let said = machine.run(&machine.arguments(), &[&ALL[..], &export].concat()).await.bad(2);
    assert!(said.contains("genesys.tf exists"), "{said}");
    let Some(file) = parsed(&folder.join("genesys.tf")) else { return };
    for (name, sensitive) in [("webhook_secret", true), ("events_api_key", true)] {
        let variables = blocks(&file, "variable");
        let found = variables.iter().find_map(|block| {
            block.iter().find(|(key, _)| bare(key) == name).map(|(_, variable)| variable)
        });
        assert_eq!(found.expect(name)["sensitive"], sensitive, "{name}");
    }
    let mut declared = Vec::new();
    for block in blocks(&file, "resource") {
        for (kind, of_kind) in block {
            let kind = bare(&kind);
            let short = kind.strip_prefix("genesyscloud_").expect("the provider's");
            let (_, required) = REQUIRED
                .iter()
                .find(|(known, _)| *known == short)
                .unwrap_or_else(|| panic!("{kind}"));
            for (label, arguments) in of_kind.as_object().expect("a resource") {
                for name in *required {
                    assert!(arguments.get(name).is_some(), "{kind} {label} lacks {name}");
                }
                declared.push(format!("{kind}.{}", bare(label)));
            }
        }
    }
    let imports = blocks(&file, "import");
    let mut imported: Vec<String> =
        imports.iter().map(|import| bare(import["to"].as_str().expect("a reference"))).collect();
    assert!(imports.iter().all(|import| bare(import["id"].as_str().expect("an id")).len() > 30));
    imported.sort();
    declared.sort();
    assert_eq!(imported, declared);
    // Each kind that setup makes is there: five workflows with five triggers, two queues.
    for (kind, _) in REQUIRED {
        let start = format!("genesyscloud_{kind}.");
        assert!(declared.iter().any(|one| one.starts_with(&start)), "{kind}");
    }
    let count = |start: &str| declared.iter().filter(|one| one.starts_with(start)).count();
    assert_eq!([count("genesyscloud_flow."), count("genesyscloud_routing_queue.")], [6, 2]);
    // The flows are beside it, as they were published.
    for block in blocks(&file, "resource") {
        let flows = block.iter().filter(|(kind, _)| bare(kind) == "genesyscloud_flow");
        for (_, flow) in flows.flat_map(|(_, flows)| flows.as_object().expect("a resource")) {
            let path = bare(flow["filepath"].as_str().expect("a path"));
            let name = path.rsplit('/').next().expect("a name");
            let yaml = std::fs::read_to_string(folder.join("flows").join(name)).expect("a flow");
            assert!(yaml.contains("Made by bridge setup for the integration support."), "{yaml}");
        }
    }
}

#[tokio::test]
async fn an_organisation_that_is_not_as_the_arguments_say_is_not_written() {
    let machine = Machine::start().await;
    let folder = machine.directory.path().join("terraform");
    let export = ["--export-terraform", folder.to_str().expect("UTF-8")];
    let said = machine.run(&machine.arguments(), &export).await.bad(2);
    assert!(said.contains("nothing was written") && said.contains("is missing"), "{said}");
    assert!(!folder.exists());
}
