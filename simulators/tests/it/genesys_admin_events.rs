//! The platform's events on an EventBridge bus and by a trigger; and the read-only objects.

use serde_json::{Value, json};

use crate::administration::{Administrator, assert_missing, flow_source, id};

const INTEGRATIONS: &str = "/integrations";
const TRIGGERS: &str = "/processautomation/triggers";
const TOPIC: &str = "v2.detail.events.conversation.{id}.customer.end";

fn properties() -> Value {
    json!({
        "eventSourceSuffix": "lynn",
        "awsAccountId": "123456789012",
        "awsAccountRegion": "us-east-1",
        "eventFilter": [TOPIC],
    })
}

#[tokio::test]
async fn an_event_source_is_made_configured_and_enabled() {
    let admin = Administrator::start().await;
    let body = json!({ "name": "lynn", "integrationType": { "id": "amazon-eventbridge-source" } });
    let made = admin.create(INTEGRATIONS, &body).await;
    assert_eq!(made["intendedState"], "DISABLED");
    let path = format!("{INTEGRATIONS}/{}", id(&made));
    let enable = json!({ "intendedState": "ENABLED" });
    assert_eq!(admin.patch(&path, &enable).await.0, 400, "not configured");
    let current = format!("{path}/config/current");
    let mut config = admin.get(&current).await;
    assert_eq!((&config["version"], &config["properties"]), (&json!(1), &json!({})));
    config["properties"] = properties();
    assert_eq!(admin.put(&current, &config).await.0, 200);
    assert_eq!(admin.put(&current, &config).await.0, 409, "the version has moved on");
    assert_eq!(admin.get(&current).await["version"], 2);
    let (status, enabled) = admin.patch(&path, &enable).await;
    assert_eq!((status, &enabled["reportedState"]["code"]), (200, &json!("ACTIVE")));
    assert_eq!(admin.get(INTEGRATIONS).await["entities"][0]["intendedState"], "ENABLED");
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.get(INTEGRATIONS).await["total"], 0);
}

#[tokio::test]
async fn an_event_source_is_checked() {
    let admin = Administrator::start().await;
    let other = json!({ "integrationType": { "id": "something-else" } });
    assert_eq!(admin.post(INTEGRATIONS, &other).await.0, 400);
    let body = json!({ "integrationType": { "id": "amazon-eventbridge-source" } });
    let current =
        format!("{INTEGRATIONS}/{}/config/current", id(&admin.create(INTEGRATIONS, &body).await));
    for (key, value) in [
        ("awsAccountId", json!("1234")),
        ("eventFilter", json!([])),
        ("eventSourceSuffix", json!("")),
        ("more", json!("x")),
    ] {
        let mut properties = properties();
        properties[key] = value;
        let config = json!({ "name": "lynn", "version": 1, "properties": properties });
        assert_eq!(admin.put(&current, &config).await.0, 400, "{key}");
    }
}

#[tokio::test]
async fn a_trigger_starts_a_workflow() {
    let admin = Administrator::start().await;
    admin.create("/routing/queues", &json!({ "name": "Lynn" })).await;
    let workflow = id(&admin.publish(&flow_source("workflow", "events", "Lynn")).await["flow"]);
    let messages =
        id(&admin.publish(&flow_source("inboundShortMessage", "lynn", "Lynn")).await["flow"]);
    let body = |workflow: &str, topic: &str| {
        json!({
            "name": "lynn",
            "topicName": topic,
            "enabled": true,
            "target": {
                "type": "Workflow", "id": workflow,
                "workflowTargetSettings": { "dataFormat": "TopLevelPrimitives" },
            },
            "matchCriteria": [{ "jsonPath": "messageType", "operator": "Equal", "value": "OPEN" }],
            "eventTTLSeconds": 60,
        })
    };
    assert_eq!(admin.post(TRIGGERS, &body(&messages, TOPIC)).await.0, 400, "no workflow");
    let made = admin.create(TRIGGERS, &body(&workflow, TOPIC)).await;
    let path = format!("{TRIGGERS}/{}", id(&made));
    let mut read_back = admin.get(&format!("{path}?expand=contract&includeConfig=true")).await;
    read_back["enabled"] = json!(false);
    assert_eq!(admin.put(&path, &read_back).await.0, 200);
    assert_eq!(admin.put(&path, &read_back).await.0, 409, "the version has moved on");
    let mut other_topic = admin.get(&path).await;
    other_topic["topicName"] = json!("v2.detail.events.conversation.{id}.user.end");
    assert_eq!(admin.put(&path, &other_topic).await.0, 400);
    let kept = admin.get(&path).await;
    assert_eq!((&kept["enabled"], &kept["topicName"]), (&json!(false), &json!(TOPIC)));
    assert_eq!(admin.delete(&format!("/flows/{workflow}")).await, 409, "in use");
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.delete(&format!("/flows/{workflow}")).await, 204);
}

