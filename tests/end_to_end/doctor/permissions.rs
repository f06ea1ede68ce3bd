//! The permissions of the OAuth clients at Genesys Cloud.

use serde_json::{Value, json};
use simulators::ObjectKind;

use super::{Installation, after};
use crate::harness::Setup;

#[tokio::test]
async fn without_an_administrator_nothing_of_the_organisation_looks_well() {
    let lines =
        after(Setup::new(), |installation| installation.administrator = false, &["*"]).await;
    insta::assert_snapshot!(lines);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let mut lines = Vec::new();
    // The administrator lacks one permission after the other.
    for lacking in [
        "messaging:integration:view",
        "architect:dependencyTracking:view",
        "conversation:threadingTimeline:view",
        "processautomation:trigger:view",
        "integrations:action:view",
    ] {
        let all = [
            "messaging:*:view",
            "messaging:integration:view",
            "routing:*:*",
            "architect:flow:view",
            "architect:dependencyTracking:view",
            "conversation:threadingTimeline:view",
            "processautomation:trigger:view",
            "integrations:action:view",
            "integrations:integration:view",
            "oauth:client:view",
            "authorization:role:view",
        ];
        let held = all.iter().filter(|held| {
            **held != lacking
                && !(lacking.starts_with("messaging") && held.starts_with("messaging:*"))
        });
        let held: Vec<String> = held.map(ToString::to_string).collect();
        let setup = Setup::new().genesys(|options| options.admin_permissions = held);
        lines.push(after(setup, |_| {}, &["*"]).await);
    }
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn each_permission_is_missed_by_itself() {
    let mut lines = Vec::new();
    let ends = |config: &mut Value| config["lynn"]["onSessionEnded"] = json!("disconnect");
    for administrator in [true, false] {
        for lacking in ["receive", "view", "disconnect"] {
            let take = |installation: &mut Installation| {
                installation.administrator = administrator;
                installation.harness.genesys.change_objects(ObjectKind::Role, |role| {
                    let policies = role["permissionPolicies"].as_array_mut().expect("a list");
                    policies.retain(|policy| policy["actionSet"] != json!([lacking]));
                });
            };
            let setup = Setup::new().config(ends);
            let found = after(setup, take, &["genesys-permission"]).await;
            assert_eq!(found.lines().count(), 3, "{found}");
            lines.extend(found.lines().filter(|line| !line.starts_with("OK")).map(str::to_owned));
        }
    }
    // Reading the roles and trying the calls give the same result.
    assert_eq!(lines[..3], lines[3..]);
    insta::assert_snapshot!(lines[..3].join("\n"));
}
