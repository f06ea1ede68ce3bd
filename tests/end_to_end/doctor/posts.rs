//! `bridge doctor` on the path of posted events: trigger, workflow, data action, and its target;
//! each is broken separately.

use serde_json::{Value, json};
use simulators::ObjectKind::{DataAction, Flow, Integration, Trigger};
use simulators::{EVENT_TOPICS, workflow_that_posts};

use super::{Installation, after};
use crate::harness::{Harness, NAME, Setup};

/// Creates by hand the objects with which workflows post all topics to the bridge.
pub fn let_workflows_post(harness: &Harness) {
    harness.genesys.add_workflows(&ours(harness));
}

/// The URL at which the bridge takes events.
fn ours(harness: &Harness) -> String {
    format!("{}/genesys/{NAME}/events", harness.address)
}

/// The lines after a change of the objects of a kind.
async fn broken(kind: simulators::ObjectKind, change: impl Fn(&mut Value)) -> String {
    let breaks = |installation: &mut Installation| {
        installation.harness.genesys.change_objects(kind, &change)
    };
    after(Setup::new(), breaks, &["genesys-events"]).await
}

#[tokio::test]
async fn each_part_of_the_way_of_a_posted_event_fails_by_itself() {
    let is_of = |object: &Value, topic: &str| {
        object["name"].as_str().is_some_and(|name| name.ends_with(topic))
    };
    let no_call = |installation: &mut Installation| {
        installation
            .harness
            .genesys
            .publish_flow(&workflow_that_posts("acd.end", false))
            .expect("published");
    };
    let posts_to = |url: &'static str| {
        move |action: &mut Value| action["config"]["request"]["requestUrlTemplate"] = json!(url)
    };
    let lines = [
        broken(Trigger, |trigger| {
            if is_of(trigger, "user.end") {
                trigger["target"]["id"] = json!("gone");
            }
        })
        .await,
        broken(Trigger, |trigger| {
            trigger.as_object_mut().expect("an object").remove("target");
        })
        .await,
        broken(Flow, |flow| {
            if is_of(flow, "customer.end") {
                flow.as_object_mut().expect("an object").remove("publishedVersion");
            }
        })
        .await,
        after(Setup::new(), no_call, &["genesys-events"]).await,
        broken(Integration, |integration| integration["intendedState"] = json!("DISABLED")).await,
        broken(Integration, |integration| {
            integration["reportedState"] = json!({ "code": "ERROR" });
        })
        .await,
        broken(
            DataAction,
            posts_to("https://user:key@old.example.com/genesys/support/events?key=1"),
        )
        .await,
        broken(DataAction, posts_to("https://bridge.example.com/genesys/sales/events")).await,
    ];
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test]
async fn what_others_do_with_the_same_topics_is_left_to_them() {
    let crowd = |installation: &mut Installation| {
        let genesys = &installation.harness.genesys;
        let survey = workflow_that_posts("survey", false);
        let survey = genesys.publish_flow(&survey).expect("published");
        for topic in EVENT_TOPICS {
            let topic = format!("v2.detail.events.conversation.{{id}}.{topic}");
            for (enabled, workflow) in [(true, survey.as_str()), (true, "gone"), (false, "gone")] {
                genesys.add_object(
                    Trigger,
                    &json!({ "name": "survey", "topicName": topic, "enabled": enabled,
                             "target": { "type": "Workflow", "id": workflow } }),
                );
            }
        }
    };
    let lines = after(Setup::new(), crowd, &["genesys-events"]).await;
    assert!(lines.starts_with("OK") && lines.contains("all five topics are reported"), "{lines}");
}

#[tokio::test]
async fn a_bridge_of_which_nobody_says_where_it_is_is_found_by_its_webhook() {
    let installation = Installation::new(Setup::new()).await;
    let config = installation.harness.config_path();
    let arguments = ["doctor", "--config", config.to_str().expect("UTF-8")];
    let ended = crate::command::run(&arguments, &installation.environment()).await;
    let line = ended.output.lines().find(|line| line.contains("genesys-events"));
    assert!(line.is_some_and(|line| line.contains("all five topics are reported")), "{ended:?}");
    // Without a webhook that answers, the target could be any server.
    installation.harness.genesys.change_objects(
        simulators::ObjectKind::OpenIntegration,
        |integration| {
            integration["outboundNotificationWebhookUrl"] =
                json!("http://127.0.0.1:1/genesys/support");
        },
    );
    let ended = crate::command::run(&arguments, &installation.environment()).await;
    let line = ended.output.lines().find(|line| line.contains("genesys-events"));
    let said = line.expect("a line");
    assert!(
        said.starts_with("WARN") && said.contains("the address of this bridge is not known"),
        "{said}"
    );
}
