//! The habits of the platform: early refusals, late visibility, slow deletions. Each test fails
//! without its habit.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulators::{Completion, GenesysOptions, ObjectKind, PlatformHabits};

use crate::administration::{
    Administrator, INTEGRATIONS, assert_missing, client_body, empty, flow_source, id,
    integration_body,
};
use crate::support::message;

const CLIENTS: &str = "/oauth/clients";
const QUEUES: &str = "/routing/queues";
const SETTINGS: &str = "/conversations/messaging/settings";
const RECIPIENTS: &str = "/routing/message/recipients";
const CREDENTIALS: &str = "/integrations/credentials";
const ACTIONS: &str = "/integrations/actions";
const TRIGGERS: &str = "/processautomation/triggers";

const LAG: Duration = Duration::from_millis(300);
const FOR_EVER: Duration = Duration::from_secs(3600);

async fn with(habits: PlatformHabits) -> Administrator {
    Administrator::start_with(GenesysOptions { habits, ..empty() }).await
}

/// Switches all habits off, so that pending effects are complete.
fn arrive(admin: &Administrator) {
    admin.simulator.set_habits(PlatformHabits::none());
}

async fn status(admin: &Administrator, path: &str) -> u16 {
    admin.call("GET", path, None).await.0
}

async fn ids(admin: &Administrator, path: &str) -> Vec<String> {
    let page = admin.get(path).await;
    page["entities"].as_array().expect("a list").iter().map(id).collect()
}

