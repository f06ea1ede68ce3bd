//! Every call is checked against the newest model of Genesys' own SDKs.

use serde_json::{Value, json};
use simulators::{GenesysOptions, PlatformHabits};

use crate::administration::{Administrator, empty, id};
use crate::support::{Genesys, message, read};

async fn checked() -> Administrator {
    let habits = PlatformHabits { checks_requests: true, ..PlatformHabits::none() };
    Administrator::start_with(GenesysOptions { habits, ..empty() }).await
}

/// Expects a refusal with this text, recorded as a violation.
async fn assert_breach(
    admin: &Administrator,
    method: &str,
    path: &str,
    body: Option<Value>,
    text: &str,
) {
    let before = admin.violations().len();
    let (status, answer) = admin.call(method, path, body.as_ref()).await;
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(status == 400 && message.contains(text), "{method} {path}: {status} {message}");
    assert_eq!(admin.violations().len(), before + 1, "{method} {path}");
}

#[tokio::test]
async fn the_administration_keeps_to_the_model() {
    let admin = checked().await;
    let queue = json!({ "name": "Lynn", "division": { "id": admin.home() } });
    let queue = id(&admin.create("/routing/queues", &queue).await);
    admin.get("/routing/queues?pageSize=100&pageNumber=1").await;
    admin.get("/oauth/clients").await;
    assert_eq!(admin.violations(), Vec::<String>::new());
    for (method, path, body, text) in [
        ("GET", "/oauth/clients?pageSize=100".to_owned(), None, "no query parameter 'pageSize'"),
        ("GET", "/processautomation/triggers?pageNumber=1".to_owned(), None, "'pageNumber'"),
        ("GET", "/integrations/credentials".to_owned(), None, "is deprecated"),
        ("GET", "/routing/skillgroups/x/y/z".to_owned(), None, "in no model"),
        ("DELETE", format!("/routing/queues/{queue}"), Some(json!({})), "takes no body"),
        ("POST", "/routing/queues".to_owned(), Some(json!({})), "required property '.name'"),
        ("POST", "/routing/queues".to_owned(), Some(json!({ "name": "x", "nme": "x" })), "'nme'"),
        ("POST", "/routing/queues".to_owned(), Some(json!({ "name": 1 })), "'name' should be str"),
    ] {
        assert_breach(&admin, method, &path, body, text).await;
    }
    let setting = |typing: Value| Some(json!({ "name": "x", "event": { "typing": typing } }));
    let path = "/conversations/messaging/settings";
    let wrong = json!({ "on": { "inbound": "Sometimes" } });
    assert_breach(&admin, "POST", path, setting(wrong), "Allowable values").await;
    let wrong = json!({ "on": { "inbund": "Enabled" } });
    assert_breach(&admin, "POST", path, setting(wrong), "'inbund'").await;
    let timeline = json!({ "settings": [{ "messengerType": "line", "timeoutInMinutes": 1 }] });
    let path = "/conversations/messaging/threadingtimeline";
    assert_breach(&admin, "PUT", path, Some(timeline), "Allowable values").await;
}

#[tokio::test]
async fn without_the_switch_the_administration_is_as_lenient_as_before() {
    let admin = Administrator::start().await;
    admin.get("/oauth/clients?pageSize=100").await;
    admin.get("/integrations/credentials").await;
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_forbidden_is_forbidden_first() {
    let habits = PlatformHabits { checks_requests: true, ..PlatformHabits::none() };
    let admin_permissions = vec!["none:none:none".to_owned()];
    let options = GenesysOptions { habits, admin_permissions, ..empty() };
    let admin = Administrator::start_with(options).await;
    assert_eq!(admin.call("GET", "/oauth/clients?pageSize=100", None).await.0, 403);
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn messages_keep_to_the_model() {
    let genesys = Genesys::start().await;
    let mut attributes = message("x", "m-1", 1);
    attributes["channel"]["metadata"] = json!({ "customAttributes": { "topic": "billing" } });
    assert_eq!(genesys.post("message", &attributes).await.0, 200);
    assert_eq!(genesys.simulator.violations(), Vec::<String>::new());

    let body = message("x", "m-2", 2);
    let (status, _) = genesys.post("message?prefetch=true", &body).await;
    assert_eq!(status, 400, "a parameter that is none");
    let mut wrong = message("x", "m-2", 2);
    wrong["direction"] = json!("Inbound");
    assert_eq!(genesys.post("message", &wrong).await.0, 400, "a field of the old model");
    let receipt = json!({ "id": "x", "status": "Read",
        "channel": { "to": { "id": "x" }, "time": "2026-03-04T05:06:10Z" } });
    assert_eq!(genesys.post("receipt", &receipt).await.0, 400, "no such status");
    let url = format!("{}/api/v2/tokens/me?x=1", genesys.simulator.base_url());
    assert_eq!(read(genesys.client.get(url).bearer_auth(&genesys.token)).await.0, 400);
    assert_eq!(genesys.simulator.violations().len(), 4);
    assert_eq!(genesys.simulator.accepted_count(), 1);
}