#[tokio::test]
async fn what_is_only_read_needs_no_permission() {
    let admin = Administrator::who_may(&["none:none:none"]).await;
    let me = admin.get("/tokens/me").await;
    assert_eq!(admin.get("/organizations/me").await["id"], me["organization"]["id"]);
    let ranges = admin.get("/ipranges").await;
    let ours = |range: &&Value| range["service"] == "open-messaging";
    assert_eq!(ranges["entities"].as_array().expect("a list").iter().filter(ours).count(), 1);
    for (path, permission) in [
        ("/conversations/messaging/supportedcontent", "messaging:supportedContent:view"),
        ("/conversations/messaging/settings/default", "messaging:setting:view"),
        ("/conversations/messaging/integrations/open", "messaging:integration:view"),
        ("/conversations/messaging/threadingtimeline", "conversation:threadingTimeline:view"),
        ("/routing/message/recipients", "routing:message:manage"),
        ("/routing/queues", "routing:queue:view"),
        ("/flows", "architect:flow:view"),
        ("/flows/jobs/x", "architect:job:view"),
        (INTEGRATIONS, "integrations:integration:view"),
        (TRIGGERS, "processautomation:trigger:view"),
    ] {
        assert_missing(&admin.call("GET", path, None).await, permission);
    }
}

#[tokio::test]
async fn a_data_action_belongs_to_an_integration_of_web_services() {
    const ACTIONS: &str = "/integrations/actions";
    let admin = Administrator::start().await;
    let made = async |kind: &str| {
        id(&admin.create(INTEGRATIONS, &json!({ "integrationType": { "id": kind } })).await)
    };
    let (source, services) =
        (made("amazon-eventbridge-source").await, made("custom-rest-actions").await);
    let enable = json!({ "intendedState": "ENABLED" });
    assert_eq!(admin.patch(&format!("{INTEGRATIONS}/{services}"), &enable).await.0, 200);
    let body = |integration: &str| {
        json!({
            "name": "tell Lynn",
            "category": "lynn",
            "integrationId": integration,
            "contract": {
                "input": { "inputSchema": { "type": "object", "properties": {} } },
                "output": { "successSchema": { "type": "object", "properties": {} } },
            },
            "config": { "request": {
                "requestUrlTemplate": "https://hook.example.com/events", "requestType": "POST",
            } },
        })
    };
    assert_eq!(admin.post(ACTIONS, &body(&source)).await.0, 400);
    let made = admin.create(ACTIONS, &body(&services)).await;
    let path = format!("{ACTIONS}/{}", id(&made));
    let mut read_back = admin.get(&format!("{path}?expand=contract&includeConfig=true")).await;
    read_back["config"]["request"]["requestType"] = json!("PUT");
    assert_eq!(admin.patch(&path, &read_back).await.0, 200);
    assert_eq!(admin.patch(&path, &read_back).await.0, 409, "the version has moved on");
    read_back["config"]["request"]["requestType"] = json!("SEND");
    assert_eq!(admin.patch(&path, &read_back).await.0, 400);
    assert_eq!(admin.get(&format!("{ACTIONS}?category=lynn")).await["total"], 1);
    assert_eq!(admin.delete(&format!("{INTEGRATIONS}/{services}")).await, 409, "in use");
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.delete(&format!("{INTEGRATIONS}/{services}")).await, 204);
}