#[tokio::test]
async fn an_active_client_is_not_deleted() {
    let habits = PlatformHabits { active_clients_stay: true, ..PlatformHabits::none() };
    let admin = with(habits).await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let client = id(&admin.client_with(&role).await);
    let path = format!("{CLIENTS}/{client}");
    let (refused, error) = admin.call("DELETE", &path, None).await;
    assert_eq!((refused, &error["code"]), (400, &json!("bad.request")));
    let mut whole = client_body("bridge", &role, &admin.home());
    whole["state"] = json!("inactive");
    assert_eq!(admin.put(&path, &whole).await.0, 200);
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_deleted_client_lingers_without_being_of_use() {
    let habits = PlatformHabits { deleted_clients_linger: FOR_EVER, ..PlatformHabits::none() };
    let admin = with(habits).await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let made = admin.client_with(&role).await;
    let client = id(&made);
    let path = format!("{CLIENTS}/{client}");
    assert_eq!(admin.delete(&path).await, 204);
    let seen = admin.get(&path).await;
    assert_eq!(seen["state"], "inactive");
    assert!(seen["dateToDelete"].is_string() && seen.get("secret").is_none(), "{seen}");
    assert!(ids(&admin, CLIENTS).await.contains(&client));
    assert_eq!(admin.delete(&path).await, 404);
    let secret = made["secret"].as_str().expect("a secret");
    assert!(admin.token_of(&client, secret).await.is_err());
    arrive(&admin);
    assert_eq!(status(&admin, &path).await, 404);
    assert!(!ids(&admin, CLIENTS).await.contains(&client));
}

#[tokio::test]
async fn a_grant_is_effective_and_shown_late() {
    let habits = PlatformHabits { grants_take: LAG, ..PlatformHabits::none() };
    let admin = with(habits).await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let (home, own) = (admin.home(), admin.own_id());
    let subject = format!("/authorization/subjects/{own}");
    let grant = format!("{subject}/divisions/{home}/roles/{role}?subjectType=PC_OAUTH_CLIENT");
    let begun = Instant::now();
    assert_eq!(admin.call("POST", &grant, None).await.0, 204);
    assert_eq!(admin.get(&subject).await["grants"].as_array().map(Vec::len), Some(1));
    let body = client_body("bridge", &role, &home);
    assert_eq!(admin.post(CLIENTS, &body).await.0, 403, "it does not hold the role yet");
    while admin.get(&subject).await["grants"].as_array().map(Vec::len) == Some(1) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(begun.elapsed() >= LAG);
    let made = admin.create(CLIENTS, &body).await;
    assert_eq!(made["roleDivisions"], json!([]), "shown late, too");

    let secret = made["secret"].as_str().expect("a secret");
    let token = admin.token_of(&id(&made), secret).await.expect("a token");
    let path = "/conversations/messages/x/inbound/open/message";
    let bridge = admin.with_token(token);
    let body = message("x", "m-1", 1);
    assert_missing(&bridge.post(path, &body).await, "conversation:message:receive");
    arrive(&admin);
    assert_eq!(bridge.post(path, &body).await.0, 404, "allowed, and there is no integration");
}

#[tokio::test]
async fn a_token_that_was_used_too_early_stays_refused() {
    let lags = PlatformHabits {
        grants_take: FOR_EVER,
        refusals_are_cached: FOR_EVER,
        ..PlatformHabits::none()
    };
    let admin = with(lags.clone()).await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let (home, own) = (admin.home(), admin.own_id());
    let grant = format!(
        "/authorization/subjects/{own}/divisions/{home}/roles/{role}?subjectType=PC_OAUTH_CLIENT"
    );
    assert_eq!(admin.call("POST", &grant, None).await.0, 204);
    let body = client_body("bridge", &role, &home);
    assert_eq!(admin.post(CLIENTS, &body).await.0, 403);
    // Now the grant is effective, but this token was refused before.
    let effective = PlatformHabits { grants_take: Duration::ZERO, ..lags };
    admin.simulator.set_habits(effective);
    assert_eq!(admin.post(CLIENTS, &body).await.0, 403, "cached");
    let options = admin.simulator.options().clone();
    let token = admin.token_of(own, &options.admin_client_secret).await.expect("a token");
    assert_eq!(admin.with_token(token).post(CLIENTS, &body).await.0, 200, "another token");
}

#[tokio::test]
async fn a_client_keeps_the_roles_that_a_change_names_again() {
    let admin = with(PlatformHabits::none()).await;
    let role = admin.role("bridge", "message", &["receive"]).await;
    let client = id(&admin.client_with(&role).await);
    let grants_take = LAG;
    admin.simulator.set_habits(PlatformHabits { grants_take, ..PlatformHabits::none() });
    let path = format!("{CLIENTS}/{client}");
    while admin.get(&path).await["roleDivisions"] == json!([]) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (status, changed) = admin.put(&path, &client_body("bridge 2", &role, &admin.home())).await;
    assert_eq!((status, changed["roleDivisions"].as_array().map(Vec::len)), (200, Some(1)));
}

#[tokio::test]
async fn reads_lag_behind_creations() {
    let habits = PlatformHabits { reads_lag: LAG, ..PlatformHabits::none() };
    let admin = with(habits).await;
    let begun = Instant::now();
    let setting = id(&admin.create(SETTINGS, &json!({ "name": "lynn" })).await);
    let path = format!("{SETTINGS}/{setting}");
    let change = json!({ "name": "lynn 2" });
    assert_eq!(status(&admin, &path).await, 404);
    assert_eq!(admin.patch(&path, &change).await.0, 404);
    assert_eq!(admin.delete(&path).await, 404);
    let mut body = integration_body("lynn", "https://hook.example.com/x");
    body["messagingSetting"] = json!({ "id": setting });
    assert_eq!(admin.post(INTEGRATIONS, &body).await.0, 400);
    while status(&admin, &path).await == 404 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(begun.elapsed() >= LAG);
    assert_eq!(admin.patch(&path, &change).await.0, 200);
    admin.create(INTEGRATIONS, &body).await;
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn lists_lag_behind_everything() {
    let admin = with(PlatformHabits::none()).await;
    let old = id(&admin.create(QUEUES, &json!({ "name": "old" })).await);
    let gone = id(&admin.create(QUEUES, &json!({ "name": "gone" })).await);
    let habits = PlatformHabits { lists_lag: FOR_EVER, ..PlatformHabits::none() };
    admin.simulator.set_habits(habits.clone());
    let new = id(&admin.create(QUEUES, &json!({ "name": "new" })).await);
    assert_eq!(admin.put(&format!("{QUEUES}/{old}"), &json!({ "name": "renamed" })).await.0, 200);
    assert_eq!(admin.delete(&format!("{QUEUES}/{gone}")).await, 204);
    assert_eq!(status(&admin, &format!("{QUEUES}/{gone}")).await, 404, "known by its id");
    assert_eq!(admin.get(&format!("{QUEUES}/{old}")).await["name"], "renamed", "by its id");
    let page = admin.get(&format!("{QUEUES}?name=")).await;
    let names: Vec<&Value> =
        page["entities"].as_array().expect("a list").iter().map(|queue| &queue["name"]).collect();
    // Both queues existed before the habit, so their creation was not recorded.
    assert_eq!(names, ["old", "gone"]);
    arrive(&admin);
    assert_eq!(ids(&admin, QUEUES).await, [old, new]);
}

#[tokio::test]
async fn a_deleted_integration_is_read_and_holds_its_setting_for_a_while() {
    let habits = PlatformHabits { deletions_take: LAG, ..PlatformHabits::none() };
    let admin = with(habits).await;
    let setting = id(&admin.create(SETTINGS, &json!({ "name": "lynn" })).await);
    let mut body = integration_body("lynn", "https://hook.example.com/x");
    body["messagingSetting"] = json!({ "id": setting });
    let integration = id(&admin.create(INTEGRATIONS, &body).await);
    let path = format!("{INTEGRATIONS}/{integration}");
    admin.settled(&integration).await;
    let begun = Instant::now();
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(admin.get(&path).await["messagingSetting"]["id"], json!(setting));
    let setting = format!("{SETTINGS}/{setting}");
    assert_eq!(admin.delete(&setting).await, 409);
    assert_eq!(admin.delete(&path).await, 404, "it is deleted already");
    while status(&admin, &path).await == 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(begun.elapsed() >= LAG);
    assert_eq!(admin.delete(&setting).await, 204);
    assert_eq!(admin.violations(), Vec::<String>::new());
}

fn web_services() -> Value {
    json!({ "name": "lynn", "integrationType": { "id": "custom-rest-actions" } })
}

fn credential() -> Value {
    let fields = json!({ "userName": "x", "password": "y" });
    json!({ "name": "lynn", "type": { "name": "basicAuth" }, "credentialFields": fields })
}

#[tokio::test]
async fn a_deleted_integration_holds_its_credential_for_a_while() {
    let habits = PlatformHabits { deletions_take: FOR_EVER, ..PlatformHabits::none() };
    let admin = with(habits).await;
    let credential = id(&admin.create(CREDENTIALS, &credential()).await);
    let integration = id(&admin.create("/integrations", &web_services()).await);
    let path = format!("/integrations/{integration}");
    let config = json!({ "name": "lynn", "version": 1, "properties": {},
        "credentials": { "basicAuth": { "id": credential } } });
    assert_eq!(admin.put(&format!("{path}/config/current"), &config).await.0, 200);
    assert_eq!(admin.delete(&path).await, 204);
    assert_eq!(status(&admin, &path).await, 200);
    let credential = format!("{CREDENTIALS}/{credential}");
    assert_eq!(admin.delete(&credential).await, 409);
    arrive(&admin);
    assert_eq!(status(&admin, &path).await, 404);
    assert_eq!(admin.delete(&credential).await, 204);
}

#[tokio::test]
async fn a_detached_flow_is_not_deleted_at_once() {
    let habits = PlatformHabits { detachments_take: LAG, ..PlatformHabits::none() };
    let admin = with(habits).await;
    admin.create(QUEUES, &json!({ "name": "Lynn" })).await;
    let source = flow_source("inboundShortMessage", "lynn", "Lynn");
    let flow = id(&admin.publish(&source).await["flow"]);
    let body = integration_body("lynn", "https://hook.example.com/x");
    let integration = id(&admin.create(INTEGRATIONS, &body).await);
    let recipient = id(&admin.settled(&integration).await["recipient"]);
    let recipient = format!("{RECIPIENTS}/{recipient}");
    assert_eq!(admin.put(&recipient, &json!({ "flow": { "id": flow } })).await.0, 200);
    let begun = Instant::now();
    assert_eq!(admin.put(&recipient, &json!({})).await.0, 200);
    let flow = format!("/flows/{flow}");
    let mut refused = 0;
    while admin.delete(&flow).await == 409 {
        refused += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(refused > 0 && begun.elapsed() >= LAG);
    assert_eq!(status(&admin, &flow).await, 404);
}

#[tokio::test]
async fn nothing_is_built_on_what_is_being_activated() {
    let habits = PlatformHabits { activations_take: FOR_EVER, ..PlatformHabits::none() };
    let admin = with(habits.clone()).await;
    let credential = id(&admin.create(CREDENTIALS, &credential()).await);
    let integration = id(&admin.create("/integrations", &web_services()).await);
    let path = format!("/integrations/{integration}");
    let config = json!({ "name": "lynn", "version": 1, "properties": {},
        "credentials": { "basicAuth": { "id": credential } } });
    let config_path = format!("{path}/config/current");
    assert_eq!(admin.put(&config_path, &config).await.0, 400, "the credential");
    arrive(&admin);
    assert_eq!(admin.put(&config_path, &config).await.0, 200);

    admin.simulator.set_habits(habits.clone());
    assert_eq!(admin.patch(&path, &json!({ "intendedState": "ENABLED" })).await.0, 200);
    let action = json!({
        "name": "tell", "category": "lynn", "integrationId": integration,
        "contract": { "input": { "inputSchema": { "type": "object" } },
                      "output": { "successSchema": { "type": "object" } } },
        "config": { "request": { "requestUrlTemplate": "https://x.example.com/", "requestType": "POST" } },
    });
    assert_eq!(admin.post(ACTIONS, &action).await.0, 400, "the integration");
    arrive(&admin);
    assert_eq!(admin.post(ACTIONS, &action).await.0, 200);

    admin.create(QUEUES, &json!({ "name": "Lynn" })).await;
    admin.simulator.set_habits(habits);
    let workflow = id(&admin.publish(&flow_source("workflow", "events", "Lynn")).await["flow"]);
    let trigger = json!({
        "name": "lynn", "topicName": "v2.detail.events.conversation.{id}.customer.end",
        "enabled": true, "target": { "type": "Workflow", "id": workflow },
    });
    assert_eq!(admin.post(TRIGGERS, &trigger).await.0, 400, "the workflow");
    arrive(&admin);
    assert_eq!(admin.post(TRIGGERS, &trigger).await.0, 200);
    assert_eq!(admin.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_queue_that_has_something_is_deleted_with_force_only() {
    let habits = PlatformHabits { queues_need_force: true, ..PlatformHabits::none() };
    let admin = with(habits).await;
    let queue = id(&admin.create(QUEUES, &json!({ "name": "Lynn" })).await);
    let empty = id(&admin.create(QUEUES, &json!({ "name": "empty" })).await);
    admin.publish(&flow_source("inboundShortMessage", "lynn", "Lynn")).await;
    let path = format!("{QUEUES}/{queue}");
    assert_eq!(admin.delete(&path).await, 409);
    assert_eq!(admin.delete(&format!("{path}?forceDelete=true")).await, 204);
    assert_eq!(admin.delete(&format!("{QUEUES}/{empty}")).await, 204);
}

/// Follows `nextUri` to the end.
async fn walk(admin: &Administrator, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = admin.get(&path).await;
        found.extend(page["entities"].as_array().expect("a list").iter().map(id));
        let uri = page["nextUri"].as_str().map(|uri| uri.trim_start_matches("/api/v2"));
        next = uri.map(str::to_owned);
    }
    found
}

#[tokio::test]
async fn clients_triggers_and_credentials_are_paged_by_next_uri() {
    let habits = PlatformHabits { pages_by_next_uri: true, ..PlatformHabits::none() };
    let admin = with(habits).await;
    for number in 0..60 {
        let name = json!({ "name": format!("n{number}"), "state": "active" });
        admin.simulator.add_object(ObjectKind::OAuthClient, &name);
        admin.simulator.add_object(ObjectKind::Trigger, &name);
        admin.simulator.add_object(ObjectKind::Credential, &name);
    }
    let second = admin.get(&format!("{CLIENTS}?pageSize=100&pageNumber=2")).await;
    assert_eq!(second["entities"].as_array().map(Vec::len), Some(25), "as if not asked");
    assert_eq!(second["entities"][0]["id"], json!(admin.own_id()), "the first page");
    let second = admin.get(&format!("{TRIGGERS}?pageSize=40&pageNumber=2")).await;
    assert_eq!(second["entities"].as_array().map(Vec::len), Some(40));
    for (path, expected) in [
        (CLIENTS.to_owned(), 61),
        (format!("{TRIGGERS}?pageSize=50"), 60),
        (format!("{CREDENTIALS}/listing?pageSize=20"), 60),
    ] {
        let found = walk(&admin, &path).await;
        let distinct: std::collections::HashSet<_> = found.iter().collect();
        assert_eq!((found.len(), distinct.len()), (expected, expected), "{path}");
    }
}

#[tokio::test]
async fn the_default_setting_is_not_deleted() {
    let admin = Administrator::start().await;
    let setting = id(&admin.create(SETTINGS, &json!({ "name": "lynn" })).await);
    let default = format!("{SETTINGS}/default");
    assert_eq!(admin.put(&default, &json!({ "settingId": setting })).await.0, 200);
    assert_eq!(admin.delete(&format!("{SETTINGS}/{setting}")).await, 400);
    assert_eq!(admin.delete(&default).await, 204);
    assert_eq!(admin.delete(&format!("{SETTINGS}/{setting}")).await, 204);
}

#[test]
fn by_default_everything_is_on_that_costs_no_time() {
    let habits = GenesysOptions::default().habits;
    assert!(habits.active_clients_stay && habits.queues_need_force);
    assert!(habits.pages_by_next_uri && habits.checks_requests);
    assert!(habits.deleted_clients_linger > Duration::ZERO);
    assert_eq!((habits.reads_lag, habits.lists_lag), (Duration::ZERO, Duration::ZERO));
}

#[tokio::test]
async fn as_the_platform_everything_is_on() {
    let options = GenesysOptions::as_the_platform();
    assert!(matches!(options.asynchronous_work, Completion::After(time) if time > Duration::ZERO));
    let PlatformHabits {
        active_clients_stay,
        deleted_clients_linger,
        grants_take,
        refusals_are_cached,
        reads_lag,
        lists_lag,
        deletions_take,
        detachments_take,
        activations_take,
        queues_need_force,
        pages_by_next_uri,
        checks_requests,
    } = options.habits;
    assert!(active_clients_stay && queues_need_force && pages_by_next_uri && checks_requests);
    for lag in [
        deleted_clients_linger,
        grants_take,
        refusals_are_cached,
        reads_lag,
        lists_lag,
        deletions_take,
        detachments_take,
        activations_take,
    ] {
        assert!(lag > Duration::ZERO);
    }
}
